"""docs/law: the tables of law as a lawyer reads them, one page for each day from which another text holds."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from dev.machine.paths import ROOT
from routing import lawpage, tables

FOLDER: Final = ROOT / "docs" / "law"
_WHOLE_ON: Final = date(2027, 1, 1)
"""A day on which no deadline is missing."""


def files() -> Mapping[Path, str]:
    """The pages, with what they must hold."""
    law = tables.load_law(None, _WHOLE_ON)
    version, _, _ = law.ruleset.partition("-")  # without the hash of all tables, by which every page would change
    law = law.model_copy(update={"ruleset": version})
    links = {day: f"{day}.html" for day in lawpage.change_days(law)}
    return {FOLDER / name: lawpage.html(lawpage.page(law, day), links) for day, name in links.items()}
