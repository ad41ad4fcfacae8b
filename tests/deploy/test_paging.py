"""What rings reaches somebody: Prometheus tells Alertmanager, and Alertmanager the one whom the severity names."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from dev.look.prometheus import CONFIG, RULES
from dev.machine import programs
from dev.machine.paths import PYTHON, ROOT
from dev.stack.installation import answers
from dev.stack.process import Process, free_port, wait_until

pytestmark = pytest.mark.timeout(900)  # the first time Alertmanager is compiled

ROUTES = CONFIG.parent.parent / "alertmanager.yml"
SECONDS = 30


def _config() -> Any:
    return yaml.safe_load(ROUTES.read_text("utf-8"))


def _alarms() -> list[dict[str, Any]]:
    files = [yaml.safe_load(file.read_text("utf-8")) for file in sorted(RULES.glob("*.yaml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"] if "alert" in rule]


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_alertmanager_accepts_the_configuration(amtool: str) -> None:
    assert "SUCCESS" in _said(amtool, "check-config", str(ROUTES))


def test_compose_runs_the_version_that_is_tested() -> None:
    [tested] = [each.version for each in programs.PROGRAMS if each.name == "alertmanager"]
    assert f"ALERTMANAGER_IMAGE=prom/alertmanager:{tested}\n" in (ROOT / ".env").read_text()


def test_every_alarm_is_told_by_its_severity_and_a_strange_one_wakes_somebody(amtool: str) -> None:
    def receiver(alarm: str, severity: str) -> str:
        labels = (f"alertname={alarm}", f"severity={severity}")
        return _said(amtool, "config", "routes", "test", f"--config.file={ROUTES}", *labels)

    alarms = {(alarm["alert"], alarm["labels"]["severity"]) for alarm in _alarms()}
    assert {severity for _, severity in alarms} == {"page", "ticket"}
    assert {alarm: receiver(*alarm) for alarm in alarms} == {alarm: alarm[1] for alarm in alarms}
    assert receiver("Strange", "unheard-of") == "page"


def test_a_ticket_waits_for_the_day_and_a_page_for_nothing() -> None:
    routes = {route["receiver"]: route for route in _config()["route"]["routes"]}
    assert "active_time_intervals" in routes["ticket"]
    assert not routes["page"].keys() & {"active_time_intervals", "mute_time_intervals"}


def test_a_page_is_not_held_back_by_others_of_its_name() -> None:
    """Routing goes down while notify already rings: the same alarm, another trouble."""
    [page] = [route for route in _config()["route"]["routes"] if route["receiver"] == "page"]
    assert page.get("group_interval", _config()["route"]["group_interval"]) == "1m"


def test_an_alarm_is_silenced_by_another_one_that_there_is_and_no_page_by_a_ticket() -> None:
    severity = {alarm["alert"]: alarm["labels"]["severity"] for alarm in _alarms()}
    for rule in _config()["inhibit_rules"]:
        [source], [target] = rule["source_matchers"], rule["target_matchers"]
        louder, quieter = (each.removeprefix('alertname="').removesuffix('"') for each in (source, target))
        assert (severity[louder], severity[quieter]) in {("page", "page"), ("page", "ticket")}


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Starts a program with the port that it is given, waits until it answers, and returns the port."""
    processes: list[Process] = []

    def start(path: str, command: Callable[[int], list[str]]) -> int:
        port = free_port()
        line = command(port)
        log = tmp_path / f"{len(processes)}.log"
        processes.append(Process(Path(line[0]).name, line, log=log, ready=lambda: answers(port, path)))
        processes[-1].start()
        return port

    yield start
    for process in reversed(processes):
        process.stop()


def _quick(config: Any, pager: int) -> Any:
    """The committed routes for a test that cannot wait, and whatever the hour."""
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    for route in config["route"]["routes"]:
        for name in ("group_wait", "group_interval", "active_time_intervals"):
            route.pop(name, None)
    for receiver in config["receivers"]:
        for webhook in receiver["webhook_configs"]:
            webhook["url"] = webhook["url"].replace("pager:8011", f"127.0.0.1:{pager}")
    return config


def _rules(file: Path, **firing: bool) -> None:
    rules = [
        {
            "alert": f"Test{severity}",
            "expr": "vector(1)" if on else "vector(1) > 1",
            "labels": {"severity": severity, "job": "intake"},
            "annotations": {"summary": f"Thử {severity}", "runbook": "docs/runbooks/ServiceDown.md"},
        }
        for severity, on in firing.items()
    ]
    file.write_text(yaml.safe_dump({"groups": [{"name": "test", "rules": rules}]}), "utf-8")


def test_what_rings_is_seen_by_a_person_and_so_is_its_end(
    prometheus: str, alertmanager: str, started: Callable[..., int], tmp_path: Path
) -> None:
    pager = started("/livez", lambda port: [PYTHON, "-m", "dev.pager", "--port", str(port)])
    routes, config, rules = (tmp_path / name for name in ("alertmanager.yml", "prometheus.yml", "rules.yaml"))
    routes.write_text(yaml.safe_dump(_quick(_config(), pager)), "utf-8")
    told = started(
        "/-/ready",
        lambda port: [
            alertmanager,
            f"--config.file={routes}",
            f"--storage.path={tmp_path / 'told'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
    )
    committed = yaml.safe_load(CONFIG.read_text("utf-8"))
    [[target]] = [each["targets"] for each in committed["alerting"]["alertmanagers"][0]["static_configs"]]
    assert target == "alertmanager:9093"
    committed["alerting"]["alertmanagers"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{told}"]}]
    _rules(rules, page=True, ticket=True)
    changed = {"global": {"evaluation_interval": "1s"}, "rule_files": [str(rules)], "scrape_configs": []}
    config.write_text(yaml.safe_dump({**committed, **changed}), "utf-8")
    watching = started(
        "/-/ready",
        lambda port: [
            prometheus,
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle",
            "--rules.alert.resend-delay=1s",  # it rings before it has found whom to tell
            "--enable-feature=exemplar-storage",
        ],
    )

    def rings(*, over: bool) -> dict[str, str]:
        heard = httpx.get(f"http://127.0.0.1:{pager}/v1/rings").json()
        return {ring["alarm"]: ring["receiver"] for ring in heard if (ring["ended_at"] is not None) == over}

    both = {"Testpage": "page", "Testticket": "ticket"}
    assert wait_until(lambda: rings(over=False) == both, SECONDS), rings(over=False)
    _rules(rules, page=False, ticket=True)
    httpx.post(f"http://127.0.0.1:{watching}/-/reload").raise_for_status()
    assert wait_until(lambda: rings(over=True) == {"Testpage": "page"}, SECONDS), rings(over=True)
    assert rings(over=False) == {"Testticket": "ticket"}
    assert "Cảnh báo" in httpx.get(f"http://127.0.0.1:{pager}/").text
