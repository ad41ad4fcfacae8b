"""What the conditions of the tables are called in Vietnamese."""

from typing import Final

from legalaid.events.words import Claim, Household, LawField, Role
from routing.rules.compiled import Atom
from routing.rules.known import KINH, MINORITY
from routing.rules.law import Moment

HOUSEHOLDS: Final = {
    Household.POOR: "thuộc hộ nghèo",
    Household.NEAR_POOR: "thuộc hộ cận nghèo",
    Household.NEITHER: "không thuộc hộ nghèo, hộ cận nghèo",
}
ROLES: Final = {
    Role.DENOUNCED: "bị tố giác",
    Role.PROPOSED_FOR_PROSECUTION: "bị kiến nghị khởi tố",
    Role.HELD_IN_URGENT_CASE: "bị giữ trong trường hợp khẩn cấp",
    Role.ACCUSED: "bị buộc tội",
    Role.CRIME_VICTIM: "bị hại trong vụ án hình sự",
    Role.WITNESS: "làm chứng",
    Role.DIVERTED: "chấp hành biện pháp xử lý chuyển hướng",
    Role.PRISONER: "phạm nhân",
    Role.NONE: "không tham gia vụ án hình sự",
}
CLAIMS: Final = {
    Claim.MERITORIOUS_PERSON: "là người có công với cách mạng",
    Claim.MARTYR_RELATIVE: "là thân nhân liệt sĩ",
    Claim.AGENT_ORANGE_VICTIM: "nhiễm chất độc da cam",
    Claim.DISABLED: "là người khuyết tật",
    Claim.DOMESTIC_VIOLENCE_VICTIM: "là nạn nhân bạo lực gia đình",
    Claim.TRAFFICKING_VICTIM: "là nạn nhân mua bán người",
    Claim.TRAFFICKING_BEING_IDENTIFIED: "đang được xác định là nạn nhân mua bán người",
    Claim.TRAFFICKING_ACCOMPANYING_MINOR: "đi cùng nạn nhân mua bán người",
    Claim.HIV_POSITIVE: "nhiễm HIV",
}
FIELDS: Final = {
    LawField.CRIMINAL: "hình sự",
    LawField.CIVIL: "dân sự",
    LawField.MARRIAGE_FAMILY: "hôn nhân và gia đình",
    LawField.ADMINISTRATIVE: "hành chính",
    LawField.LAND_HOUSING_ENVIRONMENT: "đất đai, nhà ở, môi trường",
    LawField.LABOUR_INSURANCE: "lao động, bảo hiểm",
    LawField.MERIT_SOCIAL_POLICY: "ưu đãi người có công, chính sách xã hội",
    LawField.OTHER: "lĩnh vực khác",
    LawField.BUSINESS_COMMERCE: "kinh doanh, thương mại",
}
FLAGS: Final = {
    "extreme_area": "cư trú ở vùng có điều kiện kinh tế - xã hội đặc biệt khó khăn",
    "monthly_allowance": "đang hưởng trợ cấp xã hội hàng tháng",
    "detained": "đang bị bắt, bị giữ hoặc bị tạm giam",
    "vietnamese_citizen": "có quốc tịch Việt Nam",
    "in_vietnam": "đang ở Việt Nam",
    "matter_of_trafficking": "vụ việc liên quan đến việc mua bán người",
    "concrete_matter": "có vụ việc cụ thể của mình",
}
_NAMES: Final[dict[str, dict[str, str]]] = {
    "household": {word.value: name for word, name in HOUSEHOLDS.items()},
    "role": {word.value: name for word, name in ROLES.items()},
    "ethnicity": {MINORITY: "là người dân tộc thiểu số", KINH: "là người Kinh"},
}


_FEW: Final = 2


def condition_vi(atom: Atom) -> str:
    """One condition, as it is said of a person: thuộc hộ nghèo; từ đủ 16 tuổi đến dưới 18 tuổi."""
    if atom.ages is not None:
        return _ages(*atom.ages, at_step=atom.age_at is Moment.STEP)
    if atom.fact == "field":
        return f"vụ việc không thuộc lĩnh vực {excluded_vi(frozenset(FIELDS) - atom.wanted)}"
    if atom.fact in _NAMES:
        names = [name for value, name in _NAMES[atom.fact].items() if value in atom.wanted]
        return " hoặc ".join(names) if len(names) <= _FEW else f"là một trong: {', '.join(names)}"
    return FLAGS[atom.fact] if atom.fact in FLAGS else CLAIMS[Claim(atom.fact)]


def excluded_vi(fields: frozenset[LawField]) -> str:
    """Fields of law, one after the other."""
    return "; ".join(name for field, name in FIELDS.items() if field in fields)


def _ages(lowest: int, end: int, *, at_step: bool) -> str:
    limits = [f"từ đủ {lowest} tuổi"] if lowest > 0 else []
    limits += [f"dưới {end} tuổi"] if end < _NO_END else []
    return (" đến ".join(limits) or "ở mọi độ tuổi") + (" tại bước tố tụng" if at_step else "")


_NO_END: Final = 1000
