"""The simulated day: providers with their troubles, messages that come, and what became of each.

Nothing here is a measurement of a provider. An answer takes 0.4 s; one in 2,000 messages of a healthy provider gets
none within 10 s, and half of those that get none were taken all the same.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import count
from typing import Final

from legalaid.clock import VIETNAM

MIDNIGHT: Final = datetime(2026, 11, 23, tzinfo=VIETNAM)
HOUR: Final = 3600.0
OPENS, CLOSES, ENDS = 7 * HOUR, 22 * HOUR, 27 * HOUR
_ANSWER, _TIMEOUT = 0.4, 10.0
_LOST_ANYWAY, _TAKEN_ALL_THE_SAME = 1 / 2000, 0.5
_RECEIPT_SECONDS, LATE_SECONDS = 4.0, 300.0
CARRIERS = ("viettel", "vinaphone", "mobifone")


class Answer(Enum):
    """What a sender hears."""

    TAKEN = auto()
    NOT_NOW = auto()
    ROUTE_CANNOT = auto()
    LOST = auto()


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a provider from ``begin`` to ``end``, in seconds of the day. Parts lie between 0 and 1."""

    begin: float
    end: float
    errors: float = 0.0
    """The part that it refuses at once, and does not take."""
    silent: float = 0.0
    """The part that gets no answer."""
    flaps: float = 0.0
    """Seconds for which the trouble holds, and then for which it does not; 0: all the time."""
    late: float = 0.0
    """The part that reaches the telephone, and the receipt us, ten minutes later."""
    carrier: str = ""
    """It takes nothing for this one."""
    a_minute: int = 0
    """So many messages a minute are taken, the others refused with Retry-After; 0: all."""

    def holds(self, at: float) -> bool:
        """Whether it is so at this second."""
        inside = self.begin <= at < self.end
        return inside and not (self.flaps and (at - self.begin) // self.flaps % 2)


_NONE = Trouble(0, 0)


@dataclass
class Message:
    """One message, and what is known of it by whoever knows everything."""

    id: str
    born: float
    carrier: str
    told: list[float] = field(default_factory=list)
    """When it reached the telephone."""
    doubted: bool = False


class World:
    """The clock, the messages and the providers."""

    def __init__(self, seed: int, a_day: int, troubles: dict[str, Trouble], *, can_be_asked: bool = False) -> None:
        self.random = random.Random(seed)
        self.can_be_asked = can_be_asked
        self.now = 0.0
        self.tries: Counter[str] = Counter()
        """At a provider while it was in trouble."""
        self.moves = 0
        self._troubles = troubles
        self._minutes: Counter[tuple[str, int]] = Counter()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.messages = [
            Message(f"{seed}-{number}", self.random.uniform(OPENS, CLOSES), self.random.choice(CARRIERS))
            for number in range(a_day)
        ]

    def at(self, seconds: float, call: Callable[[], None]) -> None:
        """``call`` at this second of the day."""
        heapq.heappush(self._queue, (seconds, next(self._order), call))

    def run(self, begin: Callable[[Message], None]) -> None:
        """The day, until five hours after the last message came."""
        for message in self.messages:
            self.at(message.born, lambda message=message: begin(message))  # type: ignore[misc]  # a default binds it now
        while self._queue and self._queue[0][0] < ENDS:
            self.now, _, call = heapq.heappop(self._queue)
            call()

    def send(self, provider: str, message: Message, heard: Callable[[Answer, float], None]) -> None:
        """Try it there; ``heard`` gets the answer when it comes, and after how many seconds the receipt does."""
        trouble = self._trouble(provider)
        if trouble.holds(self.now) or trouble.begin <= self.now < trouble.end:
            self.tries[provider] += 1
        answer = self._answer(provider, message, trouble if trouble.holds(self.now) else _NONE)
        late = 600.0 if trouble.holds(self.now) and self.random.random() < trouble.late else _RECEIPT_SECONDS
        if answer is Answer.TAKEN or (answer is Answer.LOST and self.random.random() < _TAKEN_ALL_THE_SAME):
            message.told.append(self.now + _ANSWER + (late if late > LATE_SECONDS else 0))
        self.at(self.now + (_TIMEOUT if answer is Answer.LOST else _ANSWER), lambda: heard(answer, late))

    def answers(self, provider: str) -> bool:
        """Whether it would answer a question now."""
        trouble = self._trouble(provider)
        return not trouble.holds(self.now) or self.random.random() >= max(trouble.errors, trouble.silent)

    def moment(self, seconds: float) -> datetime:
        """The instant of a second of the day."""
        return MIDNIGHT + timedelta(seconds=seconds)

    def _trouble(self, provider: str) -> Trouble:
        return self._troubles.get(provider, _NONE)

    def _answer(self, provider: str, message: Message, trouble: Trouble) -> Answer:
        if self.random.random() < max(trouble.silent, _LOST_ANYWAY):
            return Answer.LOST
        if self.random.random() < trouble.errors:
            return Answer.NOT_NOW
        if message.carrier == trouble.carrier:
            return Answer.ROUTE_CANNOT
        minute = (provider, int(self.now // 60))
        self._minutes[minute] += 1
        return Answer.NOT_NOW if trouble.a_minute and self._minutes[minute] > trouble.a_minute else Answer.TAKEN
