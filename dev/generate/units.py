"""Make the tables of provinces and communes in libs/common/src/legalaid/vietnam/data (docs/adr/0005).

The facts are the State's: units in force since 1 July 2025 by Decision 19/2025/QD-TTg and the resolutions that it
sums up, with the codes of the General Statistics Office. They are read through the package vietnam-provinces, which
needs Python 3.12 and is therefore installed apart from the product:

    python3.12 -m venv /tmp/places && /tmp/places/bin/pip install vietnam-provinces==2026.9.0
    /tmp/places/bin/python dev/generate/units.py

Run it again when units change; the tests of legalaid.vietnam count what comes out.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vietnam_provinces import _lookup as today  # type: ignore[import-not-found]  # lives in an environment of its own
from vietnam_provinces._ward_conversion_2025 import (  # type: ignore[import-not-found]  # as above
    OLD_TO_NEW,
)
from vietnam_provinces.legacy import _lookup as before  # type: ignore[import-not-found]  # as above

DATA = Path(__file__).parents[3] / "libs/common/src/legalaid/vietnam/data"
KINDS = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")

WARDS_SINCE_APRIL_2026 = frozenset(
    "25270 25357 25363 26116 26170 26248 26326 26368 26425 26485".split()  # noqa: SIM905 - codes read better in a row
)
"""Communes of Đồng Nai that became wards with Resolution 237/NQ-UBTVQH16, in force since 30 April 2026; the package
has not followed. Counted against the dataset of thanglequoc/vietnamese-provinces-database of July 2026."""


def split(full_name: str) -> tuple[str, str]:
    """The kind of a unit in lower case, and its name: ``Xã Mường Nhé`` is a ``xã`` named ``Mường Nhé``.

    Raises ``ValueError`` for a kind that is not known.
    """
    for kind in KINDS:
        if full_name.lower().startswith(kind + " "):
            return kind, " ".join(full_name[len(kind) :].replace("\u2019", "'").split())
    message = f"no kind in {full_name!r}"
    raise ValueError(message)


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one table, sorted, so that a rerun changes only what changed."""
    ordered = sorted(tuple(row) for row in rows)
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(ordered)
    print(f"{name}: {len(ordered)}")


def heirs() -> dict[int, int]:
    """Each old province's code and the one that took it in. Raises ``ValueError`` when one was divided."""
    found: dict[int, set[int]] = {}
    for _, district, entry in entries():
        found.setdefault(int(district.province_code), set()).update(ward.province_code for ward in entry.new_wards)
    if divided := [old for old, new in found.items() if len(new) != 1]:
        message = f"old provinces {divided} went to more than one of today's"
        raise ValueError(message)
    return {old: new.pop() for old, new in found.items()}


def entries() -> Iterator[tuple[Any, Any, Any]]:
    """The communes of June 2025, each with its district and what became of it.

    The old province is the district's: the conversion table itself names a wrong one at Tân An. Units that had ended
    before June 2025 have no name here and are left out.
    """
    for code, entry in OLD_TO_NEW.items():
        if unit := before.WARD_MAPPING.get(code):
            yield unit, before.DISTRICT_MAPPING[entry.old_ward.district_code], entry


def main() -> None:
    """Write the four tables."""
    heir = heirs()
    write(
        "provinces.csv",
        ("code", "kind", "name"),
        ((f"{int(unit.code):02}", *split(unit.name)) for unit in today.PROVINCE_MAPPING.values()),
    )
    write(
        "communes.csv",
        ("code", "province", "kind", "name"),
        communes(),
    )
    write(
        "old_provinces.csv",
        ("code", "kind", "name", "province"),
        (
            (f"{int(unit.code):02}", *split(unit.name), f"{heir[int(unit.code)]:02}")
            for unit in before.PROVINCE_MAPPING.values()
        ),
    )
    write("old_communes.csv", ("code", "old_province", "district", "kind", "name", "communes"), old_communes())


def communes() -> Iterator[Sequence[str]]:
    """Today's communes."""
    for unit in today.WARD_MAPPING.values():
        code = f"{int(unit.code):05}"
        kind, name = split(unit.name)
        yield code, f"{int(unit.province_code):02}", "phường" if code in WARDS_SINCE_APRIL_2026 else kind, name


def old_communes() -> Iterator[Sequence[str]]:
    """The communes of June 2025 with today's communes that each went to; several when it was divided."""
    for unit, district, entry in entries():
        yield (
            f"{int(unit.code):05}",
            f"{int(district.province_code):02}",
            " ".join(split(district.name)),
            *split(unit.name),
            " ".join(sorted(f"{ward.code:05}" for ward in entry.new_wards)),
        )


if __name__ == "__main__":
    main()
