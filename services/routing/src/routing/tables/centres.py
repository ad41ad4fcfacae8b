"""Reads the directory of centres from a file, and refuses one that is not whole.

Columns from ``area`` on are optional, each cell of them too: a file of before there were such columns loads as it is.
"""

import csv
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from legalaid.events.words import OwnerKind
from legalaid.vietnam import places
from routing.rules.directory import DESK, Centre, Directory
from routing.tables.reading import digest, read

_CENTRES: Final = TypeAdapter(tuple[Centre, ...])
_AREAS: Final = {"": True, "unknown": False}
_TEXTS: Final = ("address", "phone", "hours", "weekly_capacity")
_TOO_MANY: Final = "cells without a column"
_LISTS: Final = ("fields", "closed_days")


def load_directory(file: Path | None) -> Directory:
    """The directory in ``file`` (CSV), or the one shipped. Raises ``ValueError`` naming what is wrong."""
    text = read(file.parent, file.name) if file else read(files("routing.tables"), "centres.csv")
    try:
        rows = [_row(row) for row in csv.DictReader(text.splitlines(), restkey=_TOO_MANY, restval="")]
        centres = _CENTRES.validate_python(rows, strict=False)
    except KeyError as error:
        message = f"the directory of centres has no column {error}"
        raise ValueError(message) from None
    except ValidationError as error:
        message = f"the directory of centres is not whole: {error}"
        raise ValueError(message) from None
    directory = Directory(
        f"centres-{digest([text])}", tuple(sorted(centres, key=lambda row: (row.code, row.valid_from)))
    )
    _check(directory)
    return directory


def _row(cells: dict[str, str]) -> dict[str, Any]:
    _refuse(cells["code"], "has more cells than there are columns", _TOO_MANY in cells)
    area = cells.pop("area", "")
    if area not in _AREAS:
        message = f"directory of centres: {cells['code']} has the area {area}: leave it empty, or write unknown"
        raise ValueError(message)
    details = dict(_details(cells))
    verified, source = cells.pop("details_verified", ""), cells.pop("details_source", "")
    return {
        **cells,
        "parent": cells["parent"] or None,
        "communes": cells["communes"].split(),
        "valid_to": cells["valid_to"] or None,
        "area_known": _AREAS[area],
        "details": {**details, "verified": verified or "false"} if details else None,
        "details_source": source or None,
    }


def _details(cells: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """What the row says of them, taken out of it."""
    for name in _TEXTS:
        if cell := cells.pop(name, ""):
            yield name, cell
    for name in _LISTS:
        if cell := cells.pop(name, ""):
            yield name, cell.split()
    if spoken := cells.pop("languages", ""):
        pairs = (each.partition(":") for each in spoken.split())
        yield "languages", [{"language": language, "role": role} for language, _, role in pairs]


def _check(directory: Directory) -> None:
    for code, rows in directory.rows.items():
        one = rows[0]
        _refuse(code, "stands there twice on one day", any(not _follows(*pair) for pair in pairwise(rows)))
        _refuse(code, "is the Desk's", code == DESK.code or one.kind is OwnerKind.DESK)
        _refuse(
            code,
            "changes its kind or province",
            {(row.kind, row.province) for row in rows} != {(one.kind, one.province)},
        )
        _refuse(code, "lies in no province of today", not _is_of_today(one.province))
        for row in rows:
            _check_row(row, directory)


def _check_row(row: Centre, directory: Directory) -> None:
    is_branch = row.kind is OwnerKind.BRANCH
    has_centre = any(_is_centre_of(parent, row) for parent in directory.rows.get(row.parent or "", ()))
    _refuse(row.code, "is a branch of no centre of its province", is_branch and not has_centre)
    _refuse(row.code, "is a centre and has a parent", not is_branch and row.parent is not None)
    _refuse(row.code, "is a branch without communes", is_branch and row.area_known and not row.communes)
    for commune in sorted(row.communes):
        unit = places.commune(commune)
        elsewhere = unit is None or unit.code != commune or unit.province != row.province
        _refuse(row.code, f"serves {commune}, no commune of its province", elsewhere)


def _is_centre_of(parent: Centre, branch: Centre) -> bool:
    return parent.kind is OwnerKind.CENTRE and parent.province == branch.province


def _follows(earlier: Centre, later: Centre) -> bool:
    return earlier.valid_to is not None and earlier.valid_to < later.valid_from


def _is_of_today(province: str) -> bool:
    found = places.province(province)
    return found is not None and found.code == province


def _refuse(code: str, why: str, wrong: bool) -> None:
    if wrong:
        message = f"directory of centres: {code} {why}"
        raise ValueError(message)
