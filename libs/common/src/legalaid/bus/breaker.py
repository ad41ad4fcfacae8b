"""The breaker: poison comes one by one; when it comes in a row, it is we who are wrong."""

from collections.abc import Sequence


class Breaker:
    """Opens after ``limit`` dead letters in a row on one partition, so that a bug does not drain a topic."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_a_row = 0

    @property
    def is_open(self) -> bool:
        """Whether the partition must stop. It stays open until the partition is assigned anew."""
        return self._in_a_row >= self._limit

    def admit(self, dead: Sequence[bool]) -> int:
        """Count the outcomes of consecutive records, oldest first, and say how many of them may be settled.

        Fewer than all when it opens: nothing after the last admitted dead letter may be committed.
        """
        for count, is_dead in enumerate(dead):
            if self.is_open:
                return count
            self._in_a_row = self._in_a_row + 1 if is_dead else 0
        return len(dead)
