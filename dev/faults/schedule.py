"""Which faults, upon what, in which order: drawn from a seed, so that the same seed makes the same schedule."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

from dev.stack.installation import SERVICES


class Kind(StrEnum):
    """What can be done to a process or to the network before it."""

    KILL = "kill"
    KILL_BUSY = "kill-busy"
    PAUSE = "pause"
    RESTART = "restart"
    SLOW = "slow"
    CUT = "cut"
    BLACK_HOLE = "black-hole"
    DISK_FULL = "disk-full"
    KILL_WRITING = "kill-writing"
    CLOCK_AHEAD = "clock-ahead"
    CLOCK_BEHIND = "clock-behind"


DEPENDENCIES = ("kafka", "store", "gateway")
MEMBERS = tuple(name for service in SERVICES for name in (service, f"{service}-2"))
"""Two processes of each service: every consumer group has somebody to share with."""
ALL = (*MEMBERS, *DEPENDENCIES)

TARGETS = {
    Kind.KILL: ALL,
    Kind.KILL_BUSY: MEMBERS,
    Kind.PAUSE: ALL,
    Kind.RESTART: ALL,
    Kind.SLOW: DEPENDENCIES,
    Kind.CUT: DEPENDENCIES,
    Kind.BLACK_HOLE: DEPENDENCIES,
    Kind.DISK_FULL: ("store",),
    Kind.KILL_WRITING: ("store",),
    Kind.CLOCK_AHEAD: MEMBERS,
    Kind.CLOCK_BEHIND: MEMBERS,
}

LASTS = {
    Kind.KILL: (0.5, 6.0),
    Kind.KILL_BUSY: (5.0, 8.0),
    Kind.PAUSE: (3.0, 10.0),  # a group misses a silent member after 6 s here: shorter and longer than that
    Kind.RESTART: (0.0, 0.5),
    Kind.SLOW: (4.0, 8.0),
    Kind.CUT: (2.0, 6.0),
    Kind.BLACK_HOLE: (4.0, 12.0),  # the store is waited for 5 s, the brokers 10 s
    Kind.DISK_FULL: (3.0, 6.0),
    Kind.KILL_WRITING: (0.2, 1.0),
    Kind.CLOCK_AHEAD: (3.0, 6.0),
    Kind.CLOCK_BEHIND: (3.0, 6.0),
}
"""Seconds, at least and at most, until the recovery begins."""


@dataclass(frozen=True)
class Fault:
    """One entry of the schedule."""

    kind: Kind
    target: str
    seconds: float

    @property
    def name(self) -> str:
        """As ``--only`` takes it."""
        return f"{self.kind.value}:{self.target}"

    @property
    def excuses_repeats(self) -> bool:
        """Whether a sender may send again what the gateway has: its answer came too late even to being asked, or the
        sender slept between looking at its lease and sending. Then the gateway must drop the repeat.
        """
        late = self.kind is Kind.BLACK_HOLE and self.target == "gateway"
        return late or (self.kind is Kind.PAUSE and self.target in ("gateway", "notify", "notify-2"))


def names() -> list[str]:
    """Every fault that there is."""
    return [f"{kind.value}:{target}" for kind, targets in TARGETS.items() for target in targets]


def schedule(seed: int, only: str = "") -> Iterator[Fault]:
    """Faults without end. Each round has every kind once; a kind goes through all its targets before one comes again.

    ``only`` is a kind, a target, or ``kind:target``. Raises ``ValueError`` when it is none.
    """
    chance = random.Random(seed)
    drawn = {kind: chance.sample(targets, len(targets)) for kind, targets in TARGETS.items()}
    chosen = {kind: [each for each in targets if _is_meant(kind, each, only)] for kind, targets in drawn.items()}
    kinds = [kind for kind, targets in chosen.items() if targets]
    if not kinds:
        message = f"there is no fault {only!r}: a kind ({', '.join(Kind)}), a target ({', '.join(ALL)}), or kind:target"
        raise ValueError(message)
    return _rounds(chance, {kind: cycle(chosen[kind]) for kind in kinds})


def _is_meant(kind: Kind, target: str, only: str) -> bool:
    return not only or only in (kind.value, target, f"{kind.value}:{target}")


def _rounds(chance: random.Random, targets: dict[Kind, "cycle[str]"]) -> Iterator[Fault]:
    while True:
        for kind in chance.sample(list(targets), len(targets)):
            yield Fault(kind, next(targets[kind]), round(chance.uniform(*LASTS[kind]), 1))
