"""How a metric is declared: with what it means, and what an operator does when it looks wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


@dataclass(frozen=True)
class Definition:
    """One metric, as docs/metrics.md shows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    act: str


DEFINITIONS: list[Definition] = []


def counter(name: str, meaning: str, *, act: str, labels: Sequence[str] = ()) -> Counter:
    """Something that happened, counted since the process began; ``name`` ends in ``_total``."""
    DEFINITIONS.append(Definition(name, "counter", tuple(labels), meaning, act))
    return Counter(name, meaning, labels, registry=REGISTRY)


def gauge(name: str, meaning: str, *, act: str, labels: Sequence[str] = ()) -> Gauge:
    """Something as it stands now."""
    DEFINITIONS.append(Definition(name, "gauge", tuple(labels), meaning, act))
    return Gauge(name, meaning, labels, registry=REGISTRY)


def histogram(name: str, meaning: str, *, act: str, labels: Sequence[str] = (), buckets: Sequence[float]) -> Histogram:
    """How something is spread; buckets in the unit that the name ends in."""
    DEFINITIONS.append(Definition(name, "histogram", tuple(labels), meaning, act))
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=buckets)


def page() -> str:
    """docs/metrics.md."""
    lines = [
        "# Metrics",
        "",
        "Every metric that our code emits. Written by `python -m legalaid.telemetry > docs/metrics.md` from",
        "`legalaid/telemetry/metrics.py`; a test keeps it current.",
        "",
    ]
    for one in sorted(DEFINITIONS, key=lambda definition: definition.name):
        labels = f" by {', '.join(f'`{label}`' for label in one.labels)}" if one.labels else ""
        lines += [f"## `{one.name}`", "", f"{one.kind.capitalize()}{labels}. {one.meaning}", "", f"**Act:** {one.act}"]
        lines.append("")
    return "\n".join(lines)
