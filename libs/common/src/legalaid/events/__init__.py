"""The contract: every event type that the services exchange, its model, topic, owner and consumers.

Importing this package registers all types. ``python -m legalaid.events`` lists, explains and validates them.
"""

from legalaid.events import calls, cases, centres, notices, requests
from legalaid.events.base import Event, EventData, Place, Retention, Topic, registered
from legalaid.events.sealed import Compartment, Sealed
from legalaid.events.wire import Message, UndecodableError, decode, encode

TOPICS: tuple[Topic, ...] = (requests.TOPIC, calls.TOPIC, cases.TOPIC, centres.TOPIC, notices.TOPIC)
TYPES: dict[str, type[EventData]] = registered()

__all__ = [
    "TOPICS",
    "TYPES",
    "Compartment",
    "Event",
    "EventData",
    "Message",
    "Place",
    "Retention",
    "Sealed",
    "Topic",
    "UndecodableError",
    "calls",
    "cases",
    "centres",
    "decode",
    "encode",
    "notices",
    "requests",
]
