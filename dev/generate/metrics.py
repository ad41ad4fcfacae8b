"""All metrics of the product, and docs/metrics.md, which shows them."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from dev.machine.paths import ROOT
from legalaid.telemetry import metrics
from legalaid.telemetry.registry import DEFINITIONS, Definition, Open, Values

PAGE = ROOT / "docs" / "metrics.md"
MODULES: tuple[ModuleType, ...] = (
    metrics,
    *(import_module(f"{file.parent.name}.metrics") for file in sorted(ROOT.glob("services/*/src/*/metrics.py"))),
)
"""Importing them is what declares the metrics."""

_LISTED = 12
"""More values than these are only counted."""


def files() -> Mapping[Path, str]:
    """The page, with what it must hold."""
    return {PAGE: page()}


def page() -> str:
    """docs/metrics.md."""
    lines = [
        "# Metrics",
        "",
        "Every metric that we emit, and what its labels may say. Written by `make generate` from",
        f"{', '.join(f'`{module.__name__}`' for module in MODULES)}; a test keeps it current.",
        "",
    ]
    for one in sorted(DEFINITIONS, key=lambda definition: definition.name):
        lines += [f"## `{one.name}`", "", f"{one.kind.capitalize()}. {one.meaning}", "", *_labels(one)]
        lines += [f"**Act:** {one.act}", ""]
    return "\n".join(lines)


def most_series(metric: Definition) -> int:
    """How many series the metric can have in one process."""
    number = 1
    for values in metric.labels.values():
        number *= values.most if isinstance(values, Open) else len(values)
    return number


def _labels(metric: Definition) -> list[str]:
    said = [f"- `{label}`: {_said(values)}" for label, values in metric.labels.items()]
    return [*said, ""] if said else []


def _said(values: Values) -> str:
    if isinstance(values, Open):
        return values.kind
    if len(values) > _LISTED:
        return f"one of {len(values)}, such as `{min(filter(None, values))}`"
    return ", ".join(f"`{value}`" for value in sorted(values))
