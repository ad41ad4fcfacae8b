"""Which dashboards there are, where they lie, and what their files hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image

from dev.generate.dashboards import dependencies, glance, notify, objectives, pipeline, service
from dev.generate.dashboards.grafana import text
from dev.machine.paths import ROOT

FOLDER: Final = ROOT / "deploy" / "observability" / "grafana" / "dashboards"
SCREENS: Final = ROOT / "docs" / "screens"
"""The pictures, drawn by ``make screens``."""
SHOWS: Final = "panels"
"""Under which name a picture says which panels it shows."""
BOARDS: Final = (glance.BOARD, pipeline.BOARD, notify.BOARD, service.BOARD, dependencies.BOARD, objectives.BOARD)


def path(uid: str) -> Path:
    """The file of a dashboard."""
    return FOLDER / f"{uid}.json"


def drawn(uid: str) -> list[str]:
    """The panels that its picture shows, by the English half of their titles."""
    with Image.open(SCREENS / f"{uid}.png") as image:
        return str(image.info.get(SHOWS, "")).split("\n")


def generated() -> Mapping[Path, str]:
    """Every file, with what it must hold."""
    return {path(board.uid): text(board) for board in BOARDS}
