"""Tells where nobody is known who speaks a language that open cases need: by commune, language and hour of the week.

    python -m routing gaps [--csv FILE]

Reads the store and the keyring, and writes nothing but the file that is named. The language of a person is sealed: it
is opened here and only counted; what fewer than five open cases share is counted with the province, or not told at all.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from legalaid import clock
from legalaid.sealed import Keyring
from legalaid.store import Store
from legalaid.vietnam import units
from routing.replay import rulebook, stored_cases
from routing.rules.gaps import FEW, Gap, Gaps, Need, gaps, text
from routing.rules.hours import DAYS
from routing.rules.languages import VIETNAMESE
from routing.settings import RoutingSettings
from routing.store import RoutingStore


async def find(settings: RoutingSettings) -> Gaps:
    """Look at all open cases.

    Raises ``ValueError`` for tables that are not whole and ``TransientError`` when the store is away.
    """
    rules = rulebook(settings, settings.law_folder, settings.directory_file)
    store = Store(settings.mongo, app_name="routing-gaps")
    needs: Counter[Need] = Counter()
    try:
        async for page in stored_cases(RoutingStore(store), Keyring(store, settings.keyring), only_open=True):
            for each in page.opened:
                if each.facts.language != VIETNAMESE and each.state.province is not None:
                    needs[Need(each.state.province, each.state.commune, each.facts.language)] += 1
    finally:
        await store.close()
    return gaps(needs, rules.law.ladder, rules.directory, rules.calendar.day(clock.now()))


def lines(found: Gaps) -> Iterator[str]:
    """What there is to say, as text."""
    yield f"{'place':<44} {'language':<9} {'cases':>5}  nobody is known at these hours"
    for gap in found.gaps:
        there = f" ({gap.without_hours} speak it at hours that are not known)" if gap.without_hours else ""
        hours = text(gap.hours) or "-"
        yield f"{_named(gap.need):<44} {gap.need.language:<9} {gap.cases:>5}  {hours}{there}"
    if found.rest:
        yield f"and fewer than {FEW} of one language in one province, together: {_not_few(found.rest)}"


def write_csv(found: Gaps, file: Path) -> None:
    """A row for each hour of each gap."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("province", "commune", "language", "cases", "weekday", "hour"))
        for gap in found.gaps:
            rows.writerows((*_codes(gap), gap.cases, DAYS[day], f"{hour:02d}:00") for day, hour in gap.hours)


def _codes(gap: Gap) -> tuple[str, str, str]:
    return gap.need.province, gap.need.commune or "", gap.need.language


def _named(need: Need) -> str:
    province = units.provinces()[need.province].name if need.province in units.provinces() else need.province
    if need.commune is None:
        return province
    commune = units.communes().get(need.commune)
    return f"{commune.kind} {commune.name}, {province}" if commune else f"{need.commune}, {province}"


def _not_few(cases: int) -> str:
    return str(cases) if cases >= FEW else f"fewer than {FEW}"
