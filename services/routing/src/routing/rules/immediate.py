"""What has to be accepted at once, papers later (Article 30(4)): the grounds of the tables, looked at on one day.

They are asked for as days and counted on the calendar; "soon" counts only where no day is known. They say nothing of
whether somebody is eligible, and asking for them holds nobody up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from legalaid.events.people import Facts
from legalaid.events.words import Answer
from legalaid.vietnam.calendar import WorkingCalendar
from routing.rules import deadlines
from routing.rules.compiled import Version
from routing.rules.law import Deadline, Ground, Law, Values

Told = Mapping[str, object]
"""What is known, by the name of the fact."""
PAPERS: Final = "PROOF_AFTER_IMMEDIATE"
PAPERS_EXTREME_AREA: Final = "PROOF_AFTER_IMMEDIATE_EXTREME_AREA"


@dataclass(frozen=True, eq=False)
class Immediate:
    """The grounds that hold, and those whose day is worth asking for. Equals itself alone, as its rows do."""

    holds: tuple[Ground, ...] = ()
    ask: tuple[Ground, ...] = ()
    known: tuple[str, ...] = ()
    """What was told of haste, as fact=value by name."""
    on: date | None = None
    """The day from which it was counted."""

    @property
    def is_urgent(self) -> bool:
        """Whether the request has to be accepted at once."""
        return bool(self.holds)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it hangs on."""
        return (*self.known, str(self.on)) if self.known else ()

    @property
    def appoint(self) -> frozenset[str]:
        """The standards by which the provider is appointed; at once where an urgent case is told of and no ground."""
        return frozenset(ground.appoint for ground in self.holds) or frozenset({deadlines.APPOINT_AT_ONCE})


NOT_IMMEDIATE: Final = Immediate()
"""Of somebody of whom nothing is known that tells of haste."""


def judge(facts: Facts, on: date, law: Law, calendar: WorkingCalendar) -> Immediate:
    """What holds on that day. A day counts by the working days that lie between: the first does not, the last does."""
    rows = _in_force(Version(law), on)
    return _judge(rows, on, calendar, tuple([getattr(facts, name) for name in rows.facts]))


def explain(immediate: Immediate, law: Law, extreme_area: Answer) -> Iterator[str]:
    """Sentences for the officer: what holds, by when the papers have to come, and which day to ask for."""
    if immediate.holds and immediate.on:
        grounds = "; ".join(map(_named, immediate.holds))
        yield f"Thuộc trường hợp thụ lý ngay, giấy tờ bổ sung sau: {grounds}."
        yield from _papers(deadlines.in_force(Version(law), immediate.on), extreme_area)
    if immediate.ask:
        yield "Hỏi thêm để biết có phải thụ lý ngay không (không ảnh hưởng đến kết luận về diện):"
        yield from (f"- {ground.ask_vi}" for ground in immediate.ask)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of one day, and the facts that they look at."""

    grounds: tuple[Ground, ...]
    facts: tuple[str, ...]
    """By name."""
    haste: frozenset[str]
    """Those by which a ground holds or not; the others say whom to ask."""


@lru_cache(maxsize=64)
def _in_force(law: Version, on: date) -> _Rows:
    grounds = tuple(ground for ground in law.law.grounds if ground.is_in_force(on))
    haste = frozenset(fact for ground in grounds for fact in ground.facts)
    return _Rows(grounds, tuple(sorted(haste.union(*(ground.ask_when for ground in grounds)))), haste)


@lru_cache(maxsize=4096)
def _judge(rows: _Rows, on: date, calendar: WorkingCalendar, values: tuple[object, ...]) -> Immediate:
    """Most people tell the same few things of haste: what was found for one holds for all who told as much."""
    told = dict(zip(rows.facts, values, strict=True))
    holds = tuple(ground for ground in rows.grounds if _holds(ground, told, on, calendar))
    certain = any(ground.is_certain for ground in holds)
    ask = () if certain else tuple(ground for ground in rows.grounds if _is_worth_asking(ground, told))
    known = tuple(f"{fact}={told[fact]}" for fact in rows.facts if fact in rows.haste and not _is_unknown(told[fact]))
    return Immediate(holds, ask, known, on) if holds or ask or known else NOT_IMMEDIATE


def _holds(ground: Ground, told: Told, on: date, calendar: WorkingCalendar) -> bool:
    if ground.day is not None:
        day = told[ground.day]
        return isinstance(day, date) and on <= day < calendar.working_day_after(on, ground.under_working_days or 1)
    return _any(ground.told, told) and all(_is_unknown(told[fact]) for fact in ground.while_unknown)


def _is_worth_asking(ground: Ground, told: Told) -> bool:
    return ground.day is not None and told[ground.day] is None and _any(ground.ask_when, told)


def _any(wanted: Values, told: Told) -> bool:
    return any(told[fact] in words for fact, words in wanted.items())


def _is_unknown(value: object) -> bool:
    return value is None or value == Answer.UNKNOWN


def _named(ground: Ground) -> str:
    unread = "" if ground.verified else "; cách áp dụng chưa được xác nhận"
    return f"{ground.name_vi} ({ground.article}{unread})"


def _papers(rows: Mapping[str, Deadline], extreme_area: Answer) -> Iterator[str]:
    usual, longer = rows.get(PAPERS), rows.get(PAPERS_EXTREME_AREA)
    if usual is None or longer is None:
        return
    days = {
        Answer.NO: f"{usual.amount} ngày làm việc",
        Answer.YES: f"{longer.amount} ngày làm việc (cư trú ở vùng đặc biệt khó khăn)",
        Answer.UNKNOWN: f"{usual.amount} ngày làm việc ({longer.amount} nếu cư trú ở vùng đặc biệt khó khăn)",
    }
    yield f"Giấy tờ chứng minh bổ sung trong {days[extreme_area]} kể từ khi thụ lý ({usual.basis})."
