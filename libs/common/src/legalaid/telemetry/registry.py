"""How a metric is declared: what it means, what an operator does when it looks wrong, what its labels may say."""

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

CALL_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Buckets for something that a caller waits for."""
AGE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 1800, 7200, 86400)
"""Buckets for how long ago something happened: hours, when a dependency was away."""

UNDECLARED = "undeclared"
"""What a label says in place of a value that was not declared."""


@dataclass(frozen=True)
class Open:
    """Values of a label that cannot be listed where it is declared: what they are, and their shape."""

    kind: str
    pattern: re.Pattern[str]
    most: int
    """How many of them one process can have, at most."""

    def __contains__(self, value: str) -> bool:
        return self.pattern.fullmatch(value) is not None


Values = frozenset[str] | Open
Labels = Mapping[str, Iterable[str] | Open]
"""The values of each label: an enum, anything that lists them, or what is open by its nature."""


@dataclass(frozen=True)
class Definition:
    """One metric, as docs/metrics.md shows it."""

    name: str
    kind: str
    labels: Mapping[str, Values]
    meaning: str
    act: str


DEFINITIONS: list[Definition] = []


class UndeclaredValueWarning(UserWarning):
    """A label was to say what was not declared for it. An error under test, a line of the log in production."""


class _Declared(MetricWrapperBase):
    """A metric whose labels say only what was declared, so that it neither grows without bound nor names a person."""

    declared: Mapping[str, Values]

    def labels(self, *labelvalues: object, **labelkwargs: object) -> Self:
        """The child with these label values, in the order of their names."""
        if labelkwargs:
            raise TypeError("label values are given in the order of their names")
        said = dict(zip(self._labelnames, map(str, labelvalues), strict=True))
        for label in [label for label, value in said.items() if value not in self.declared[label]]:
            warnings.warn(f"{self._name}: {label} cannot be {said[label]!r}", UndeclaredValueWarning, stacklevel=2)
            said[label] = UNDECLARED
        return super().labels(*said.values())


class _Counter(_Declared, Counter):
    pass


class _Gauge(_Declared, Gauge):
    pass


class _Histogram(_Declared, Histogram):
    pass


def counter(name: str, meaning: str, *, act: str, labels: Labels | None = None) -> Counter:
    """Something that happened, counted since the process began; ``name`` ends in ``_total``."""
    values = _define(name, "counter", meaning, act, labels)
    made = _Counter(name, meaning, tuple(values), registry=REGISTRY)
    made.declared = values
    listed = [said for said in values.values() if not isinstance(said, Open)]
    if values and len(listed) == len(values):
        # from 0 on, so that an alarm sees the first time too: what appears as 1 has not increased
        for combination in product(*map(sorted, listed)):
            made.labels(*combination)
    return made


def gauge(name: str, meaning: str, *, act: str, labels: Labels | None = None) -> Gauge:
    """Something as it stands now."""
    values = _define(name, "gauge", meaning, act, labels)
    made = _Gauge(name, meaning, tuple(values), registry=REGISTRY)
    made.declared = values
    return made


def histogram(
    name: str, meaning: str, *, act: str, labels: Labels | None = None, buckets: tuple[float, ...]
) -> Histogram:
    """How something is spread; buckets in the unit that the name ends in."""
    values = _define(name, "histogram", meaning, act, labels)
    made = _Histogram(name, meaning, tuple(values), registry=REGISTRY, buckets=buckets)
    made.declared = values
    return made


def _define(name: str, kind: str, meaning: str, act: str, labels: Labels | None) -> Mapping[str, Values]:
    declared = (labels or {}).items()
    values = {label: said if isinstance(said, Open) else frozenset(map(str, said)) for label, said in declared}
    DEFINITIONS.append(Definition(name, kind, values, meaning, act))
    return values
