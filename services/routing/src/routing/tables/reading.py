"""Texts of tables, and the names of their versions."""

from collections.abc import Iterable
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path


def read(folder: Path | Traversable, name: str) -> str:
    """The text of a table."""
    return (folder / name).read_text(encoding="utf-8")


def digest(texts: Iterable[str]) -> str:
    """Changes with every change of the texts."""
    return sha256("\0".join(texts).encode()).hexdigest()[:8]
