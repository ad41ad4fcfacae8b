"""Which dashboards there are, and where they lie."""

from pathlib import Path
from typing import Final

from dev.generate.dashboards import dependencies, glance, notify, objectives, pipeline, service
from dev.machine.paths import ROOT

FOLDER: Final = ROOT / "deploy" / "observability" / "grafana" / "dashboards"
BOARDS: Final = (glance.BOARD, pipeline.BOARD, notify.BOARD, service.BOARD, dependencies.BOARD, objectives.BOARD)


def path(uid: str) -> Path:
    """The file of a dashboard."""
    return FOLDER / f"{uid}.json"
