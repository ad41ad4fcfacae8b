"""``python -m dev.generate.dashboards.screens``: play a morning, draw what Grafana would show.

Grafana itself is not needed, so the pictures in docs/screens can be made, and looked at, wherever the tests run.
"""

import argparse
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import shorten, wrap
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from dev.generate.dashboards.board import Board
from dev.generate.dashboards.draw import CARD, FAINT, INK, LINE, PAGE, Series, Span, draw
from dev.generate.dashboards.files import BOARDS, SCREENS, SHOWS
from dev.generate.dashboards.panels import Asked, Drawn, dashboard, panels
from dev.generate.dashboards.rehearsal import Rehearsed, rehearsal
from dev.machine.paths import shown
from legalaid import clock

_INCHES_WIDE, _INCHES_A_ROW, _DPI = 15.0, 0.36, 90
_COLUMNS: Final = 24
_HEAD: Final = 2.2
"""Rows above the first panel, for the title."""


def picture(board: Board, played: Rehearsed, file: Path) -> None:
    """Draw a dashboard as it looks at the end of the morning."""
    told = dashboard(board.uid)
    choice = board.choice.values[0] if board.choice else ""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in told["panels"]) + _HEAD + 0.6
    span = Span(played.begin, played.end, 1.0, _ticks(played))
    figure = Figure(figsize=(_INCHES_WIDE, rows * _INCHES_A_ROW), dpi=_DPI, facecolor=PAGE)
    figure.text(0.012, 1 - 0.9 / rows, told["title"], size=17, weight="bold", color=INK, va="center")
    about = f"{told['description']}{f'  {board.choice.label}: {choice}.' if board.choice else ''}"
    figure.text(0.012, 1 - 1.75 / rows, about, size=9.5, color=FAINT, va="center")
    figure.text(0.988, 0.3 / rows, _footer(played), size=8, color=FAINT, ha="right", va="center")
    for panel in told["panels"]:
        place = panel["gridPos"]
        top = 1 - (place["y"] + _HEAD) / rows
        if panel["type"] == "row":
            figure.text(0.012, top - 0.6 / rows, panel["title"], size=11, weight="bold", color=INK, va="center")
            continue
        _card(figure, panel, rows, top)
        asked = Drawn(board.uid, panel["title"], panel["type"], panel).queries(choice)
        series = [found for query in asked for found in _series(played, query)]
        draw(_axes(figure, panel, rows, top), panel, series, span)
    figure.savefig(file)
    content = PngInfo()
    content.add_text(SHOWS, "\n".join(panel.english for panel in panels(board.uid)))
    with Image.open(file) as image:
        image.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            file, optimize=True, pnginfo=content
        )


def _card(figure: Figure, panel: dict[str, Any], rows: float, top: float) -> None:
    place = panel["gridPos"]
    left, width, height = place["x"] / _COLUMNS, place["w"] / _COLUMNS, place["h"] / rows
    gap_x, gap_y = 0.0035, 0.12 / rows
    box = FancyBboxPatch(
        (left + gap_x, top - height + gap_y),
        width - 2 * gap_x,
        height - 2 * gap_y,
        boxstyle="round,pad=0,rounding_size=0.003",
        mutation_aspect=_INCHES_WIDE / (rows * _INCHES_A_ROW),
        facecolor=CARD,
        edgecolor=LINE,
        transform=figure.transFigure,
        zorder=-1,
    )
    figure.add_artist(box)
    letters = int(place["w"] * 7)
    title = "\n".join(wrap(panel["title"], letters)[:2])
    figure.text(left + 0.009, top - 0.35 / rows, title, size=9, weight="bold", color=INK, va="top")


def _axes(figure: Figure, panel: dict[str, Any], rows: float, top: float) -> Any:
    place = panel["gridPos"]
    left, width = place["x"] / _COLUMNS, place["w"] / _COLUMNS
    over, under = (1.7, 0.4) if panel["type"] != "timeseries" else (1.5, 2.6)
    side = 0.012 if panel["type"] != "timeseries" else 0.05
    box = (left + side, top - (place["h"] - under) / rows, width - side - 0.014, (place["h"] - over - under) / rows)
    return figure.add_axes(box, facecolor="none")


def _series(played: Rehearsed, asked: Asked) -> list[Series]:
    query = asked.at(played.end - played.begin)
    if asked.instant:
        found = played.prometheus.instant(query, played.end)
        return [_named(asked, one["metric"], [one["value"]]) for one in found]
    found = played.prometheus.over(query, played.begin, played.end)
    return [_named(asked, one["metric"], one["values"]) for one in found]


def _named(asked: Asked, labels: dict[str, str], values: list[tuple[float, str]]) -> Series:
    name = asked.legend
    for label, value in labels.items():
        name = name.replace(f"{{{{{label}}}}}", value)
    return Series(shorten(name, 60), labels, [(at, float(value)) for at, value in values])


def _ticks(played: Rehearsed) -> list[tuple[float, str]]:
    """The full hours on the wall of the morning that was played."""
    line = played.timeline
    first = line.begins.replace(minute=0)
    hours = [first + timedelta(hours=number) for number in range(24)]
    ticks = [(line.anchor + (hour - line.begins).total_seconds() / line.rate, hour) for hour in hours]
    return [(at, f"{hour.astimezone(clock.VIETNAM):%H:%M}") for at, hour in ticks if played.begin <= at <= played.end]


def _footer(played: Rehearsed) -> str:
    day = datetime.fromtimestamp(played.end, UTC).astimezone(clock.VIETNAM)
    return (
        f"Buổi sáng mô phỏng 23/11/2026, diễn nhanh gấp {played.timeline.rate:g} lần ngày {day:%d/%m/%Y}; "
        "trục ngang là giờ mô phỏng, tốc độ tính theo giây thật. · make screens"
    )


def main() -> None:
    """Play, then draw every dashboard."""
    parser = argparse.ArgumentParser(prog="python -m dev.generate.dashboards.screens", description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--rate", type=float, default=180.0)
    parser.add_argument("--folder", type=Path, default=SCREENS)
    given = parser.parse_args()
    mpl.rcParams["font.family"] = "DejaVu Sans"
    given.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        rehearsal(Path(folder), requests=given.requests, rate=given.rate) as played,
    ):
        for board in BOARDS:
            file = given.folder / f"{board.uid}.png"
            picture(board, played, file)
            print(f"drew {shown(file)} ({file.stat().st_size // 1024} KiB)")


if __name__ == "__main__":
    main()
