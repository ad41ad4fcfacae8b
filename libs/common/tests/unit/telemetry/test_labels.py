"""Every label has values that are known beforehand, and no metric can have more series than Prometheus should hold."""

import pytest
from prometheus_client import Counter, Gauge, Histogram

from dev import labels
from dev.machine.paths import ROOT
from legalaid.telemetry import metrics
from legalaid.telemetry.registry import DEFINITIONS, Definition

_MOST = 1500
"""Open cases by kind, owner, province and status could be 1,260 series; in truth a province has a handful."""


def test_all_metrics_are_declared_with_what_they_mean() -> None:
    registered = {metric.name for metric in metrics.REGISTRY.collect() if metric.name.startswith("legalaid_")}
    assert registered == {definition.name.removesuffix("_total") for definition in DEFINITIONS}


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.name)
def test_every_label_is_bounded(metric: Definition) -> None:
    for label in metric.labels:
        assert labels.values(metric.name, label), f"say in dev/labels.py what {label} may be"
    assert labels.most_series(metric.name, metric.labels) <= _MOST


def test_every_metric_is_emitted_somewhere() -> None:
    sources = [file for folder in ("libs", "services") for file in (ROOT / folder).glob("**/src/**/*.py")]
    code = "\n".join(file.read_text() for file in sources)
    declared = {name for name, value in vars(metrics).items() if isinstance(value, Counter | Gauge | Histogram)}
    assert len(declared) == len(DEFINITIONS)
    assert {name for name in declared if f"metrics.{name}." not in code} == set()


def test_a_value_that_nobody_has_announced_is_found() -> None:
    good = 'legalaid_consumer_events_total{group="routing",topic="legalaid.requests"} 1.0'
    bad = 'legalaid_consumer_events_total{group="Giàng",topic="legalaid.requests"} 1.0'
    head = "# TYPE legalaid_consumer_events counter"
    assert labels.unknown(f"{head}\n{good}\n# EOF\n") == []
    assert labels.unknown(f"{head}\n{bad}\n# EOF\n") == ["legalaid_consumer_events group=Giàng"]
