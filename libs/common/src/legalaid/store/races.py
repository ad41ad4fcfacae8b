"""Races for one document: who loses loads it and decides again, at most so often, each time after a longer pause."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from legalaid.store.aggregate import Aggregate

A = TypeVar("A", bound=Aggregate)
R = TypeVar("R")

TRIES: Final = 8
"""How often one change is decided before it is given up for now."""
_PAUSE_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Decided(Generic[A, R]):
    """What was decided on one aggregate."""

    answer: R
    """For whoever asked for the change."""
    write: A | None = None
    """The aggregate as it is to be: the one that was loaded, changed, or a new one; None when nothing changes."""


async def part_rivals(attempt: int) -> None:
    """Wait a moment before every attempt (from 0) but the first: a random one, so that rivals do not meet again."""
    if attempt:
        await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))  # noqa: S311 - only to part two rivals
