"""Reads the tables of cases that lawyers write."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parent


def rows(name: str) -> Iterator[list[str]]:
    """The cells of each row of a table in Markdown, its head left out."""
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| Mã |"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def day(text: str) -> date:
    """01/07/2025."""
    return date(*map(int, reversed(text.split("/"))))
