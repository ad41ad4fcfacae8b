"""Who is helped: the rows of Article 7 and of later laws, what their words mean, and what is asked."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import chain

from legalaid.vietnam import places, units
from routing.lawpage import words
from routing.lawpage.model import Item, Section, days_and_source
from routing.rules.compiled import atoms
from routing.rules.law import Category, CommuneArea, Conditions, Law, in_force
from routing.rules.papers import proof
from routing.rules.wording import condition_vi, excluded_vi


def categories(law: Law, on: date) -> Section:
    """Every category of the day, with its papers."""
    return Section(
        "Ai được trợ giúp pháp lý",
        "Thuộc một diện là đủ. Giấy tờ để chứng minh, không phải điều kiện để được tiếp nhận.",
        tuple(_category(law, row, on) for row in law.categories if row.is_in_force(on)),
    )


def _category(law: Law, row: Category, on: date) -> Item:
    papers = proof(law, [row], on).papers
    needy = " Và có khó khăn về tài chính." if row.financial_hardship else ""
    only = f" Chỉ theo cách hiểu {row.reading}." if row.reading else ""
    return Item(
        row.name_vi,
        row.code,
        (
            ("Điều", row.article),
            ("Điều kiện", f"{_conditions(row.conditions, row)}.{needy}{only}"),
            ("Giấy tờ", "".join(f"{each.text_vi}{_unread(each.verified)}" for each in papers) or "Chưa có trong bảng."),
            *days_and_source(row),
        ),
        row.verified,
    )


def _conditions(groups: Iterable[Conditions], row: Category | None = None) -> str:
    """The groups, any one of which is enough."""
    of_row = {} if row is None else {"age_at": row.age_at}
    text = ". Hoặc: ".join(
        "; đồng thời ".join(condition_vi(atom) for atom in atoms(group, **of_row)) for group in groups
    )
    return text[:1].upper() + text[1:]


def definitions(law: Law, on: date) -> Section:
    """Hardship and scope."""
    needy, scope = in_force(law.hardship, on), in_force(law.scope, on)
    matter = " Phải có vụ việc cụ thể của mình." if scope.concrete_matter else ""
    says = f"Mọi lĩnh vực, trừ: {excluded_vi(scope.excluded_fields)}.{matter}"
    return Section(
        "Khó khăn về tài chính; phạm vi",
        "",
        (
            Item(
                "Có khó khăn về tài chính",
                "HARDSHIP",
                (("Điều", needy.article), ("Nội dung", f"{_conditions(needy.conditions)}."), *days_and_source(needy)),
                needy.verified,
            ),
            Item(
                "Phạm vi trợ giúp",
                "SCOPE",
                (("Điều", scope.article), ("Nội dung", says), *days_and_source(scope)),
                scope.verified,
            ),
        ),
    )


def readings(law: Law, on: date) -> Section:
    """How a law can be read."""
    return Section(
        "Các cách hiểu của một luật chưa đọc toàn văn",
        "Nơi các cách hiểu cho kết quả khác nhau thì cán bộ quyết định; người dân không bị hỏi về điều đó.",
        tuple(
            Item(row.name_vi, row.code, days_and_source(row), row.verified)
            for row in law.readings
            if row.is_in_force(on)
        ),
    )


def notices(law: Law, on: date) -> Section:
    """What everybody is told about papers."""
    return Section(
        "Về giấy tờ, nói với mọi người",
        "",
        tuple(
            Item(row.text_vi, "", (("Điều", row.article), *days_and_source(row)), row.verified)
            for row in law.proof.notices
            if row.is_in_force(on)
        ),
    )


def questions(law: Law) -> Section:
    """What is asked, what is told most easily first."""
    facts = sorted(law.facts, key=lambda fact: (law.effort.get(fact, 2), fact))
    return Section(
        "Câu hỏi cho người dân",
        "Chỉ hỏi điều làm thay đổi kết quả; điều dễ nói hỏi trước.",
        tuple(
            Item(
                law.questions[fact],
                fact,
                (("Mức khó nói", words.EFFORTS[law.effort.get(fact, 2)]),),
                None,
            )
            for fact in facts
        ),
    )


def areas(law: Law, on: date) -> Section:
    """Communes of one province and one sort together: all else of them is the same."""
    alike: dict[tuple[str, str, CommuneArea], list[str]] = defaultdict(list)
    for code, rows in sorted(law.areas.items()):
        for row in rows:
            unit = places.commune(code)
            if row.is_in_force(on) and unit is not None:
                same = row.model_copy(update={"commune": "00000"})
                alike[(unit.province, row.level, same)].append(f"{unit.name} ({code})")
    return Section(
        "Vùng có điều kiện kinh tế - xã hội đặc biệt khó khăn (Điều 7 khoản 4)",
        "Nơi không có trong bảng thì hỏi thôn, bản.",
        tuple(
            Item(
                f"{_province(province)}, {words.LEVELS[row.level]}, {_villages(row)}",
                str(len(names)),
                (("Xã, phường", ", ".join(names)), *days_and_source(row)),
                row.verified,
            )
            for (province, _, row), names in sorted(alike.items(), key=lambda each: each[0][:2])
        ),
    )


def _villages(row: CommuneArea) -> str:
    if row.level == "III":
        return "cả xã được tính"
    return "hỏi thôn" if row.has_extreme_village else "không có thôn đặc biệt khó khăn"


def _province(code: str) -> str:
    return units.provinces()[code].name


def coming(law: Law, on: date) -> Section:
    """What is otherwise after that day, as far as the tables know."""
    ending = ((row.valid_to + timedelta(days=1), "hết hiệu lực", row) for row in law.categories if row.valid_to)
    begun = ((row.valid_from, "bắt đầu", row) for row in law.categories)
    changes = sorted(
        ((day, what, row) for day, what, row in chain(ending, begun) if day > on),
        key=lambda each: (each[0], each[2].code),
    )
    return Section(
        "Sắp thay đổi",
        "",
        tuple(
            Item(
                row.name_vi,
                row.code,
                (("Từ ngày", f"{day:%d/%m/%Y}"), ("Thay đổi", what), ("Điều", row.article), ("Nguồn", row.source)),
                row.verified,
            )
            for day, what, row in changes
        ),
    )


def _unread(verified: bool) -> str:
    return "" if verified else " (chưa đối chiếu)"
