"""How GOV.UK Notify chooses, as its public repository (alphagov/notifications-api) had it in 2025; written anew here.

Each try draws a provider by its points. Ten points fewer: for more than 50 errors in a minute, or where 15 % of the
messages of a quarter of an hour took five minutes or more by their receipts, unless both are slow. Ten points back each
quarter of an hour. A failed try is made again at once, then each five minutes; no answer counts as failed.
"""

from collections import deque
from collections.abc import Mapping

from dev.faults.providers.world import LATE_SECONDS, OPENS, Answer, Message, World

_STEP, _MOST_ERRORS, _SLOW_PART, _RETRIES = 10, 50, 0.15, 48
_QUARTER = 900.0


class GovUk:
    """Its rules over one world."""

    def __init__(self, world: World, shares: Mapping[str, float]) -> None:
        self._world = world
        self._base = dict(shares)
        self._points = dict(shares)
        self._errors: dict[str, deque[float]] = {name: deque() for name in shares}
        self._sent: dict[str, deque[tuple[float, float]]] = {name: deque() for name in shares}
        """When, and after how many seconds the receipt comes."""
        self._reduced = dict.fromkeys(shares, -_QUARTER)
        world.at(OPENS, self._each_minute)

    def begin(self, message: Message, tries: int = 0) -> None:
        """Try it once more."""
        (name,) = self._world.random.choices(list(self._points), list(self._points.values()))

        def heard(answer: Answer, receipt: float) -> None:
            if answer is Answer.TAKEN:
                self._sent[name].append((self._world.now, receipt))
                return
            self._failed(name)
            if tries <= _RETRIES:
                wait = 0.0 if not tries else 300.0
                self._world.at(self._world.now + wait, lambda: self.begin(message, tries + 1))

        self._world.send(name, message, heard)

    def _failed(self, name: str) -> None:
        errors, now = self._errors[name], self._world.now
        errors.append(now)
        while errors[0] < now - 60:
            errors.popleft()
        if len(errors) > _MOST_ERRORS and now - self._reduced[name] >= 60:  # noqa: PLR2004 - a minute
            self._reduce(name)

    def _reduce(self, name: str) -> None:
        self._reduced[name] = self._world.now
        if self._points[name] > 0:
            self._world.moves += 1
        taken = min(_STEP, self._points[name])
        others = [other for other in self._points if other != name]
        self._points[name] -= taken
        for other in others:
            self._points[other] += taken / len(others)

    def _each_minute(self) -> None:
        now = self._world.now
        slow = [name for name in self._points if self._is_slow(name, now)]
        if len(slow) == 1 and now - self._reduced[slow[0]] >= LATE_SECONDS:
            self._reduce(slow[0])
        elif all(now - reduced >= _QUARTER for reduced in self._reduced.values()) and self._points != self._base:
            self._give_back(now)
        self._world.at(now + 60, self._each_minute)

    def _give_back(self, now: float) -> None:
        for name, base in self._base.items():
            step = max(-_STEP, min(_STEP, base - self._points[name]))
            self._points[name] += step
            self._reduced[name] = now

    def _is_slow(self, name: str, now: float) -> bool:
        sent = self._sent[name]
        while sent and sent[0][0] < now - _QUARTER:
            sent.popleft()
        known = [receipt for at, receipt in sent if receipt < LATE_SECONDS or now - at >= LATE_SECONDS]
        slow = sum(receipt >= LATE_SECONDS for receipt in known)
        return bool(sent) and slow >= _SLOW_PART * len(sent)
