"""Which troubles are played, and what is counted of each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from dev.faults.providers.govuk import GovUk
from dev.faults.providers.ours import Senders, shuts
from dev.faults.providers.world import CLOSES, ENDS, HOUR, LATE_SECONDS, OPENS, Message, Trouble, World
from notify.rules.providers import Provider

BIG, SMALL = "big", "small"
_SHARES: Final = {BIG: 60.0, SMALL: 40.0}
_PROVIDERS = [Provider(name, share) for name, share in _SHARES.items()]
_TEN = 10 * HOUR


@dataclass(frozen=True)
class Scenario:
    """One row of the table."""

    name: str
    a_day: int
    big: Trouble
    small: Trouble | None = None
    can_be_asked: bool = False
    skew: float = 0.0
    """Seconds by which one of the two senders' clocks is ahead."""
    all_down: bool = False
    """Whether nobody could send for a time, so that something must be late."""


@dataclass(frozen=True)
class Day:
    """What became of one day under one set of rules."""

    ill_tries: float
    """At a provider while it was in trouble."""
    late: float
    """Told more than five minutes after they could go, or not at all; without those in doubt."""
    twice: float
    """Told more than once."""
    doubted: float
    """Left to a person, because nobody can say whether they went out."""
    moves: float
    """Times that points were taken from a provider, or that it was shut."""


def _dead(end: float = ENDS, flaps: float = 0.0) -> Trouble:
    return Trouble(_TEN, end, errors=1.0, flaps=flaps)


def _ill(part: float) -> Trouble:
    return Trouble(_TEN, _TEN + 2 * HOUR, errors=part)


_HALF_HOUR = Trouble(_TEN, _TEN + HOUR / 2, errors=1.0)
_TWO_HOURS = Trouble(20 * HOUR, CLOSES, errors=1.0)
_SILENT = Trouble(_TEN, _TEN + HOUR, silent=1.0)

SCENARIOS: Final = [
    Scenario("dead from 10:00", 526, _dead()),
    Scenario("dead from 10:00", 10_830, _dead()),
    Scenario("dead from 10:00", 108_168, _dead()),
    Scenario("down for an hour", 526, _dead(_TEN + HOUR)),
    Scenario("down for an hour", 10_830, _dead(_TEN + HOUR)),
    Scenario("silent for an hour", 526, _SILENT),
    Scenario("silent for an hour", 10_830, _SILENT),
    Scenario("silent for an hour, can be asked", 10_830, _SILENT, can_be_asked=True),
    Scenario("5 min down, 5 min up, 6 hours", 10_830, _dead(_TEN + 6 * HOUR, 300.0)),
    Scenario("the same, a clock 5 s ahead", 10_830, _dead(_TEN + 6 * HOUR, 300.0), skew=5.0),
    Scenario("30 % errors for 2 hours", 10_830, _ill(0.3)),
    Scenario("both 20 % errors for 2 hours", 10_830, _ill(0.2), _ill(0.2)),
    Scenario("both down for half an hour", 10_830, _HALF_HOUR, _HALF_HOUR, all_down=True),
    Scenario("both down for two hours", 526, _TWO_HOURS, _TWO_HOURS, all_down=True),
    Scenario("half the receipts late for an hour", 10_830, Trouble(_TEN, _TEN + HOUR, late=0.5)),
    Scenario("takes nothing for one carrier", 10_830, Trouble(OPENS, CLOSES, carrier="viettel")),
    Scenario("takes 3 a minute for 2 hours, then 429", 10_830, Trouble(_TEN, _TEN + 2 * HOUR, a_minute=3)),
]


def play(scenario: Scenario, seeds: Sequence[int]) -> tuple[Day, Day]:
    """The mean of some days: under the other rules, and under ours."""
    return _mean([_govuk(scenario, seed) for seed in seeds]), _mean([_ours(scenario, seed) for seed in seeds])


def _govuk(scenario: Scenario, seed: int) -> Day:
    world = _world(scenario, seed)
    rules = GovUk(world, _SHARES)
    world.run(rules.begin)
    return _day(world, world.moves)


def _ours(scenario: Scenario, seed: int) -> Day:
    world = _world(scenario, seed)
    rules = Senders(world, _PROVIDERS, (0.0, scenario.skew))
    world.run(rules.begin)
    return _day(world, shuts(rules.log, BIG) + shuts(rules.log, SMALL))


def _world(scenario: Scenario, seed: int) -> World:
    troubles = {BIG: scenario.big} | ({SMALL: scenario.small} if scenario.small else {})
    return World(seed, scenario.a_day, troubles, can_be_asked=scenario.can_be_asked)


def _day(world: World, moves: int) -> Day:
    known = [each for each in world.messages if not each.doubted]
    return Day(
        world.tries.total(),
        sum(_is_late(each) for each in known),
        sum(len(each.told) > 1 for each in world.messages),
        len(world.messages) - len(known),
        moves,
    )


def _is_late(message: Message) -> bool:
    return not message.told or message.told[0] - message.born > LATE_SECONDS


def _mean(days: Sequence[Day]) -> Day:
    return Day(
        mean(day.ill_tries for day in days),
        mean(day.late for day in days),
        mean(day.twice for day in days),
        mean(day.doubted for day in days),
        mean(day.moves for day in days),
    )
