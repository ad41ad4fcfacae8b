"""Whether a provider can be trusted with a message now: a fold over how the attempts at it ended.

Whoever has the same rows says the same, in whatever order they were read, so that senders agree without speaking to
each other, and a restart forgets nothing. What is lost with the rows is speed, never a promise.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

WINDOW: Final = timedelta(hours=6)
"""Older rows change nothing."""
_IN_A_ROW = 3
"""Faults one after the other that shut a provider, and attempts one after the other that open it again."""
_LAST, _FAULTS_OF_LAST, _YOUNG = 10, 5, timedelta(minutes=30)
_FIRST_SHUT, _LONGEST_SHUT = timedelta(minutes=2), timedelta(hours=1)
RECEIPT_DUE: Final = timedelta(minutes=5)
"""After it a receipt that a provider promised is overdue."""
_LATE_ROWS = timedelta(seconds=10)
"""Within which rows of other senders usually come: they are read every two seconds, and clocks differ."""
_RECEIPTS, _OVERDUE_LEAST, _OVERDUE_PART = timedelta(minutes=15), 3, 0.15


class Result(StrEnum):
    """How an attempt ended, for the judgement of the provider alone."""

    OK = "ok"
    """Taken, or refused for the number or the text: the provider did its work."""
    FAULT = "fault"
    """Not now, or no answer."""
    OURS = "ours"
    """Our account, brand name, template or request is wrong there: nothing goes before an operator has mended it."""
    OVERDUE = "overdue"
    """It was taken, and the receipt that the provider gives for every message did not come in ``RECEIPT_DUE``."""


class Circuit(StrEnum):
    """What a provider gets."""

    OPEN = "open"
    """Its share."""
    HALF = "half"
    """One message at a time of each sender, to see whether it is well again."""
    SHUT = "shut"
    """Nothing, while another can be used."""


@dataclass(frozen=True, order=True)
class AttemptRow:
    """One ended attempt."""

    ended_at: datetime
    notice: str
    provider: str
    result: Result
    code: str = ""
    """The provider's word for why."""
    shuts: int = 0
    """How often it had been shut in ``WINDOW`` when this attempt began as a trial of one that was not open."""


@dataclass(frozen=True)
class ProviderHealth:
    """What the rows say of one provider."""

    shut_until: datetime | None = None
    """None: it is open."""
    why: tuple[AttemptRow, ...] = ()
    """The rows that shut it."""
    shuts: int = 0
    """How often it was shut in ``WINDOW``."""
    well: int = 0
    """Attempts one after the other that it took since it is half open."""
    recent: tuple[AttemptRow, ...] = ()
    """Its last attempts, those that ended while it was shut too."""

    def state(self, now: datetime) -> Circuit:
        """What it gets at ``now``."""
        if self.shut_until is None:
            return Circuit.OPEN
        return Circuit.SHUT if now < self.shut_until else Circuit.HALF

    def part_ok(self, now: datetime) -> float:
        """The part of its last attempts that it took; of none, 0."""
        young = [row for row in self.recent if now - row.ended_at < _YOUNG]
        return sum(row.result is Result.OK for row in young) / len(young) if young else 0.0

    @property
    def tried_at(self) -> datetime | None:
        """When its last attempt ended."""
        return self.recent[-1].ended_at if self.recent else None


class History:
    """The rows of one provider, and what they say. ``since`` hides what ended before: a person opened it then.

    It keeps two folds: one of all rows, which goes on with each new one, and one of those before which none is expected
    any more, from which the first is made again when a row of another sender comes late.
    """

    def __init__(self, since: datetime | None = None) -> None:
        self.since = since
        self._rows: list[AttemptRow] = []
        self._settled, self._settled_rows = _Fold(), 0
        self._all, self._all_rows = _Fold(), 0

    def add(self, row: AttemptRow) -> bool:
        """One more. Returns whether it was not known already."""
        if not self._rows or row.ended_at > self._rows[-1].ended_at:
            self._rows.append(row)
            return True
        place = bisect_left(self._rows, row)
        if self._rows[place : place + 1] == [row]:
            return False
        self._rows.insert(place, row)
        if place < self._all_rows:
            self._all_rows = -1
        if place < self._settled_rows:
            self._settled, self._settled_rows = _Fold(), 0
        return True

    def health(self, now: datetime) -> ProviderHealth:
        """What the rows of ``WINDOW`` before ``now`` say."""
        begins = max(now - WINDOW, self.since) if self.since else now - WINDOW
        self._forget(begins)
        if self._all_rows < 0:
            self._settle()
            self._all, self._all_rows = self._settled.fork(), self._settled_rows
        for row in self._rows[self._all_rows :]:
            self._all.step(row)
        self._all_rows = len(self._rows)
        return self._all.health(begins)

    def _settle(self) -> None:
        while self._rows and self._rows[self._settled_rows].ended_at < self._rows[-1].ended_at - _LATE_ROWS:
            self._settled.step(self._rows[self._settled_rows])
            self._settled_rows += 1

    def _forget(self, before: datetime) -> None:
        """Attempts that went well, with nothing before them, left no trace in the folds; any other did."""
        if not self._rows or self._rows[0].ended_at >= before:
            return
        old = next((place for place, row in enumerate(self._rows) if row.ended_at >= before), len(self._rows))
        if any(row.result is not Result.OK for row in self._rows[:old]):
            self._settled, self._settled_rows, self._all, self._all_rows = _Fold(), 0, _Fold(), 0
        else:
            self._settled_rows = max(0, self._settled_rows - old)
            self._all_rows = max(0, self._all_rows - old) if self._all_rows >= 0 else -1
        del self._rows[:old]


def health(rows: Iterable[AttemptRow], now: datetime) -> ProviderHealth:
    """What ``rows``, all of one provider, say at ``now``."""
    history = History()
    for row in sorted(rows):
        history.add(row)
    return history.health(now)


class _Fold:
    """OPEN → SHUT → HALF → OPEN or SHUT."""

    def __init__(self) -> None:
        self._shut_until: datetime | None = None
        self._opened_at: datetime | None = None
        self._why: tuple[AttemptRow, ...] = ()
        self._shuts: list[datetime] = []
        self._well = 0
        self._last: deque[AttemptRow] = deque(maxlen=_LAST)
        """While it is open."""
        self._recent: deque[AttemptRow] = deque(maxlen=_LAST)
        self._receipts: deque[AttemptRow] = deque()

    def fork(self) -> "_Fold":
        """Another one that goes on from here."""
        other = copy(self)
        vars(other).update(_last=copy(self._last), _recent=copy(self._recent), _receipts=copy(self._receipts))
        return other

    def health(self, begins: datetime) -> ProviderHealth:
        recent = tuple(row for row in self._recent if row.ended_at >= begins)
        return ProviderHealth(self._shut_until, self._why, len(self._shuts), self._well, recent)

    def step(self, row: AttemptRow) -> None:
        if row.result is not Result.OVERDUE:
            self._recent.append(row)
        if self._shut_until is None:
            self._while_open(row)
        elif row.ended_at >= self._shut_until and row.result is not Result.OVERDUE:
            self._while_half(row)

    def _while_half(self, row: AttemptRow) -> None:
        if row.result is not Result.OK:
            self._shut(row, [row])
            return
        self._well += 1
        if self._well == _IN_A_ROW:
            self._shut_until, self._opened_at, self._why, self._well = None, row.ended_at, (), 0

    def _while_open(self, row: AttemptRow) -> None:
        if row.result in {Result.OK, Result.OVERDUE}:
            self._count_receipts(row)
        if row.result is not Result.OVERDUE:
            self._last.append(row)
        if row.result is not Result.OK and (why := self._reasons(row)):
            self._shut(row, why)

    def _reasons(self, row: AttemptRow) -> Sequence[AttemptRow]:
        """The rows for which an open provider is shut; none: it stays open."""
        if row.result is Result.OVERDUE:
            overdue = [each for each in self._receipts if each.result is Result.OVERDUE]
            taken = len(self._receipts) - len(overdue)
            return overdue if len(overdue) >= _OVERDUE_LEAST and len(overdue) >= _OVERDUE_PART * taken else []
        faults = [each for each in self._last if each.result is Result.FAULT]
        if row.result is Result.OURS or row.shuts > len(self._shuts):  # it was shut before the rows that we have
            return [row]
        if len(faults) >= _IN_A_ROW and faults[-_IN_A_ROW:] == list(self._last)[-_IN_A_ROW:]:
            return faults[-_IN_A_ROW:]
        young = [each for each in faults if row.ended_at - each.ended_at < _YOUNG]
        return young if len(young) >= _FAULTS_OF_LAST else []

    def _count_receipts(self, row: AttemptRow) -> None:
        """Only messages that went since it is open say anything of it."""
        if row.result is Result.OVERDUE and self._opened_at and row.ended_at - RECEIPT_DUE < self._opened_at:
            return
        self._receipts.append(row)
        while row.ended_at - self._receipts[0].ended_at > _RECEIPTS:
            self._receipts.popleft()

    def _shut(self, row: AttemptRow, why: Sequence[AttemptRow]) -> None:
        known = [at for at in self._shuts if row.ended_at - at < WINDOW]
        before = [row.ended_at] * (row.shuts - len(known))
        self._shuts = [*known, *before, row.ended_at]
        doubled = _FIRST_SHUT * 2 ** min(len(self._shuts) - 1, 10)
        self._shut_until = row.ended_at + min(_LONGEST_SHUT, doubled)
        self._why, self._well = tuple(why), 0
        self._last.clear()
        self._receipts.clear()
