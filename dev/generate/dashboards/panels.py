"""The committed dashboards as data: each panel with its queries as Grafana would send them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dev.generate.dashboards.files import BOARDS, path

RATE_INTERVAL: Final = "10s"
"""What Grafana puts for ``$__rate_interval`` at a scrape interval of one second is less; this draws smoother lines."""
_RANGE: Final = "$__range"


@dataclass(frozen=True)
class Asked:
    """One query of one panel, with every variable filled in but the range, which depends on when one looks."""

    uid: str
    title: str
    choice: str
    """The value of the dashboard's variable, or nothing."""
    expr: str
    instant: bool
    legend: str

    def at(self, seconds: float) -> str:
        """The query for a screen that shows so many seconds."""
        return self.expr.replace(_RANGE, f"{seconds:.0f}s")

    def __str__(self) -> str:
        """For people who read a failed test."""
        return f"{self.uid} {self.title!r} {self.choice}: {self.expr}"


@dataclass(frozen=True)
class Drawn:
    """A panel as committed."""

    uid: str
    title: str
    kind: str
    json: dict[str, Any] = field(repr=False)
    """All of it, for who draws it."""

    @property
    def english(self) -> str:
        """The English half of the title."""
        return self.title.rpartition(" · ")[2]

    def queries(self, choice: str = "") -> list[Asked]:
        """Its queries with this value for the dashboard's variable."""
        return [
            Asked(
                self.uid,
                self.title,
                choice,
                target["expr"].replace("$__rate_interval", RATE_INTERVAL).replace("$service", choice),
                bool(target.get("instant")),
                target.get("legendFormat", ""),
            )
            for target in self.json["targets"]
        ]


def dashboard(uid: str) -> dict[str, Any]:
    """The JSON that Grafana is provisioned with."""
    read: dict[str, Any] = json.loads(path(uid).read_text("utf-8"))
    return read


def panels(uid: str) -> Iterator[Drawn]:
    """The panels of a dashboard; headings are none."""
    for panel in dashboard(uid)["panels"]:
        if panel["type"] != "row":
            yield Drawn(uid, panel["title"], panel["type"], panel)


def everything() -> list[Asked]:
    """Every query of every panel of every dashboard, for every value of its variable."""
    return [
        asked
        for board in BOARDS
        for panel in panels(board.uid)
        for choice in (board.choice.values if board.choice else ("",))
        for asked in panel.queries(choice)
    ]
