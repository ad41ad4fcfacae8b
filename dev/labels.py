"""The values that each label of a metric may take, so that no metric grows without bound or names a person."""

import json
import re
from collections.abc import Iterable, Mapping

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from dev.machine.paths import ROOT
from dev.stack.installation import SERVICES
from legalaid.events import cases
from legalaid.events.base import registered
from legalaid.events.words import CallbackReason, CaseKind, Channel, NoticeChannel, OwnerKind, Status
from legalaid.vietnam import units
from notify.notice import State

Values = frozenset[str] | re.Pattern[str]

_TOPICS = {model.topic for model in registered().values()}
_DEAD = (
    "bad-attribute",
    "bad-data",
    "decode-error",
    "gap",
    "handler-error",
    "missing-attribute",
    "not-cloudevents",
    "sealed-box",
    "store-refused",
    "too-large",
    "unknown-type",
    "wrong-topic",
)
_COLLECTIONS = ("requests", "calls", "statuses", "cases", "centres", "notices", "facts")


def _of(values: Iterable[str]) -> frozenset[str]:
    return frozenset(map(str, values))


_PROVINCES = _of((*units.provinces(), ""))
_OWNERS = _of(OwnerKind)
_ROUTES = (path for file in (ROOT / "docs/openapi").glob("*.json") for path in json.loads(file.read_bytes())["paths"])
_OPEN = _of(status for status in Status if status.is_open)

VALUES: Mapping[str, Values] = {
    "group": _of(SERVICES),
    "topic": _of(topic.name for topic in _TOPICS),
    "partition": _of(map(str, range(max(topic.partitions for topic in _TOPICS)))),
    "reason": _of((*_DEAD, *CallbackReason)),
    "outcome": _of(("ok", "rebalanced", "failed")),
    "method": _of(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other")),
    "route": _of((*_ROUTES, "/livez", "/readyz", "/metrics", "/docs", "/openapi.json", "unmatched")),
    "channel": _of((*Channel, *NoticeChannel)),
    "answer": _of(("new", "resent", "key-reused", "told", "no-match", "too-many")),
    "type": _of(registered()),
    "owner": _OWNERS,
    "province": _PROVINCES,
    "command": _of(("accept", "return", "assign", "callback-done")),
    "result": _of(("done", "replayed", "conflict")),
    "collection": _of(_COLLECTIONS),
    "gateway": _of(("simulated", "esms")),
    "code": re.compile(r"http-\d{3}|esms-(\d{1,5}|other)|answer-lost|[A-Z][A-Za-z]+|cannot-be-asked"),
    "kind": _of(CaseKind),
    "due": _of(("overdue", "day", "three_days", "later")),
    "service": _of(SERVICES),
    "version": re.compile(r"[0-9A-Za-z.+-]{1,40}"),
    "revision": re.compile(r"[0-9a-f]{7,40}|unknown"),
}
"""By label. A pattern stands where others number what they say: codes of gateways, versions."""
OWN: Mapping[tuple[str, str], Values] = {
    ("legalaid_http_request_duration_seconds", "status"): re.compile(r"[0-9]{3}|0"),
    ("legalaid_intake_calls_total", "state"): _of(("STARTED", "ANSWERED", "ENDED")),
    ("legalaid_routing_case_events_total", "type"): _of(
        name for name, model in registered().items() if model.topic is cases.TOPIC
    ),
    ("legalaid_routing_case_events_total", "owner"): _OWNERS | {"NONE"},
    ("legalaid_routing_open_cases", "status"): _OPEN,
    ("legalaid_notify_notices", "state"): _of(State),
    ("legalaid_notify_outcomes_total", "state"): _of(State),
}
"""By metric and label, where one label means several things."""


def values(metric: str, label: str) -> Values | None:
    """What the label of that metric may be; None when nobody has said."""
    return OWN.get((metric, label)) or VALUES.get(label)


def most_series(metric: str, labels: Iterable[str]) -> int:
    """How many series the metric can have in one process, as far as its labels can be listed."""
    number = 1
    for label in labels:
        known = values(metric, label)
        number *= len(known) if isinstance(known, frozenset) else 1
    return number


def unknown(text: str) -> list[str]:
    """Labels with a value that is not known beforehand, in what a process answers to a scraper."""
    return sorted(
        {
            f"{family.name} {label}={value}"
            for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # prometheus-client has no types here
            if family.name.startswith("legalaid_")
            for sample in family.samples
            for label, value in sample.labels.items()
            if label != "le" and not _allows(_values_of(family.name, label), value)
        }
    )


def _values_of(family: str, label: str) -> Values | None:
    """A counter's family has no ``_total``."""
    return OWN.get((f"{family}_total", label)) or values(family, label)


def _allows(known: Values | None, value: str) -> bool:
    if isinstance(known, frozenset):
        return value in known
    return known is not None and known.fullmatch(value) is not None
