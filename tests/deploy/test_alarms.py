"""Rules that Prometheus accepts, a firing and a quiet case for each alarm, a runbook for each, and what they name."""

import importlib.util
import re
import subprocess
from collections import defaultdict
from typing import Any

import pytest
import yaml

from dev.generate.dashboards.files import BOARDS
from dev.generate.dashboards.panels import panels
from dev.generate.dashboards.promql import selectors
from dev.look.prometheus import CONFIG, RULES
from dev.machine.paths import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
OPERATIONS = ROOT / "docs" / "operations.md"
CASES = CONFIG.parent / "tests"
PARTS = ("**What it means for people.**", "**Look here.**", "**Do this.**", "**Who to tell.**")


def _alarms() -> list[dict[str, Any]]:
    files = [yaml.safe_load(file.read_text("utf-8")) for file in sorted(RULES.glob("*.yaml"))]
    rules = [rule for file in files for group in file["groups"] for rule in group["rules"]]
    return [rule for rule in rules if "alert" in rule]


def _called(rule: dict[str, Any]) -> str:
    return f"{rule['alert']}{rule['labels'].get('burn', '')}"


NAMES = sorted({rule["alert"] for rule in _alarms()})


def test_prometheus_accepts_the_configuration_and_the_rules(promtool: str) -> None:
    _succeeds(promtool, "check", "config", str(CONFIG))
    _succeeds(promtool, "check", "rules", "--lint=all", "--lint-fatal", *map(str, sorted(RULES.glob("*.yaml"))))


def test_alarms_fire_when_they_should_and_not_when_they_should_not(promtool: str) -> None:
    _succeeds(promtool, "test", "rules", *map(str, sorted(CASES.glob("*.yaml"))))


def _succeeds(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alarm_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    seen: dict[str, set[bool]] = defaultdict(set)
    for file in CASES.glob("*.yaml"):
        for test in yaml.safe_load(file.read_text("utf-8"))["tests"]:
            for case in test["alert_rule_test"]:
                seen[case["alertname"]].add(bool(case["exp_alerts"]))
    assert dict(seen) == {name: {True, False} for name in NAMES}


@pytest.mark.parametrize("alarm", _alarms(), ids=_called)
def test_an_alarm_says_what_a_person_needs(alarm: dict[str, Any]) -> None:
    name, told = alarm["alert"], alarm["annotations"]
    assert alarm["labels"]["severity"] in {"page", "ticket"}
    assert told["summary"].endswith(f"({name})")
    assert not told["summary"].isascii(), "the summary is in Vietnamese"
    assert told["description"]
    assert told["people"]
    assert told["runbook"] == f"docs/runbooks/{name}.md"
    assert told["dashboard"] in {board.uid for board in BOARDS}


@pytest.mark.parametrize("alarm", _alarms(), ids=_called)
def test_the_dashboard_that_an_alarm_names_shows_all_that_it_looks_at(alarm: dict[str, Any]) -> None:
    shown = [
        (metric, {one for one in matchers if "$" not in one})  # what is chosen on the screen hides nothing for long
        for panel in panels(alarm["annotations"]["dashboard"])
        for query in panel.queries("$service")
        for metric, matchers in selectors(query.expr)
    ]
    looked_at = list(selectors(alarm["expr"]))
    assert looked_at
    for metric, matchers in looked_at:
        assert any(metric == name and only <= set(matchers) for name, only in shown), (
            f"{metric} {matchers} is in no panel of it: add one in dev/generate/dashboards"
        )


def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm() -> None:
    assert sorted(file.stem for file in RUNBOOKS.glob("*.md")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_has_its_four_parts_in_order(name: str) -> None:
    page = (RUNBOOKS / f"{name}.md").read_text("utf-8")
    assert page.startswith(f"# {name}\n")
    places = [page.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_runbook_names_exists(name: str) -> None:
    page = (RUNBOOKS / f"{name}.md").read_text("utf-8")
    for module in re.findall(r"python -m ([a-z.]+)", page):
        assert importlib.util.find_spec(module), module
    source = "\n".join(file.read_text("utf-8") for file in ROOT.glob("*/*/src/**/*.py"))
    for words in re.findall(r"grep (?:-E )?'?([a-z_|]+)'?", page):
        for event in words.split("|"):
            assert f'"{event}"' in source, f"no log line is called {event}"
    workloads = set(re.findall(r"([a-z-]+):8000", CONFIG.read_text("utf-8")))  # called alike everywhere
    for deployment in re.findall(r"deploy/([a-z-]+)", page):
        assert deployment in workloads, deployment


def test_operations_lists_every_alarm_as_it_is() -> None:
    page = OPERATIONS.read_text("utf-8")
    rows = dict(re.findall(r"^\| \[(\w+)\]\(runbooks/\1\.md\) \|.*\| (page|ticket) \|$", page, re.MULTILINE))
    assert rows == {rule["alert"]: rule["labels"]["severity"] for rule in _alarms()}
    for board in BOARDS:
        assert f"`{board.uid}`" in page
        assert f"screens/{board.uid}.png" in page
