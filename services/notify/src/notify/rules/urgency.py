"""Which urgency is somebody's word, and which is only what a form says.

What is urgent may wake a person at night. Anybody with the app can say that a stranger's number is in danger, so the
night is broken only where a person of ours spoke to the one who asks, or looked at the case.
"""

from typing import Any

from legalaid.events import Event
from legalaid.events.cases import CaseAccepted, CaseReturned, CaseState
from legalaid.events.words import Channel, RoutingReason, Status

_BY_A_PERSON = frozenset({RoutingReason.DESK_FOUND, RoutingReason.RETURNED})
_SINCE_ACCEPTED = frozenset({Status.ACCEPTED, Status.IN_PROGRESS})


def wakes(event: Event[Any]) -> bool:
    """Whether the news of ``event`` may go at night: urgent, and a person at intake, a centre or the Desk acted."""
    state: CaseState = event.data
    return state.urgent and (
        state.channel is Channel.HOTLINE
        or isinstance(state, (CaseAccepted, CaseReturned))
        or state.routing_reason in _BY_A_PERSON
        or state.status in _SINCE_ACCEPTED
    )
