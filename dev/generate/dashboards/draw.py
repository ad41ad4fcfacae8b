"""Draws one panel as Grafana would, from the series that its queries gave. It knows pixels, and no Prometheus."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, MultipleLocator

from dev.generate.dashboards.values import shown

INK, FAINT, LINE, CARD, PAGE = "#1f2328", "#6a737d", "#d0d7de", "#ffffff", "#e9edf2"
_COLOURS: Final = {"green": "#2e7d32", "red": "#c62828", "blue": "#1f60c4"}
_CYCLE: Final = ("#1f60c4", "#e0752d", "#37872d", "#8f3bb8", "#c4162a", "#0a7c86", "#b7950b", "#5b5f97", "#8d6e63")
_LEGEND_LINES, _MOST_BARS = 4, 7
_STEPS: Final = (30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600)
"""Seconds between the lines of a scale of minutes or hours."""
_MOST_LINES: Final = 5


@dataclass(frozen=True)
class Series:
    """One line of a panel: what it is called, its labels, and its values at Unix times."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    points: Sequence[tuple[float, float]] = ()

    @property
    def now(self) -> float:
        """The last value."""
        return self.points[-1][1]

    @property
    def most(self) -> float:
        """The highest value; 0 when there is no number among them."""
        return max((value for _, value in self.points if not math.isnan(value)), default=0)


@dataclass(frozen=True)
class Span:
    """The time on the screen, in Unix seconds."""

    begin: float
    end: float
    step: float
    """Between two points of a series."""
    ticks: Sequence[tuple[float, str]]
    """What to write where on the axis."""


def draw(axes: Axes, panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> None:
    """Fill the axes with the panel; ``panel`` is Grafana's JSON."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if not series:
        axes.text(0.5, 0.5, "không có · none", ha="center", va="center", color=FAINT, transform=axes.transAxes)
        return
    {"stat": _stat, "timeseries": _lines, "bargauge": _bars, "table": _table}[panel["type"]](axes, panel, series, span)


def called(panel: Mapping[str, Any], name: str) -> str:
    """The name that an override gives to a series, or its own."""
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["id"] == "byRegexp" and re.search(override["matcher"]["options"].strip("/"), name):
            return str(override["properties"][0]["value"])
    return name


def _mapped(panel: Mapping[str, Any], text: str) -> str:
    for override in panel["fieldConfig"]["overrides"]:
        for told in override["properties"]:
            if told["id"] == "mappings" and text in told["value"][0]["options"]:
                return str(told["value"][0]["options"][text]["text"])
    return text


def _unit(panel: Mapping[str, Any]) -> str:
    return str(panel["fieldConfig"]["defaults"]["unit"])


def _colour(panel: Mapping[str, Any], value: float) -> str:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    passed = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return _COLOURS[passed[-1]]


def _stat(axes: Axes, panel: Mapping[str, Any], series: Sequence[Series], _: Span) -> None:
    value = series[0].now
    text = shown(value, _unit(panel))
    size = 26 if len(text) < 13 else 20  # noqa: PLR2004 - what fits a tile
    axes.text(0.5, 0.45, text, ha="center", va="center", size=size, color=_colour(panel, value), weight="bold")


def _lines(axes: Axes, panel: Mapping[str, Any], series: Sequence[Series], span: Span) -> None:
    unit = _unit(panel)
    drawn = sorted(series, key=lambda one: one.most, reverse=True)
    columns = _columns(max(len(called(panel, one.name)) for one in series))
    for number, one in enumerate(drawn):
        colour = _CYCLE[number % len(_CYCLE)]
        named = called(panel, one.name) if number < columns * _LEGEND_LINES else "_"
        times, values = zip(*_with_gaps(one.points, span.step), strict=True)
        axes.plot(times, values, color=colour, lw=1.6, label=named, solid_capstyle="round")
        axes.fill_between(times, values, color=colour, alpha=0.06, lw=0)
    for spine in ("left", "bottom"):
        axes.spines[spine].set_visible(True)
        axes.spines[spine].set_color(LINE)
    axes.set_ylim(bottom=0)
    if drawn[0].most == 0:
        axes.set_ylim(0, 1)
    axes.yaxis.set_major_locator(_scale(unit, drawn[0].most))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown(value, unit)))
    axes.set_xticks([at for at, _ in span.ticks], [text for _, text in span.ticks])
    axes.set_xlim(span.begin, span.end)
    axes.tick_params(labelsize=7.5, colors=FAINT, length=0)
    axes.grid(visible=True, axis="y", color=LINE, lw=0.6)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.12),
        ncols=columns,
        fontsize=7.5,
        frameon=False,
        labelcolor=INK,
        handlelength=1.2,
        columnspacing=1.2,
        labelspacing=0.25,
        borderaxespad=0,
    )


def _with_gaps(points: Sequence[tuple[float, float]], step: float) -> Iterator[tuple[float, float]]:
    """Where a series was away for a while, no line leads across."""
    before = points[0][0]
    for at, value in points:
        if at - before > 1.5 * step:
            yield before, math.nan
        yield at, value
        before = at


def _columns(letters: int) -> int:
    """How many names of this length stand beside each other below a third of the screen."""
    return next(columns for columns, most in ((3, 16), (2, 30), (1, letters)) if letters <= most)


def _scale(unit: str, most: float) -> Locator:
    if unit == "s" and most > 2 * _STEPS[0]:
        return MultipleLocator(next((step for step in _STEPS if most / step <= _MOST_LINES), _STEPS[-1]))
    if unit == "bytes" and most > 0:
        return MultipleLocator(2 ** math.ceil(math.log2(most / _MOST_LINES)))
    return MaxNLocator(4, integer=unit == "short")


def _bars(axes: Axes, panel: Mapping[str, Any], series: Sequence[Series], _: Span) -> None:
    shares = _unit(panel) == "percentunit"
    most = sorted(series, key=lambda one: one.now, reverse=not shares)[:_MOST_BARS]
    top = max(1.0 if shares else 0.0, *(one.now for one in most), 1e-9)
    for row, one in enumerate(most):
        middle = 1 - (row + 0.5) / _MOST_BARS
        colour = _colour(panel, one.now)
        axes.text(0, middle + 0.028, called(panel, one.name), size=8, va="bottom", color=INK)
        axes.barh(middle, 1, height=0.045, color=PAGE, align="center")
        axes.barh(middle, max(one.now / top, 0.004), height=0.045, color=colour, align="center")
        axes.text(
            1,
            middle + 0.028,
            shown(one.now, _unit(panel)),
            size=8.5,
            ha="right",
            va="bottom",
            color=colour,
            weight="bold",
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _table(axes: Axes, panel: Mapping[str, Any], series: Sequence[Series], _: Span) -> None:
    names = sorted({name for one in series for name in one.labels if name != "__name__"})
    rows = [[_mapped(panel, one.labels.get(name, "")) for name in names] for one in series]
    rows = [[*row, shown(one.now, _unit(panel))] for row, one in zip(rows, series, strict=True)]
    height = axes.get_window_extent().height / axes.figure.dpi * 72
    fit = max(1, int(height // 15) - 1)
    table = axes.table(
        cellText=rows[:fit],
        colLabels=[*names, "Giá trị"],
        cellLoc="left",
        colLoc="left",
        loc="upper left",
        edges="horizontal",
    )
    table.auto_set_font_size(value=False)
    table.set_fontsize(8)
    table.auto_set_column_width(range(len(names) + 1))
    for (row, _column), cell in table.get_celld().items():
        cell.set_height(15 / height)
        cell.set_edgecolor(LINE)
        cell.set_text_props(color=FAINT if row == 0 else INK)
    if len(rows) > fit:
        axes.text(1, 0, f"và {len(rows) - fit} dòng nữa", size=7.5, ha="right", va="bottom", color=FAINT)
