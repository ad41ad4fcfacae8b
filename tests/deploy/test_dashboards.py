"""The committed dashboards are what the code says, and speak of metrics that exist."""

import re
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
import yaml

from dev.generate.dashboards.board import Board, Section, stat
from dev.generate.dashboards.files import BOARDS, FOLDER, drawn, path
from dev.generate.dashboards.grafana import PROMETHEUS, text
from dev.generate.dashboards.names import COUNT, NOWHERE
from dev.generate.dashboards.panels import everything, panels
from dev.generate.metrics import MODULES
from dev.look.prometheus import RULES
from dev.machine.paths import ROOT
from legalaid.telemetry.registry import DEFINITIONS, Values

_LABEL = re.compile(r"\{\{(\w+)\}\}")
_CASE_EVENT = re.compile(r"vn\.legalaid\.case\.(.+)\.v\d+")
SOURCES = ROOT / "deploy" / "observability" / "grafana" / "provisioning" / "datasources" / "legalaid.yaml"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_the_committed_file_is_what_the_code_says(board: Board) -> None:
    assert path(board.uid).read_text("utf-8") == text(board), "run `make generate`"


def test_every_committed_file_is_a_dashboard_of_the_code() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == {board.uid for board in BOARDS}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_panel_says_what_it_is_and_what_to_do(board: Board) -> None:
    shown = list(panels(board.uid))
    for panel in shown:
        vietnamese, _, english = panel.title.partition(" · ")
        assert vietnamese
        assert english.isascii()
        assert len(panel.json["description"]) > 20
        assert panel.json["fieldConfig"]["defaults"]["unit"]
    assert [name for name, count in Counter(panel.english for panel in shown).items() if count > 1] == []


def test_a_line_that_would_look_broken_is_refused_with_what_stands_in_it() -> None:
    one = stat("Một", "one", "up", COUNT, "Không phải làm gì.", width=20)
    board = replace(BOARDS[0], sections=(Section("Dòng", (one, replace(one, english="other"))),))
    with pytest.raises(ValueError, match=r"one \(width 20, height \d\), other \(width 20.*: a line is 24 wide"):
        text(board)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_the_picture_shows_the_panels_that_there_are(board: Board) -> None:
    shown = [panel.english for panel in panels(board.uid)]
    assert drawn(board.uid) == shown, "run `make screens`, look at the pictures, commit them"


def test_metrics_that_are_asked_for_exist() -> None:
    assert MODULES  # importing them is what declares the metrics
    known = {definition.name for definition in DEFINITIONS}
    for definition in DEFINITIONS:
        if definition.kind == "histogram":
            known |= {definition.name + suffix for suffix in ("_bucket", "_sum", "_count")}
    asked = "\n".join([one.expr for one in everything()] + [file.read_text("utf-8") for file in RULES.glob("*.yaml")])
    named = set(re.findall(r"\blegalaid_[a-z0-9_]+", asked))
    assert len(named) > 30
    assert named - known == set()


def test_label_values_that_are_asked_for_are_declared() -> None:
    asked = "\n".join([one.expr for one in everything()] + [file.read_text("utf-8") for file in RULES.glob("*.yaml")])
    labels = {definition.name: definition.labels for definition in DEFINITIONS}
    checked = 0
    for metric, matchers in re.findall(r"\b(legalaid_[a-z0-9_]+)\{([^}]*)\}", asked):
        declared = labels.get(metric) or labels[re.sub("_(bucket|sum|count)$", "", metric)]
        for label, operator, value in re.findall(r'([a-z_]+)(=~|!~|!=|=)"([^"]*)"', matchers):
            if label in declared and "$" not in value:
                assert _can_be(declared[label], value, exactly="~" not in operator), f"{metric} {label} {value}"
                checked += 1
    assert checked > 50


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_panel_that_names_its_series_names_all_that_may_come(board: Board) -> None:
    labels = {definition.name: definition.labels for definition in DEFINITIONS}
    for panel in (panel for section in board.sections for panel in section.panels if panel.names):
        for query in panel.queries:
            for metric, label in product(
                re.findall(r"\blegalaid_[a-z0-9_]+", query.expr), _LABEL.findall(query.legend)
            ):
                declared = labels[metric].get(label, frozenset())
                assert isinstance(declared, frozenset), f"{panel.english}: nobody can list what {label} may be"
                shown = {_CASE_EVENT.sub(r"\1", value) or NOWHERE for value in declared}
                assert shown - panel.names.keys() == set(), f"{panel.english}: name them in dev/generate/dashboards"


def _can_be(values: Values, asked: str, *, exactly: bool) -> bool:
    if exactly:
        return asked in values
    return not isinstance(values, frozenset) or any(re.fullmatch(asked, value) for value in values)


def test_objectives_that_are_asked_for_are_recorded() -> None:
    rules = yaml.safe_load((RULES / "slo.yaml").read_text("utf-8"))
    recorded = {rule["record"] for group in rules["groups"] for rule in group["rules"]}
    asked = "\n".join([one.expr for one in everything()] + [(RULES / "slo-alerts.yaml").read_text("utf-8")])
    assert set(re.findall(r"\bslo:[a-z0-9_:]+", asked)) == recorded


def test_dashboards_and_sources_agree_on_addresses() -> None:
    sources = {source["type"]: source for source in yaml.safe_load(SOURCES.read_text("utf-8"))["datasources"]}
    assert sources["prometheus"]["uid"] == PROMETHEUS.uid
    [destination] = sources["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    assert destination["datasourceUid"] == sources["tempo"]["uid"]
    assert sources["tempo"]["jsonData"]["tracesToLogsV2"]["datasourceUid"] == sources["loki"]["uid"]
