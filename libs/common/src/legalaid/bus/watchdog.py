"""Is there progress? A stuck client of Kafka looks alive (aio-libs/aiokafka#1154), so only progress counts."""

from collections.abc import Hashable, Mapping


class Watchdog:
    """Remembers since when each thing that has work to do shows the same mark."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._since: dict[str, tuple[Hashable, float]] = {}

    def observe(self, marks: Mapping[str, Hashable], now: float) -> None:
        """``marks`` names all that should move, with something that changes when it does. What is idle is left out."""
        self._since = {
            name: self._since[name] if name in self._since and self._since[name][0] == mark else (mark, now)
            for name, mark in marks.items()
        }

    def forget(self) -> None:
        """Nothing is known now: the brokers do not answer, and a restart would not make them."""
        self._since.clear()

    def stuck(self, now: float) -> list[str]:
        """Names of what has stood still for longer than the patience."""
        return [name for name, (_, since) in self._since.items() if now - since > self._patience]
