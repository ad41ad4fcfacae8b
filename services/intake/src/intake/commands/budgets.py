"""Whose budget it is, without saying so: what was given is counted under its mark of the blind index."""

from intake.rules.windows import Budget, Window
from legalaid.sealed import BlindIndex


class Budgets:
    """Makes the budgets of one purpose; marks of another purpose cannot be compared with its own."""

    def __init__(self, index: BlindIndex, purpose: str) -> None:
        self._index = index
        self._purpose = purpose

    def of(self, kind: str, value: str, most: int, window: Window) -> Budget:
        """So many of ``kind``, such as a number, that are ``value``."""
        return Budget(f"{kind}:{self._index.mark(self._purpose, value.encode())}:{window.number}", most, window)
