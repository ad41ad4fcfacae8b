"""A decision in plain Vietnamese, for the officer who answers for it."""

from collections.abc import Iterator

from legalaid.events.words import Answer, RoutingReason
from routing.rules.allocation import Allocation, Candidate
from routing.rules.counterfactual import Counterfactual
from routing.rules.eligibility import Judgement, Outcome, outcome_of
from routing.rules.law import CommuneArea, Law, Sourced
from routing.rules.wording import condition_vi

_BASES = {RoutingReason.RESIDENCE: "nơi cư trú", RoutingReason.MATTER_PLACE: "nơi xảy ra vụ việc"}
_WHY = {
    "TAKEN": "được chọn theo {basis}",
    "OFFERED": "cũng có thẩm quyền theo {basis} (Điều 26 khoản 1): đề nghị với người yêu cầu",
    "MATTER_FIRST": "không chọn vì đã chọn theo nơi xảy ra vụ việc",
    "RESIDENCE_FIRST": "không chọn vì đã chọn theo nơi cư trú",
    "OUT_OF_ITS_COMMUNES": "không chọn vì xã, phường không thuộc địa bàn phụ trách",
    "COMMUNE_UNKNOWN": "không chọn vì chưa biết xã, phường",
    "AREA_UNKNOWN": "không chọn vì chưa biết địa bàn phụ trách của đơn vị này",
    "BRANCH_SERVES": "không chọn vì chi nhánh phụ trách xã, phường này",
    "NOT_THE_ONLY_ONE": "không chọn vì nhiều đơn vị cùng phụ trách, phải có người xem xét",
    "RETURNED": "không chọn vì đã trả lại hồ sơ này",
}
_AREAS = {
    Answer.YES: "thuộc vùng có điều kiện kinh tế - xã hội đặc biệt khó khăn",
    Answer.NO: "không thuộc vùng có điều kiện kinh tế - xã hội đặc biệt khó khăn",
}
_OUTCOMES = {
    Outcome.ELIGIBLE: "đủ điều kiện",
    Outcome.NOT_ELIGIBLE: "không thuộc diện",
    Outcome.NEEDS_INFO: "chưa đủ thông tin",
}
_NOBODY = {
    RoutingReason.PLACE_UNKNOWN: "chưa biết nơi cư trú và nơi xảy ra vụ việc",
    RoutingReason.NO_CENTRE: "không xác định được đúng một Trung tâm cho địa bàn này",
    RoutingReason.RETURNED: "Trung tâm đã trả lại hồ sơ",
}

AID_GOES_ON = (
    "Vụ việc đã thụ lý: người được trợ giúp không còn thuộc diện thì vẫn được trợ giúp cho đến khi kết thúc"
    " (Điều 37 khoản 3)."
)


def candidate_vi(candidate: Candidate) -> str:
    """Why a centre was taken or left."""
    why = _WHY[candidate.why].format(basis=_BASES[candidate.basis])
    return why if candidate.centre.verified else f"{why}; tên, địa bàn của đơn vị này chưa được tỉnh xác nhận"


def explain_scope(eligibility: Judgement) -> Iterator[str]:
    """Sentences: why the matter itself is none for legal aid."""
    if eligibility.in_scope is Answer.NO:
        scope = eligibility.scope
        yield f"Lĩnh vực này nằm ngoài phạm vi trợ giúp pháp lý ({scope.article}{_unread(scope)})."
        yield "Nếu vụ việc thuộc lĩnh vực khác thì phải xem xét lại."
    if eligibility.concrete_matter is Answer.NO:
        yield "Chưa có vụ việc cụ thể (Điều 30 khoản 1): giải đáp ngay, không lập hồ sơ vụ việc (Điều 32 khoản 2)."


def explain_area(area: CommuneArea) -> str:
    """What the table of areas says of the commune."""
    return f"Nơi cư trú: {_AREAS[area.extreme]} ({area.source}{_unread(area)})."


def explain(eligibility: Judgement, law: Law) -> Iterator[str]:
    """Sentences: the outcome, its grounds, and what would change it."""
    needy = eligibility.hardship
    for category in eligibility.matched:
        hardship = f", {needy.name_vi} ({needy.article}{_unread(needy)})" if category.financial_hardship else ""
        only = f", chỉ theo cách hiểu {category.reading}" if category.reading else ""
        yield f"Thuộc diện: {category.name_vi} ({category.article}{_unread(category)}){hardship}{only}."
    yield from _conclusion(eligibility, law)


def _conclusion(eligibility: Judgement, law: Law) -> Iterator[str]:
    if eligibility.outcome is Outcome.ELIGIBLE:
        if not eligibility.matched:
            either = "; ".join(
                f"{category.name_vi} ({category.article}{_unread(category)})" for category in eligibility.possible
            )
            yield f"Chắc chắn thuộc một trong các diện: {either}."
        yield "Kết luận: đủ điều kiện được trợ giúp pháp lý; Trung tâm kiểm tra và thụ lý."
        yield _what_it_hangs_on(eligibility.counterfactual)
    elif eligibility.is_for_an_officer:
        yield from _readings(eligibility)
        yield "Kết luận: người có thẩm quyền xem xét; không hỏi thêm người yêu cầu."
    elif eligibility.outcome is Outcome.NEEDS_INFO:
        yield from _readings(eligibility)
        yield "Kết luận: chưa đủ thông tin. Câu trả lời có thể thay đổi kết luận:"
        yield from (f"- {law.questions[fact]}" for fact in eligibility.missing)
    else:
        if eligibility.in_scope is not Answer.NO:
            yield "Không thấy thuộc diện nào theo những gì đã biết."
        if eligibility.counterfactual is not None:
            yield _nearest(eligibility.counterfactual)
        yield "Kết luận: có thể không thuộc diện được trợ giúp; phải có người kiểm tra, máy không từ chối ai."


def _unread(row: Sourced) -> str:
    """Says so where nobody read the text of a row."""
    return "" if row.verified else "; văn bản chưa được đối chiếu"


def _what_it_hangs_on(found: Counterfactual | None) -> str:
    if found is None:
        return "Không điều nào một mình làm thay đổi kết quả này."
    return f"Kết quả phụ thuộc vào một điều: {_conditions(found)}. Nếu khác đi: {_OUTCOMES[outcome_of(found.read)]}."


def _nearest(found: Counterfactual) -> str:
    category = f" ({found.category.name_vi}, {found.category.article})" if found.category else ""
    return f"Kết quả sẽ là {_OUTCOMES[outcome_of(found.read)]} nếu: {_conditions(found)}{category}."


def _conditions(found: Counterfactual) -> str:
    return "; ".join(condition_vi(atom) for change in found.changes for atom in change.conditions)


def _readings(eligibility: Judgement) -> Iterator[str]:
    if eligibility.readings:
        yield "Luật có nhiều cách hiểu, văn bản chưa được đọc:"
        yield from (f"- {read.reading.name_vi}: {_OUTCOMES[read.outcome]}." for read in eligibility.readings)


def explain_owner(allocation: Allocation) -> Iterator[str]:
    """Sentences: why this owner, and who else may be chosen."""
    yield _owner(allocation)
    for offered in (candidate for candidate in allocation.candidates if candidate.why == "OFFERED"):
        yield f"Người yêu cầu cũng có thể chọn {offered.centre.name}, theo {_BASES[offered.basis]} (Điều 26 khoản 1)."


def _owner(allocation: Allocation) -> str:
    name = allocation.owner.name
    if allocation.reason in _NOBODY:
        return f"Giao {name} vì {_NOBODY[allocation.reason]}."
    taken = next((candidate for candidate in allocation.candidates if candidate.why == "TAKEN"), None)
    if taken is None:
        return f"{name} tiếp tục phụ trách vì nơi cư trú và nơi xảy ra vụ việc không thay đổi."
    note = "" if taken.centre.verified else " Tên, địa bàn của đơn vị này chưa được tỉnh xác nhận."
    return f"Giao {name} theo {_BASES[taken.basis]}.{note}"
