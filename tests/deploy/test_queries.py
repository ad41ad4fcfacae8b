"""Every query of every dashboard and alarm, asked of a real Prometheus that watched a morning with some trouble."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from dev.generate.dashboards import glance
from dev.generate.dashboards.files import BOARDS
from dev.generate.dashboards.panels import Asked, everything, panels
from dev.generate.dashboards.promql import selectors
from dev.generate.dashboards.rehearsal import Rehearsed, rehearsal
from dev.look.prometheus import RULES

pytestmark = pytest.mark.timeout(300)

MAY_BE_EMPTY = {
    ("legalaid-dependencies", "requests answered 503"): "the store never went away",
    ("legalaid-dependencies", "lost races"): "two writers rarely meet in one document within a minute",
    ("legalaid-dependencies", "swept documents"): "the brokers never went away, so the sweeper found nothing",
    ("legalaid-dependencies", "lost memberships"): "the brokers never went away, and refused nobody",
    ("legalaid-slo", "failed answers of intake"): "no request failed",
    ("legalaid-pipeline", "swept documents"): "the brokers never went away, so the sweeper found nothing",
    ("legalaid-pipeline", "rebalances and lost memberships"): "no member came or went while Prometheus watched",
    ("legalaid-pipeline", "drain duration, p99"): "no member stopped while Prometheus watched",
    **{
        ("legalaid-notify", panel): "the morning sends nothing by Zalo"
        for panel in ("access token left", "quota left", "grant ends in", "renewals in doubt")
    },
}
"""Panels that may show nothing after a morning without these troubles, each with its reason."""

MAY_MATCH_NOTHING = {
    'legalaid_http_request_duration_seconds_count{job="intake", method="POST", status=~"5.."}': "no POST failed",
    'legalaid_notify_gateway_errors_total{outcome="ours"}': "no provider refuses our account",
    'legalaid_notify_gateway_errors_total{outcome="lost"}': "no answer is lost",
    **dict.fromkeys(
        (
            "legalaid_notify_grant_ends_seconds",
            "legalaid_notify_token_left_ratio",
            "legalaid_notify_token_in_doubt",
            "legalaid_notify_quota_left_messages",
            "legalaid_notify_quota_messages",
        ),
        "the morning sends nothing by Zalo",
    ),
}
"""What alarms look for that a morning without these troubles does not have."""


@pytest.fixture(scope="module")
def rehearsed(prometheus: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    assert prometheus
    with rehearsal(tmp_path_factory.mktemp("rehearsal"), requests=40, rate=900) as played:
        yield played


def test_no_panel_is_in_error_or_empty(rehearsed: Rehearsed) -> None:
    asked = everything()
    assert len(asked) > 100
    empty = [one for one in asked if not _has_values(rehearsed, one)]
    unexplained = [str(one) for one in empty if (one.uid, one.title.rpartition(" · ")[2]) not in MAY_BE_EMPTY]
    assert not unexplained, "\n".join(unexplained)


def test_a_panel_by_province_names_only_those_with_something(rehearsed: Rehearsed) -> None:
    asked = [one for one in everything() if one.legend == "{{province}}"]
    assert asked
    for one in asked:
        found = rehearsed.prometheus.instant(one.at(rehearsed.end - rehearsed.begin), rehearsed.end)
        empty = [series["metric"]["province"] for series in found if float(series["value"][1]) == 0]
        assert not empty, f"{one} shows {len(empty)} with 0"


def test_every_rule_is_healthy_and_every_objective_has_a_value(rehearsed: Rehearsed) -> None:
    rules = rehearsed.prometheus.rules()
    assert len(rules) == sum(len(group["rules"]) for file in _rule_files() for group in file["groups"])
    assert [rule for rule in rules if rule["health"] != "ok"] == []
    recorded = {rule["name"] for rule in rules if rule["type"] == "recording"}
    assert recorded
    assert [name for name in recorded if not rehearsed.prometheus.instant(name, rehearsed.end)] == []


def test_all_that_alarms_look_for_is_there(rehearsed: Rehearsed) -> None:
    """An alarm that is silent because its series does not exist would be silent for ever."""
    read = [one for rule in rehearsed.prometheus.rules() for one in selectors(rule["query"])]
    looked_for = {metric + (f"{{{', '.join(matchers)}}}" if matchers else "") for metric, matchers in read}
    assert len(looked_for) > 15
    missing = {one for one in looked_for if not rehearsed.prometheus.instant(one, rehearsed.end)}
    assert missing <= set(MAY_MATCH_NOTHING)
    assert set(MAY_MATCH_NOTHING) <= looked_for


def test_rubbish_in_a_topic_rings(rehearsed: Rehearsed) -> None:
    states = {rule["name"]: rule["state"] for rule in rehearsed.prometheus.rules() if rule["type"] == "alerting"}
    assert {name for name, state in states.items() if state == "firing"} == {"DeadLetters"}


def test_panels_can_be_drawn(rehearsed: Rehearsed, tmp_path: Path) -> None:
    from dev.generate.dashboards.screens import picture  # noqa: PLC0415 - Matplotlib, which the quick tests do without

    picture(glance.BOARD, rehearsed, tmp_path / "glance.png")
    with Image.open(tmp_path / "glance.png") as image:
        colours: Any = image.convert("RGB").getcolors()  # its types know no picture in colours
    drawn = sum(count for count, (red, green, blue) in colours if red < 80 and green < 150 and blue > 150)
    assert drawn > 2000, "no numbers, lines or bars are to be seen"


def test_what_may_be_empty_is_the_name_of_a_panel() -> None:
    assert set(MAY_BE_EMPTY) <= {(board.uid, panel.english) for board in BOARDS for panel in panels(board.uid)}


def _has_values(rehearsed: Rehearsed, asked: Asked) -> bool:
    query = asked.at(rehearsed.end - rehearsed.begin)
    if asked.instant:
        values = [series["value"] for series in rehearsed.prometheus.instant(query, rehearsed.end)]
    else:
        found = rehearsed.prometheus.over(query, rehearsed.begin, rehearsed.end)
        values = [value for series in found for value in series["values"]]
    return any(not math.isnan(float(value)) for _, value in values)


def _rule_files() -> list[dict[str, Any]]:
    return [yaml.safe_load(Path(file).read_text("utf-8")) for file in sorted(RULES.glob("*.yaml"))]
