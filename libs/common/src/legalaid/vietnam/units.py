"""The tables of administrative units (docs/adr/0005): today's, those of June 2025, and what became of them.

Codes are text with their leading zeros. The tables are read at the first question, not at import.
"""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Province(NamedTuple):
    """A province or centrally run city of today."""

    code: str
    kind: str
    name: str


class Commune(NamedTuple):
    """A commune, ward or special zone of today."""

    code: str
    province: str
    kind: str
    name: str


class OldProvince(NamedTuple):
    """A province of June 2025; ``province`` is today's that took it in."""

    code: str
    kind: str
    name: str
    province: str


class OldCommune(NamedTuple):
    """A commune of June 2025, in a district (``huyện Mường Nhé``); ``communes`` are today's that it went to."""

    code: str
    old_province: str
    district: str
    kind: str
    name: str
    communes: tuple[str, ...]


def _rows(name: str) -> Iterator[list[str]]:
    with (files("legalaid.vietnam") / "data" / name).open(encoding="utf-8") as file:
        table = csv.reader(file)
        next(table)
        yield from table


@cache
def provinces() -> dict[str, Province]:
    """The 34 provinces by code."""
    return {row[0]: Province(*row) for row in _rows("provinces.csv")}


@cache
def communes() -> dict[str, Commune]:
    """The 3,321 communes by code."""
    return {row[0]: Commune(*row) for row in _rows("communes.csv")}


@cache
def old_provinces() -> dict[str, OldProvince]:
    """The 63 provinces of June 2025 by code."""
    return {row[0]: OldProvince(*row) for row in _rows("old_provinces.csv")}


@cache
def old_communes() -> dict[str, OldCommune]:
    """The communes of June 2025 by code."""
    return {
        code: OldCommune(code, old_province, district, kind, name, tuple(heirs.split()))
        for code, old_province, district, kind, name, heirs in _rows("old_communes.csv")
    }
