"""A summary as CSV, for spreadsheets."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from reports.rules.summary import Counts, Group, Wait

_MARK: Final = "\ufeff"
"""Without it Excel takes UTF-8 for the machine's old encoding, and Vietnamese names become unreadable."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(total: Counts, groups: Sequence[Group], grouped_by: str) -> str:
    """One line per group and one for the total, a column per number."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([grouped_by, "name", *(name for name, _ in _cells(total))])
    for group in groups:
        writer.writerow([_plain(group.key), _plain(group.name or ""), *(value for _, value in _cells(group))])
    writer.writerow(["total", "", *(value for _, value in _cells(total))])
    return _MARK + text.getvalue()


def _cells(counts: Counts) -> Iterator[tuple[str, int | None]]:
    for name in Counts.model_fields:
        match getattr(counts, name):
            case Wait() as wait:
                yield from ((f"{name}.{part}", getattr(wait, part)) for part in Wait.model_fields)
            case dict() as by_key:
                yield from ((f"{name}.{key}", value) for key, value in by_key.items())
            case value:
                yield name, value


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
