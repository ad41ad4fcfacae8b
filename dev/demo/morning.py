"""The plan of a morning: who does what at which minute. Made from a seed alone, so two runs play the same morning."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from dev.demo.bodies import Bodies
from dev.demo.people import Somebody, a_mobile, somebody
from legalaid.events.words import CallOutcome, Channel, Household

BEGINS = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
"""07:30 in Vietnam: half an hour before the hotline opens."""
OPENS = timedelta(minutes=30)
ENDS = timedelta(hours=4)
"""11:30: nobody new calls or writes after this."""

PILOT = {"11": 0.45, "15": 0.55}
"""The two provinces, with their share of the morning."""
_NAMESPACE = UUID("0d9f8a51-4f6b-5d8e-9d0c-1a2b3c4d5e6f")

# The morning's habits, as shares of the requests.
HOTLINE = 0.45
RESENT = 0.08
AMENDED = 0.04
WITHDRAWN = 0.02
LANDLINE = 0.05
# And of calls without a request, also as shares of the requests.
MISSED, ABANDONED, BEFORE_HOURS, WRONG_NUMBER = 0.06, 0.04, 0.03, 0.06
CALLED_BACK = 0.35
"""The share of owed calls that the Desk makes within the morning, with a request as the result."""


@dataclass(frozen=True)
class Call:
    """One call as the exchange reports it: each step a minute of the morning, a state and an outcome."""

    exchange_call_id: str
    phone: str
    steps: tuple[tuple[timedelta, str, CallOutcome | None], ...]

    @property
    def owed(self) -> bool:
        """Whether nobody spoke with the caller."""
        return all(state != "ANSWERED" for _, state, _ in self.steps)


@dataclass(frozen=True)
class Ask:
    """One request, and what its sender does with it afterwards."""

    at: timedelta
    key: str
    """The Idempotency-Key."""
    body: Mapping[str, Any]
    call: str | None = None
    """The exchange's id of the call it belongs to."""
    resends: tuple[timedelta, ...] = ()
    """The same body with the same key again, after so long: a lost answer, a double tap."""
    amended: tuple[timedelta, Mapping[str, Any]] | None = None
    """After so long, the sections that are told anew."""
    withdrawn: timedelta | None = None
    certain_hours: bool = False
    """The person may only be reached at certain hours, so that a wait is no delay."""

    @property
    def channel(self) -> Channel:
        """By which front end."""
        return Channel(self.body["channel"])


@dataclass(frozen=True)
class Morning:
    """Everything that happens."""

    seed: int
    calls: list[Call] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)


def plan(seed: int, requests: int) -> Morning:
    """The morning of this seed, with so many different requests."""
    return _Planner(seed).morning(requests)


class _Planner:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        self._made = 0
        self._bodies = Bodies(self._chance)

    def morning(self, requests: int) -> Morning:
        morning = Morning(self._seed)
        owed = self._calls_without_request(morning, requests)
        called_back = owed[: int(len(owed) * CALLED_BACK)]
        for number in range(requests):
            if number < len(called_back):
                self._answer_owed(morning, called_back[number])
            elif self._chance.random() < HOTLINE:
                self._hotline(morning)
            else:
                at = self._some_time(timedelta(0), ENDS)
                morning.asks.append(self._ask(at, Channel.APP, None, self._person()))
        return morning

    def _calls_without_request(self, morning: Morning, requests: int) -> list[Call]:
        shares = (("missed", MISSED), ("abandoned", ABANDONED), ("early", BEFORE_HOURS), ("wrong", WRONG_NUMBER))
        kinds = [kind for kind, share in shares for _ in range(round(requests * share))]
        self._chance.shuffle(kinds)
        for kind in kinds:
            phone = a_mobile(self._chance)
            at = self._some_time(timedelta(0), OPENS) if kind == "early" else self._some_time(OPENS, ENDS)
            outcome = {"wrong": CallOutcome.COMPLETED, "abandoned": CallOutcome.ABANDONED}.get(kind, CallOutcome.MISSED)
            morning.calls.append(self._call(at, phone, answered=kind == "wrong", outcome=outcome, minutes=1))
        return [call for call in morning.calls if call.owed]

    def _call(self, at: timedelta, phone: str, *, answered: bool, outcome: CallOutcome, minutes: float) -> Call:
        steps: list[tuple[timedelta, str, CallOutcome | None]] = [(at, "STARTED", None)]
        if answered:
            steps.append((at + timedelta(seconds=20), "ANSWERED", None))
        steps.append((at + timedelta(minutes=minutes), "ENDED", outcome))
        return Call(self._name("call"), phone, tuple(steps))

    def _hotline(self, morning: Morning) -> None:
        person = self._person()
        at, minutes = self._some_time(OPENS, ENDS), self._chance.uniform(4, 12)
        call = self._call(at, person.phone, answered=True, outcome=CallOutcome.COMPLETED, minutes=minutes)
        morning.calls.append(call)
        morning.asks.append(self._ask(at + timedelta(minutes=minutes * 0.9), Channel.HOTLINE, call, person))

    def _answer_owed(self, morning: Morning, call: Call) -> None:
        later = max(call.steps[-1][0], OPENS) + timedelta(minutes=self._chance.uniform(3, 30))
        person = self._person(phone=call.phone)
        morning.asks.append(self._ask(later, Channel.HOTLINE, call, person))

    def _ask(self, at: timedelta, channel: Channel, call: Call | None, person: Somebody) -> Ask:
        chance = self._chance
        body = self._bodies.body(channel, person, BEGINS + at)
        amended = withdrawn = None
        if chance.random() < AMENDED:
            told_anew = {"facts": {**body["facts"], "household": Household.POOR.value}}
            amended = (timedelta(minutes=chance.uniform(4, 40)), told_anew)
        elif chance.random() < WITHDRAWN:
            withdrawn = timedelta(minutes=chance.uniform(4, 60))
        resends = tuple(timedelta(minutes=chance.choice((0, 0.2, 1, 15))) for _ in range(1 + (chance.random() < 0.2)))  # noqa: PLR2004 - one in five twice
        return Ask(
            at=at,
            key=self._name("request"),
            body=body,
            call=call.exchange_call_id if call else None,
            resends=resends if chance.random() < RESENT else (),
            amended=amended,
            withdrawn=withdrawn,
            certain_hours=body["wishes"]["hours_from"] is not None,
        )

    def _person(self, phone: str | None = None) -> Somebody:
        province = self._chance.choices(list(PILOT), list(PILOT.values()))[0]
        person = somebody(self._chance, province, landline=self._chance.random() < LANDLINE)
        return person if phone is None else replace(person, phone=phone)

    def _some_time(self, earliest: timedelta, latest: timedelta) -> timedelta:
        return earliest + (latest - earliest) * self._chance.random()

    def _name(self, kind: str) -> str:
        self._made += 1
        return str(uuid5(_NAMESPACE, f"{self._seed}/{kind}/{self._made}"))
