"""How long to wait before the next try."""

import random
from collections.abc import Iterator


def delays(first: float, most: float) -> Iterator[float]:
    """Seconds, for ever: doubling from ``first`` up to ``most``, each with its upper half at random.

    The random half keeps many partitions and processes from coming back to a recovering dependency at one instant.
    """
    full = first
    while True:
        yield full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        full = min(full * 2, most)
