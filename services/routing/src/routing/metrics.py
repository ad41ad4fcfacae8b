"""What routing measures."""

from collections.abc import Iterable

from legalaid.events import cases
from legalaid.events.base import registered
from legalaid.events.cases import CaseState
from legalaid.events.words import CaseKind, OwnerKind, Status
from legalaid.store import LATER, OVERDUE
from legalaid.telemetry.registry import counter, gauge
from legalaid.vietnam import places, units
from routing.rules.renewal import Effect

_TYPES = [name for name, model in registered().items() if model.topic is cases.TOPIC]
_OPEN = [status for status in Status if status.is_open]
_PROVINCES = (*units.provinces(), "")

CASE_EVENTS = counter(
    "legalaid_routing_case_events_total",
    "Events of cases that this process wrote, by type, by the owner's kind (NONE for a case that ended) and by the "
    "province of the case (empty while unknown).",
    act="Many opened for the DESK: places are not understood, or a centre is missing in the directory.",
    labels={"type": _TYPES, "owner": (*OwnerKind, "NONE"), "province": _PROVINCES},
)
OPEN_CASES = gauge(
    "legalaid_routing_open_cases",
    "Open cases by kind, kind of owner, province of the case (empty while unknown) and status, as last counted.",
    act="Growing for days in a province: its centre has too few people, or does not look; call it.",
    labels={"kind": CaseKind, "owner": OwnerKind, "province": _PROVINCES, "status": _OPEN},
)
OPEN_CASES_DUE = gauge(
    "legalaid_routing_open_cases_due",
    "Open cases by kind of owner and by how far their due time is: overdue, within a day, three days, or later.",
    act="overdue above 0: somebody waits longer than the law or we allow; the owner's work-list shows who, due first.",
    labels={"owner": OwnerKind, "due": (OVERDUE, "day", "three_days", LATER)},
)
RENEWED = counter(
    "legalaid_routing_renewed_cases_total",
    "Cases that a change of the law concerns: judged anew by it (gained), shown to the owner while the decision stays "
    "(told), or ended without help and owed a call (call-owed).",
    act="On the day of a change: tell the centres and the Desk; python -m routing replay could say before how many.",
    labels={"effect": [effect for effect in Effect if effect is not Effect.NONE]},
)
COMMANDS = counter(
    "legalaid_routing_commands_total",
    "Officers' commands by name, and whether they were done, sent again (replayed) or did not fit a case (conflict).",
    act="Many conflicts: officers work on lists that are old; look at how their front end refreshes.",
    labels={
        "command": ("accept", "return", "assign", "link", "callback-done"),
        "result": ("done", "replayed", "conflict"),
    },
)


def count_events(happened: Iterable[CaseState]) -> None:
    """Count events of cases, once they are written."""
    for state in happened:
        owner = state.owner.kind if state.owner else "NONE"
        CASE_EVENTS.labels(state.event_type, owner, province_label(state.province)).inc()


def province_label(code: str | None) -> str:
    """Today's code of a province, so that a label has 34 values; empty where the province is not known."""
    return (places.current_province_code(code) if code else None) or ""
