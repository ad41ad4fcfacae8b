"""What stands on the page: every row that is in force on its day, with article, days, source and mark."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Final

from legalaid.vietnam import places, units
from routing.lawpage import words
from routing.rules.compiled import atoms
from routing.rules.law import Area, Category, Conditions, Dated, Deadline, DeadlineKind, Law, Sourced, in_force
from routing.rules.papers import proof
from routing.rules.wording import condition_vi, excluded_vi

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Item:
    """One row: what it is, what it says, by label, and whether somebody read its text."""

    name: str
    code: str
    fields: Fields
    verified: bool | None
    """None: it is no law, but a question or a standard of ours."""


@dataclass(frozen=True)
class Section:
    """Rows of one sort; all have the same labels."""

    title: str
    note: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Page:
    """The tables of one day."""

    on: date
    ruleset: str
    sections: tuple[Section, ...]
    others: tuple[date, ...]
    """The days from which the law is another one."""

    @property
    def unread(self) -> int:
        """How many rows nobody read the text of."""
        return sum(item.verified is False for section in self.sections for item in section.items)

    @property
    def rows(self) -> int:
        """How many rows of law there are."""
        return sum(item.verified is not None for section in self.sections for item in section.items)


def page(law: Law, on: date) -> Page:
    """The page of that day. Raises ``LookupError`` for a day before the law began."""
    sections = (
        _categories(law, on),
        _definitions(law, on),
        _readings(law, on),
        _notices(law, on),
        _at_once(law, on),
        _deadlines(law, on, DeadlineKind.LEGAL),
        _deadlines(law, on, DeadlineKind.SERVICE),
        _questions(law),
        _areas(law, on),
        _coming(law, on),
    )
    return Page(on, law.ruleset, tuple(section for section in sections if section.items), change_days(law))


def change_days(law: Law) -> tuple[date, ...]:
    """The days from which it is otherwise who is helped, and with what; the first is that on which the law began."""
    days = set[date]()
    for row in _of_article_7(law):
        days |= {row.valid_from} | ({row.valid_to + timedelta(days=1)} if row.valid_to else set())
    return tuple(sorted(days))


def _of_article_7(law: Law) -> Iterator[Dated]:
    yield from chain(law.scope, law.hardship, law.categories, law.readings)


def _categories(law: Law, on: date) -> Section:
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
            *_days_and_source(row),
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


def _definitions(law: Law, on: date) -> Section:
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
                (("Điều", needy.article), ("Nội dung", f"{_conditions(needy.conditions)}."), *_days_and_source(needy)),
                needy.verified,
            ),
            Item(
                "Phạm vi trợ giúp",
                "SCOPE",
                (("Điều", scope.article), ("Nội dung", says), *_days_and_source(scope)),
                scope.verified,
            ),
        ),
    )


def _readings(law: Law, on: date) -> Section:
    return Section(
        "Các cách hiểu của một luật chưa đọc toàn văn",
        "Nơi các cách hiểu cho kết quả khác nhau thì cán bộ quyết định; người dân không bị hỏi về điều đó.",
        tuple(
            Item(row.name_vi, row.code, _days_and_source(row), row.verified)
            for row in law.readings
            if row.is_in_force(on)
        ),
    )


def _notices(law: Law, on: date) -> Section:
    return Section(
        "Về giấy tờ, nói với mọi người",
        "",
        tuple(
            Item(row.text_vi, "", (("Điều", row.article), *_days_and_source(row)), row.verified)
            for row in law.proof.notices
            if row.is_in_force(on)
        ),
    )


def _at_once(law: Law, on: date) -> Section:
    return Section(
        "Thụ lý ngay, giấy tờ bổ sung sau (Điều 30 khoản 4)",
        "Không phải điều kiện về diện người được trợ giúp.",
        tuple(
            Item(
                row.name_vi,
                row.code,
                (("Điều", row.article), ("Hỏi", row.ask_vi or ""), *_days_and_source(row)),
                row.verified,
            )
            for row in law.grounds
            if row.is_in_force(on)
        ),
    )


_KINDS: Final = {
    DeadlineKind.LEGAL: ("Thời hạn của pháp luật", "Tính theo ngày thì hết lúc 24 giờ của ngày cuối."),
    DeadlineKind.SERVICE: ("Tiêu chuẩn phục vụ của phần mềm", "Không phải luật; hết khi cơ quan đóng cửa."),
}


def _deadlines(law: Law, on: date, kind: DeadlineKind) -> Section:
    rows = [row for row in law.deadlines if row.kind is kind and row.is_in_force(on)]
    return Section(*_KINDS[kind], tuple(map(_deadline, rows)))


def _deadline(row: Deadline) -> Item:
    return Item(
        f"{words.STARTS[row.start]}: {words.UNITS[row.unit].format(row.amount)}",
        row.code,
        (("Căn cứ", row.basis), *_days_and_source(row)),
        row.verified if row.kind is DeadlineKind.LEGAL else None,
    )


def _questions(law: Law) -> Section:
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


def _areas(law: Law, on: date) -> Section:
    """Communes of one province and one sort together: all else of them is the same."""
    alike: dict[tuple[str, str, Area], list[str]] = defaultdict(list)
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
                (("Xã, phường", ", ".join(names)), *_days_and_source(row)),
                row.verified,
            )
            for (province, _, row), names in sorted(alike.items(), key=lambda each: each[0][:2])
        ),
    )


def _villages(row: Area) -> str:
    if row.level == "III":
        return "cả xã được tính"
    return "hỏi thôn" if row.has_extreme_village else "không có thôn đặc biệt khó khăn"


def _province(code: str) -> str:
    return units.provinces()[code].name


def _coming(law: Law, on: date) -> Section:
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


def _days_and_source(row: Sourced) -> Fields:
    until = f" đến hết {row.valid_to:%d/%m/%Y}" if row.valid_to else ""
    return ("Hiệu lực", f"từ {row.valid_from:%d/%m/%Y}{until}"), ("Nguồn", row.source)


def _unread(verified: bool) -> str:
    return "" if verified else " (chưa đối chiếu)"
