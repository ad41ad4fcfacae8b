"""Every metric is declared by its owner, is emitted, has a bounded number of series, and stands in the docs."""

import pytest
from prometheus_client import Counter, Gauge, Histogram

from dev.generate.metrics import MODULES, PAGE, most_series, page
from dev.machine.paths import ROOT
from legalaid.telemetry.registry import DEFINITIONS, REGISTRY, Definition

_MOST = 1500
"""Open cases by kind, owner, province and status could be 1,260 series; in truth a province has a handful."""


def declared() -> list[tuple[str, str, Counter | Gauge | Histogram]]:
    """Module, name there, metric."""
    return [
        (module.__name__, name, value)
        for module in MODULES
        for name, value in vars(module).items()
        if isinstance(value, Counter | Gauge | Histogram)
    ]


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make generate`"


def test_all_metrics_are_declared_with_what_they_mean() -> None:
    registered = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("legalaid_")}
    assert registered == {definition.name.removesuffix("_total") for definition in DEFINITIONS}
    assert len(declared()) == len(DEFINITIONS)


def test_a_service_declares_only_its_own() -> None:
    for module, name, metric in declared():
        service = module.removesuffix(".metrics")
        if service != "legalaid.telemetry":
            assert metric._name.startswith(f"legalaid_{service}_"), name


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.name)
def test_every_metric_is_bounded(metric: Definition) -> None:
    assert most_series(metric) <= _MOST


def test_every_metric_is_emitted_by_its_owner() -> None:
    emitted = {}
    for module in MODULES:
        top = (ROOT / module.__file__).parent if module.__file__ else ROOT
        package = top.parent if module.__name__.startswith("legalaid.") else top
        emitted[module.__name__] = "\n".join(file.read_text("utf-8") for file in package.rglob("*.py"))
    assert [name for module, name, _ in declared() if f"{name}." not in emitted[module]] == []
