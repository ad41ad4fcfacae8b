"""What a page is made of."""

from dataclasses import dataclass
from datetime import date

from routing.rules.law import Sourced

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Item:
    """One row: what it is, what it says, by label, and whether somebody read its text."""

    name: str
    code: str
    fields: Fields
    verified: bool | None
    """None: it is no law, but a question or a standard of ours."""


@dataclass(frozen=True)
class Section:
    """Rows of one sort; all have the same labels."""

    title: str
    note: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Page:
    """The tables of one day."""

    on: date
    ruleset: str
    sections: tuple[Section, ...]
    others: tuple[date, ...]
    """The days from which the law is another one."""

    @property
    def unread(self) -> int:
        """How many rows nobody read the text of."""
        return sum(item.verified is False for section in self.sections for item in section.items)

    @property
    def rows(self) -> int:
        """How many rows of law there are."""
        return sum(item.verified is not None for section in self.sections for item in section.items)


def days_and_source(row: Sourced) -> Fields:
    """From when to when a row holds, and where it stands."""
    until = f" đến hết {row.valid_to:%d/%m/%Y}" if row.valid_to else ""
    return ("Hiệu lực", f"từ {row.valid_from:%d/%m/%Y}{until}"), ("Nguồn", row.source)
