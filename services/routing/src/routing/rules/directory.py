"""The directory of centres as a value."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from legalaid.events.base import CommuneCode, OwnerCode, ProvinceCode
from legalaid.events.cases import Owner
from legalaid.events.words import OwnerKind
from routing.rules.law import Dated, Text

DESK = Owner(kind=OwnerKind.DESK, code="DESK", name="Bàn tiếp nhận quốc gia 18001233", province=None)
"""Owns what has no centre yet."""


class Centre(Dated):
    """A state legal aid centre, or a branch of one with the communes that it serves."""

    code: OwnerCode
    kind: OwnerKind
    name: Text
    province: ProvinceCode
    parent: OwnerCode | None = None
    communes: frozenset[CommuneCode] = frozenset()
    """What a branch serves; empty for a centre that serves its whole province."""
    source: Text
    verified: bool
    """Whether the province confirmed the area."""

    @property
    def owner(self) -> Owner:
        """As the owner of a case."""
        return Owner(kind=self.kind, code=self.code, name=self.name, province=self.province)


@dataclass(frozen=True)
class Directory:
    """All centres and branches, sorted by code."""

    version: str
    """Changes with every change of the table."""
    centres: tuple[Centre, ...]

    def of_province(self, province: str, on: date) -> Iterator[Centre]:
        """The centres and branches at work there."""
        return (centre for centre in self.centres if centre.province == province and centre.is_in_force(on))

    def find(self, code: str, on: date) -> Centre | None:
        """The centre or branch of that code, if at work."""
        return next((centre for centre in self.centres if centre.code == code and centre.is_in_force(on)), None)

    def seen_by(self, code: str) -> frozenset[str]:
        """Whose cases the people of ``code`` may see: their own, and a centre's people those of its branches."""
        return frozenset({code} | {centre.code for centre in self.centres if centre.parent == code})
