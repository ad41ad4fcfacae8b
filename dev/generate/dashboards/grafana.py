"""Grafana's JSON of a dashboard, made with Grafana's own SDK (dashboard schema 42: Grafana 12 and later)."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BarGaugeDisplayMode, DataSourceRef, VizOrientation
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DynamicConfigValue,
    GridPos,
    MatcherConfig,
    Threshold,
    ThresholdsMode,
    VariableOption,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dev.generate.dashboards.board import Board, Choice, Kind, Panel, Query

PROMETHEUS: Final = DataSourceRef("prometheus", "prometheus")
"""By the uid that deploy/observability/grafana/provisioning gives it."""
_COLUMNS: Final = 24
_GOOD, _BAD, _PLAIN = "green", "red", "blue"

_Built = stat.Panel | timeseries.Panel | bargauge.Panel | table.Panel


def text(board: Board) -> str:
    """The dashboard as it is committed: sorted, so that a difference in git is a difference in the dashboard."""
    encoded = JSONEncoder(sort_keys=True, indent=2).encode(_dashboard(board).build())
    return json.dumps(json.loads(encoded), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(board: Board) -> dashboard.Dashboard:
    built = (
        dashboard.Dashboard(f"{board.title} · {board.english}")
        .uid(board.uid)
        .description(board.about)
        .tags(["legalaid"])
        .refresh("1m")
        .time(board.since, "now")
        .timezone("Asia/Ho_Chi_Minh")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Các bảng khác · other dashboards")
            .type(DashboardLinkType.DASHBOARDS)
            .tags(["legalaid"])
            .as_dropdown(as_dropdown=True)
            .keep_time(keep_time=True)
        )
        .annotation(
            dashboard.AnnotationQuery()
            .name("Cảnh báo · alarms")
            .datasource(PROMETHEUS)
            .enable(enable=True)
            .icon_color(_BAD)
            .expr('ALERTS{alertstate="firing"}')
            .title_format("{{alertname}}")
        )
    )
    if board.choice:
        built.with_variable(_variable(board.choice))
    below = 0
    for section in board.sections:
        built.with_row(dashboard.Row(section.title).grid_pos(GridPos(h=1, w=_COLUMNS, x=0, y=below)))
        below += 1
        for line in _lines_of(section.panels):
            left = 0
            for panel in line:
                built.with_panel(_panel(panel).grid_pos(GridPos(h=panel.height, w=panel.width, x=left, y=below)))
                left += panel.width
            below += line[0].height
    return built


def _lines_of(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    """The panels of a section, broken into lines. Raises ``ValueError`` for a line with gaps: it would look broken."""
    line: list[Panel] = []
    for panel in panels:
        line.append(panel)
        width = sum(one.width for one in line)
        if width > _COLUMNS or panel.height != line[0].height:
            raise ValueError(_gap(line))
        if width == _COLUMNS:
            yield line
            line = []
    if line:
        raise ValueError(_gap(line))


def _gap(line: Sequence[Panel]) -> str:
    shown = ", ".join(f"{panel.english} (width {panel.width}, height {panel.height})" for panel in line)
    return f"{shown}: a line is {_COLUMNS} wide and of one height; change a width, or the order"


def _variable(choice: Choice) -> dashboard.CustomVariable:
    first = VariableOption(selected=True, text=choice.values[0], value=choice.values[0])
    return dashboard.CustomVariable(choice.name).label(choice.label).values(",".join(choice.values)).current(first)


def _panel(panel: Panel) -> _Built:
    built = _BUILDERS[panel.kind](panel)
    built.title(f"{panel.title} · {panel.english}").description(panel.act).datasource(PROMETHEUS)
    built.unit(panel.unit).no_value("không có").thresholds(_thresholds(panel))
    for number, query in enumerate(panel.queries):
        built.with_target(_target(panel, query, chr(ord("A") + number)))
    return built


def _target(panel: Panel, query: Query, ref_id: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expr).ref_id(ref_id).datasource(PROMETHEUS)
    if query.legend:
        target.legend_format(query.legend)
    if query.exemplars:
        target.exemplar(exemplar=True)
    if panel.kind is Kind.LINES:
        return target.range()
    if panel.kind is Kind.TABLE:
        target.format(PromQueryFormat.TABLE)
    return target.instant()


def _stat(panel: Panel) -> _Built:
    del panel  # a number needs nothing more
    return stat.Panel()


def _lines(panel: Panel) -> _Built:
    built = timeseries.Panel().min(0).fill_opacity(10).line_width(2)
    built.legend(common.VizLegendOptions().show_legend(show_legend=True))
    if panel.bad_from is not None:
        built.axis_soft_max(panel.bad_from)
    _name_series(built, panel.names)
    return built


def _bars(panel: Panel) -> _Built:
    built = bargauge.Panel().min(0).orientation(VizOrientation.HORIZONTAL).display_mode(BarGaugeDisplayMode.BASIC)
    _name_series(built, panel.names)
    return built


def _table(panel: Panel) -> _Built:
    built = table.Panel()
    if panel.names:
        named = {value: {"text": name, "index": index} for index, (value, name) in enumerate(panel.names.items())}
        mapped = [DynamicConfigValue("mappings", [{"type": "value", "options": named}])]
        built.with_override(MatcherConfig("byType", "string"), mapped)
    return built.with_override(MatcherConfig("byName", "Time"), [DynamicConfigValue("custom.hidden", value=True)])


def _name_series(built: timeseries.Panel | bargauge.Panel, names: Mapping[str, str]) -> None:
    """Show ``Điện Biên`` where the label says ``11``: Grafana maps values, not names, so by overrides."""
    for value, name in names.items():
        shown = [DynamicConfigValue("displayName", name)]
        built.override_by_regexp(f"/^{re.escape(value)}$/", shown)


_BUILDERS: Final = {Kind.STAT: _stat, Kind.LINES: _lines, Kind.BARS: _bars, Kind.TABLE: _table}


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    if panel.bad_below is not None:
        steps = [Threshold(None, _BAD), Threshold(panel.bad_below, _GOOD)]
    elif panel.bad_from is not None:
        steps = [Threshold(None, _GOOD), Threshold(panel.bad_from, _BAD)]
    else:
        steps = [Threshold(None, _PLAIN)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
