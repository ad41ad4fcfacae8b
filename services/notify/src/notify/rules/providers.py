"""Which of several providers a message goes to: by its share, unless it is ill, or may not carry this message.

A message that one provider may have taken is never given to another one; whoever chooses knows that beforehand
(``WantedMessage.bound``). All that is certain not to have been taken may go to the next at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from math import inf, log
from typing import Final

from legalaid.clock import VIETNAM
from notify.rules.health import Circuit, ProviderHealth

_PUT_OFF_FIRST, _PUT_OFF_MOST = timedelta(seconds=2), timedelta(seconds=300)
_STILL_USEFUL = 0.3
"""The part of its last attempts that an ill provider must have taken to be used where none is well."""
_TRIAL_EACH: Final = timedelta(seconds=30)
"""How often one is tried where all are dead."""
_RETRIES_MOST, _RETRIES_EARNED = 50.0, 0.1


class PriceUnit(StrEnum):
    """What a price is for."""

    SEGMENT = "segment"
    MESSAGE = "message"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    MINUTE = "minute"


@dataclass(frozen=True)
class Provider:
    """What is known of one provider: a row of ``providers.toml``, and what an installation says otherwise."""

    name: str
    share: float
    """Of the messages, in proportion to the others'; 0: only where no other can be used."""
    carriers: frozenset[str] | None = None
    """Those at which our brand name is registered through it; None: all."""
    templates: frozenset[str] | None = None
    """Those that are registered through it; None: all."""
    price_vnd: Decimal = Decimal(0)
    unit: PriceUnit = PriceUnit.SEGMENT
    daily_cap_vnd: Decimal | None = None
    """What may be spent there on one day of Vietnam."""
    from_day: date = date.min
    to_day: date = date.max
    """The first and last day on which this holds."""

    def costs(self, segments: int) -> Decimal:
        """What a message is expected to cost, in đồng."""
        return self.price_vnd * (segments if self.unit is PriceUnit.SEGMENT else 1)


@dataclass(frozen=True)
class WantedMessage:
    """What has to be known of a message to choose who carries it."""

    notice: str
    template: str
    carrier: str | None = None
    """Of the number; None: not known yet, or nobody's."""
    urgent: bool = False
    tries: int = 0
    """How often it was tried before."""
    refused: Collection[str] = ()
    """Who did certainly not take it, in this round."""
    bound: str | None = None
    """Who may have taken it: nobody else may get it."""


@dataclass(frozen=True)
class ProviderStanding:
    """How one provider stands, as one sender sees it now."""

    health: ProviderHealth = field(default_factory=ProviderHealth)
    shut_by_hand: bool = False
    spent_vnd: Decimal = Decimal(0)
    """Today."""
    full: bool = False
    """Whether its pace lets nothing go at once."""
    on_trial: bool = False
    """Whether this sender has a message there that tries whether it is well again."""
    begun_at: datetime | None = None
    """When this sender last gave it one."""


@dataclass(frozen=True)
class Use:
    """It goes to this one. ``trial``: it shows whether the provider is well again; while half open, one at a time."""

    provider: str
    trial: bool = False
    shuts: int = 0
    """For the row of its end (``health.Row.shuts``)."""


@dataclass(frozen=True)
class PutOff:
    """None can be used: again after this."""

    wait: timedelta


def rank(providers: Sequence[Provider], notice: str) -> list[Provider]:
    """In which order a message asks them: each is first for its share of all messages (weighted rendezvous hashing)."""
    return sorted(providers, key=lambda each: (_distance(each, notice), each.name))


def carries(provider: Provider, wanted: WantedMessage, now: datetime) -> bool:
    """Whether such messages go there, as far as is known of it."""
    return (
        provider.from_day <= now.astimezone(VIETNAM).date() <= provider.to_day
        and (wanted.carrier is None or provider.carriers is None or wanted.carrier in provider.carriers)
        and (provider.templates is None or wanted.template in provider.templates)
    )


def may(provider: Provider, standing: ProviderStanding, wanted: WantedMessage, now: datetime) -> bool:
    """Whether this message may go there today, whatever its health."""
    cap = provider.daily_cap_vnd
    within = cap is None or standing.spent_vnd + provider.price_vnd <= cap
    return within and not standing.shut_by_hand and carries(provider, wanted, now)


def choose(
    providers: Sequence[Provider], standings: Mapping[str, ProviderStanding], wanted: WantedMessage, now: datetime
) -> Use | PutOff:
    """Who gets this message now."""
    able = [each for each in providers if may(each, standings[each.name], wanted, now)]
    if wanted.bound:
        able = [each for each in able if each.name == wanted.bound]
    left = [each for each in able if each.name not in wanted.refused]
    if left and len(providers) == 1:  # to hold it shut would help nobody
        return Use(left[0].name)
    left = rank(left, wanted.notice)
    at_once = [each for each in left if not standings[each.name].full]
    states = {each.name: standings[each.name].health.state(now) for each in able}
    chosen = _of_those_that_work(at_once, standings, states, urgent=wanted.urgent)
    chosen = chosen or _of_those_that_work(left, standings, states, urgent=wanted.urgent)  # its turn comes soon
    useful = chosen is None and left and Circuit.OPEN not in states.values() and _best_of_the_ill(left, standings, now)
    if useful:
        return Use(useful.name, shuts=standings[useful.name].health.shuts)
    if chosen is None and left and Circuit.OPEN not in states.values():
        chosen = _left_alone_longest(left, standings, now)
    if chosen is None:
        return put_off(wanted.tries)
    if states[chosen.name] is Circuit.OPEN:
        return Use(chosen.name)
    return Use(chosen.name, trial=True, shuts=standings[chosen.name].health.shuts)


def put_off(tries: int) -> PutOff:
    """For how long a message waits that was tried so often."""
    return PutOff(min(_PUT_OFF_MOST, _PUT_OFF_FIRST * 2 ** min(tries, 10)))


class Retries:
    """What another attempt at a message costs: what an outage left must not drown what is new."""

    def __init__(self) -> None:
        self._left = _RETRIES_MOST

    def pay(self) -> bool:
        """Whether one more may be made; a first attempt, and a trial, are free."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def succeeded(self, *, paid: bool) -> None:
        """An attempt was taken: every ten pay for another one. One that was paid for, or a trial, pays for a whole one.

        So what an outage left waiting goes out as fast as it is taken.
        """
        self._left = min(_RETRIES_MOST, self._left + _RETRIES_EARNED + (1 if paid else 0))


def _of_those_that_work(
    left: Sequence[Provider], standings: Mapping[str, ProviderStanding], states: Mapping[str, Circuit], *, urgent: bool
) -> Provider | None:
    well = next((each for each in left if states[each.name] is Circuit.OPEN), None)
    if urgent and well:
        return well
    halves = (each for each in left if states[each.name] is Circuit.HALF and not standings[each.name].on_trial)
    return next(halves, well)


def _best_of_the_ill(
    left: Sequence[Provider], standings: Mapping[str, ProviderStanding], now: datetime
) -> Provider | None:
    best = max(left, key=lambda each: standings[each.name].health.part_ok(now))
    return best if standings[best.name].health.part_ok(now) >= _STILL_USEFUL else None


def _left_alone_longest(
    left: Sequence[Provider], standings: Mapping[str, ProviderStanding], now: datetime
) -> Provider | None:
    """None: another one was tried a moment ago."""
    tried = {each.name: _tried_at(standings[each.name]) for each in left}
    if now.timestamp() - max(tried.values()) < _TRIAL_EACH.total_seconds():
        return None
    return min(left, key=lambda each: tried[each.name])


def _tried_at(standing: ProviderStanding) -> float:
    known = (standing.begun_at, standing.health.tried_at)
    return max((at.timestamp() for at in known if at), default=-inf)


def _distance(provider: Provider, notice: str) -> float:
    if not provider.share:
        return inf
    digest = sha256(f"{provider.name}/{notice}".encode()).digest()
    return -log((int.from_bytes(digest[:8], "big") + 1) / 2**64) / provider.share
