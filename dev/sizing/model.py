"""From what was measured to what an installation needs. Every assumption is a named number here."""

import math
from dataclasses import dataclass

from dev.sizing.measure import Morning

WORKING_DAYS = 250
WORKING_SECONDS = WORKING_DAYS * 9 * 3600
"""Of a year: nine hours of each working day, in which nearly all calls come."""
PEAK = 10.0
"""How much busier the busiest hour is than the mean: a campaign on television, the Monday after Tết."""
CATCH_UP = 12.0
"""How much faster than the peak a consumer must be, so that an hour's backlog is gone in five minutes."""
BUSY = 0.6
"""The share of a core that a process should use at most at its peak."""
COPIES = 3
"""Brokers and members that hold everything."""
FREE = 2.0
"""Disks are twice what is stored: compaction, new indexes, a restore beside the old data."""
DAYS_AWAY = 3.0
"""How long Kafka may have been away: a backlog of so many working days is computed."""


@dataclass(frozen=True)
class Scenario:
    """How much there is to do."""

    name: str
    requests_a_year: int

    @property
    def peak(self) -> float:
        """Requests a second in the busiest hour."""
        return self.requests_a_year / WORKING_SECONDS * PEAK


@dataclass(frozen=True)
class Stage:
    """One kind of process: what a request costs it."""

    name: str
    cpu_seconds: float
    """For one request and all that comes with it."""
    catches_up: bool
    """Whether a backlog can wait for it."""

    def replicas(self, scenario: Scenario) -> int:
        """How many keep up; at least two, so that one may be away."""
        needed = scenario.peak * (CATCH_UP if self.catches_up else 1) * self.cpu_seconds / BUSY
        return max(2, math.ceil(needed))


def stages(cpu_per_thousand: dict[str, float], morning: Morning) -> list[Stage]:
    """By the stages of the benchmark, whose CPU is per 1,000 of what each takes in."""
    taken = {
        "intake": (morning.posts, False),
        "routing": (morning.events["requests"] + morning.events["calls"], True),
        "notify (consumer)": (morning.events["cases"], True),
        "notify (sender)": (morning.sms, True),
        "reports": (sum(morning.events.values()), True),
    }
    return [
        Stage(name, cpu_per_thousand[name] / 1000 * count, catches_up) for name, (count, catches_up) in taken.items()
    ]


def cores(scenario: Scenario, every: list[Stage]) -> float:
    """Busy at the peak, of all services together; Kafka and MongoDB are not among them."""
    return scenario.peak * sum(stage.cpu_seconds for stage in every)


def catch_up_seconds(scenario: Scenario, every: list[Stage]) -> float:
    """How long the slowest consumer, alone, works on what came in while Kafka was away."""
    backlog = scenario.requests_a_year / WORKING_DAYS * DAYS_AWAY
    return backlog * max(stage.cpu_seconds for stage in every if stage.catches_up)


def most_a_second(every: list[Stage]) -> float:
    """Requests a second that one process of each kind carries: the dearest stage is the first to be busy."""
    return BUSY / max(stage.cpu_seconds for stage in every)


def log_gigabytes(scenario: Scenario, morning: Morning, years: float) -> float:
    """What one broker keeps after so many years: topics are kept for ever."""
    return scenario.requests_a_year * years * morning.log_bytes / 1e9


def store_gigabytes(scenario: Scenario, morning: Morning, years: float) -> float:
    """What one member keeps after so many years."""
    return scenario.requests_a_year * years * morning.store_bytes / 1e9


def disk_gigabytes(scenario: Scenario, morning: Morning, years: float) -> float:
    """Of all brokers and members together, with what must stay free."""
    kept = log_gigabytes(scenario, morning, years) + store_gigabytes(scenario, morning, years)
    return kept * COPIES * FREE
