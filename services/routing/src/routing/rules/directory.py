"""The directory of centres as a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

from pydantic import model_validator

from legalaid.events.base import CommuneCode, OwnerCode, ProvinceCode
from legalaid.events.cases import Owner
from legalaid.events.centres import CentreDetails
from legalaid.events.words import OwnerKind
from routing.rules import hours
from routing.rules.law import Dated, Text

DESK = Owner(kind=OwnerKind.DESK, code="DESK", name="Bàn tiếp nhận quốc gia 18001233", province=None)
"""Owns what has no centre yet."""


class Centre(Dated):
    """A state legal aid centre, or a branch of one, as it was or is on the days of the row."""

    code: OwnerCode
    kind: OwnerKind
    name: Text
    province: ProvinceCode
    parent: OwnerCode | None = None
    communes: frozenset[CommuneCode] = frozenset()
    """What it serves; empty for a centre that serves its whole province."""
    area_known: bool = True
    """False: it exists, but which communes it serves is not known, so that only the Desk may choose it."""
    source: Text
    verified: bool
    """Whether the province confirmed name and area."""
    details: CentreDetails | None = None
    details_source: Text | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.communes and not self.area_known:
            raise ValueError("its area is either unknown or these communes")
        if self.details and not self.details_source:
            raise ValueError("its details have no source (details_source)")
        if self.details and self.details.hours:
            hours.week(self.details.hours)
        return self

    @property
    def serves_all(self) -> bool:
        """Whether it serves what no other of its province does."""
        return self.kind is OwnerKind.CENTRE and self.area_known and not self.communes

    @property
    def owner(self) -> Owner:
        """As the owner of a case."""
        return Owner(kind=self.kind, code=self.code, name=self.name, province=self.province)


@dataclass(frozen=True, eq=False)
class Directory:
    """All centres and branches, sorted by code and day. A code has one row for each span of days.

    It equals itself alone, so that what was found in it can be kept.
    """

    version: str
    """Changes with every change of the table."""
    centres: tuple[Centre, ...]

    def of_province(self, province: str, on: date) -> list[Centre]:
        """The centres and branches at work there."""
        return [centre for centre in self._by_province.get(province, ()) if centre.is_in_force(on)]

    def find(self, code: str, on: date) -> Centre | None:
        """The centre or branch of that code, if at work."""
        return next((centre for centre in self.rows.get(code, ()) if centre.is_in_force(on)), None)

    def centre_of(self, code: str) -> str:
        """The code of the centre that a branch belongs to; of anybody else, their own."""
        return next((centre.parent for centre in self.centres if centre.code == code and centre.parent), code)

    def speaking(self, on: date) -> list[Centre]:
        """Those at work where more than Vietnamese is spoken, as far as is known."""
        return [centre for centre in self._speaking if centre.is_in_force(on)]

    def seen_by(self, code: str) -> frozenset[str]:
        """Whose cases the people of ``code`` may see: their own, and a centre's people those of its branches."""
        return frozenset({code} | {centre.code for centre in self.centres if centre.parent == code})

    def newest(self, on: date) -> list[Centre]:
        """One row for each code: the one in force, else the next to begin, else the last that ended."""
        return [_newest(rows, on) for rows in self.rows.values()]

    @cached_property
    def rows(self) -> Mapping[str, list[Centre]]:
        """The rows of each code, by day."""
        return _grouped((centre.code, centre) for centre in self.centres)

    @cached_property
    def _speaking(self) -> list[Centre]:
        return [centre for centre in self.centres if centre.details and centre.details.languages]

    @cached_property
    def _by_province(self) -> Mapping[str, list[Centre]]:
        return _grouped((centre.province, centre) for centre in self.centres)


def _newest(rows: list[Centre], on: date) -> Centre:
    return next((row for row in rows if row.valid_to is None or on <= row.valid_to), rows[-1])


def _grouped(centres: Iterable[tuple[str, Centre]]) -> Mapping[str, list[Centre]]:
    groups: dict[str, list[Centre]] = {}
    for key, centre in centres:
        groups.setdefault(key, []).append(centre)
    return groups
