"""From facts to numbers. Every fact is counted once, in exactly one group, whatever is grouped by; so sums add up.

What is not known is counted as ``unknown``, never left out.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from legalaid.clock import VIETNAM
from legalaid.events.words import CallOutcome, CaseKind, Channel, Status
from reports.rules.facts import Fact, Kind, NoticeOutcome

UNKNOWN: Final = "unknown"

CALLS: Final = (*CallOutcome, UNKNOWN)
REQUESTS: Final = (*Channel, UNKNOWN)
CASES: Final = (*Status, UNKNOWN)
NOTICES: Final = (*NoticeOutcome, UNKNOWN)


class GroupBy(StrEnum):
    """What the groups are. A call has no province, and a request no centre: they are in the group ``unknown``."""

    DAY = "day"
    """The day in Vietnam on which the person reached us, or on which the thing happened that a notice tells of."""
    PROVINCE = "province"
    CENTRE = "centre"
    CHANNEL = "channel"
    """HOTLINE or APP; for a notice, PUSH, ZALO, SMS, VOICE or CALLBACK."""
    OUTCOME = "outcome"
    """How a call ended, a case's status, where a notice stands, whether a request was withdrawn."""


class Wait(BaseModel):
    """How long people waited. A percentile is the wait of a real person (nearest rank), in whole seconds."""

    model_config = ConfigDict(frozen=True)

    count: int = 0
    p50_seconds: int | None = None
    p90_seconds: int | None = None
    max_seconds: int | None = None


class Counts(BaseModel):
    """The numbers of one group."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    calls: dict[str, int] = Field(description="Calls by outcome; unknown: not ended yet.")
    callbacks_owed: int
    """Calls that nobody spoke in, so that we owe or owed one back."""
    requests: dict[str, int] = Field(description="Requests by channel.")
    cases: dict[str, int] = Field(description="Cases of requests by status.")
    callback_cases: dict[str, int] = Field(description="Cases of owed calls by status.")
    notices: dict[str, int] = Field(description="Notices by where they stand.")
    notices_proved: int
    """Messages that reached the handset for certain. The others may have too: most carriers give no proof."""
    notices_told_again: int
    """Messages of news that may have reached the person before, on another channel that brought no proof in time."""
    notices_cost_vnd: int
    """What providers charged for messages, in đồng, as far as they told."""
    received_to_opened: Wait
    received_to_accepted: Wait
    event_to_sms: Wait
    """From what happened to the case until a gateway took the first message about it."""


class Group(Counts):
    """The numbers of one day, province, centre, channel or outcome."""

    key: str
    name: str | None = None
    """What the key is called, for provinces and centres."""


class Tally:
    """Counts facts of one group."""

    def __init__(self) -> None:
        self._calls = dict.fromkeys(CALLS, 0)
        self._callbacks_owed = 0
        self._requests = dict.fromkeys(REQUESTS, 0)
        self._cases = dict.fromkeys(CASES, 0)
        self._callback_cases = dict.fromkeys(CASES, 0)
        self._notices = dict.fromkeys(NOTICES, 0)
        self._proved = self._told_again = self._cost_vnd = 0
        self._opened: list[int] = []
        self._accepted: list[int] = []
        self._sms: list[int] = []

    def add(self, fact: Fact) -> None:
        """Count one fact."""
        match fact.kind:
            case Kind.CALL:
                _count(self._calls, fact.outcome)
                self._callbacks_owed += fact.callback_due_at is not None
            case Kind.REQUEST:
                _count(self._requests, fact.channel)
            case Kind.CASE if fact.case_kind is CaseKind.CALLBACK:
                _count(self._callback_cases, fact.outcome)
            case Kind.CASE:
                _count(self._cases, fact.outcome)
                _waited(self._opened, fact.begun_at, fact.opened_at)
                _waited(self._accepted, fact.begun_at, fact.accepted_at)
            case Kind.NOTICE:
                _count(self._notices, fact.outcome)
                self._proved += fact.proved_at is not None
                self._told_again += fact.told_again
                self._cost_vnd += fact.cost_vnd or 0
                _waited(self._sms, fact.begun_at, None if fact.told_again else fact.sent_at)

    def counts(self) -> Counts:
        """The numbers so far."""
        return Counts(
            calls=self._calls,
            callbacks_owed=self._callbacks_owed,
            requests=self._requests,
            cases=self._cases,
            callback_cases=self._callback_cases,
            notices=self._notices,
            notices_proved=self._proved,
            notices_told_again=self._told_again,
            notices_cost_vnd=self._cost_vnd,
            received_to_opened=wait(self._opened),
            received_to_accepted=wait(self._accepted),
            event_to_sms=wait(self._sms),
        )


class Summary:
    """Counts facts in groups and in total."""

    def __init__(self, by: GroupBy) -> None:
        self._by = by
        self._total = Tally()
        self._groups: defaultdict[str, Tally] = defaultdict(Tally)

    def add(self, facts: Iterable[Fact]) -> None:
        """Count facts, each once."""
        for fact in facts:
            self._total.add(fact)
            self._groups[group_of(fact, self._by)].add(fact)

    def total(self) -> Counts:
        """The numbers of all facts."""
        return self._total.counts()

    def groups(self, name_of: Callable[[str], str | None]) -> list[Group]:
        """The numbers of each group that has any, by key, with the names of those that have one; ``unknown`` last."""
        keys = sorted(self._groups, key=lambda key: (key == UNKNOWN, key))
        return [Group(key=key, name=name_of(key), **dict(self._groups[key].counts())) for key in keys]


def group_of(fact: Fact, by: GroupBy) -> str:
    """The key of the group that a fact belongs to."""
    match by:
        case GroupBy.DAY:
            return fact.begun_at.astimezone(VIETNAM).date().isoformat()
        case GroupBy.PROVINCE:
            return fact.province or UNKNOWN
        case GroupBy.CENTRE:
            return fact.centre or UNKNOWN
        case GroupBy.CHANNEL:
            return fact.channel or UNKNOWN
        case GroupBy.OUTCOME:
            return fact.outcome or UNKNOWN


def wait(seconds: list[int]) -> Wait:
    """The percentiles of some waits, in any order."""
    if not seconds:
        return Wait()
    ordered = sorted(seconds)
    median, ninth = (ordered[math.ceil(len(ordered) * tenths / 10) - 1] for tenths in (5, 9))
    return Wait(count=len(ordered), p50_seconds=median, p90_seconds=ninth, max_seconds=ordered[-1])


def _count(counts: dict[str, int], key: str | None) -> None:
    counts[key if key in counts and key is not None else UNKNOWN] += 1


def _waited(seconds: list[int], since: datetime, until: datetime | None) -> None:
    if until is not None:
        seconds.append(max(0, int((until - since).total_seconds())))
