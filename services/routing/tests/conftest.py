"""What intake would have published, for tests of the stage after it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from legalaid import ids
from legalaid.events import Event, EventData, calls, requests
from legalaid.events.base import Place
from legalaid.events.people import Contact, Facts, Person, Story
from legalaid.events.words import CallbackReason, Channel
from legalaid.sealed import COMPARTMENTS, Keys, new_settings
from legalaid.sealed.keys import KeyEncryptionKeys
from legalaid.vietnam import calendar
from routing import tables
from routing.rules.rulebook import Rulebook

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday, 9 o'clock in Vietnam; the 24th is a day of rest."""
KEKS = KeyEncryptionKeys(new_settings())


class Intake:
    """Makes the events of intake, numbered as intake numbers them."""

    def __init__(self) -> None:
        self.keys: dict[str, Keys] = {}
        self._sequences: dict[str, int] = {}

    def keys_of(self, owner: str) -> Keys:
        if owner not in self.keys:
            plain = {compartment: AESGCM.generate_key(256) for compartment in COMPARTMENTS}
            wrapped = {compartment: KEKS.wrap(compartment, key) for compartment, key in plain.items()}
            self.keys[owner] = Keys(owner, wrapped, KEKS, plain)
        return self.keys[owner]

    def received(self, request_id: str, **about: Any) -> Event[Any]:
        return self._event(requests.RequestReceived(**self._state(request_id, about)), request_id, AT)

    def amended(self, request_id: str, at: datetime, **about: Any) -> Event[Any]:
        return self._event(requests.RequestAmended(**self._state(request_id, about)), request_id, at)

    def withdrawn(self, request_id: str, at: datetime) -> Event[Any]:
        return self._event(requests.RequestWithdrawn(request_id=request_id, withdrawn_at=at), request_id, at)

    def owed(self, call_id: str, at: datetime = AT) -> Event[Any]:
        data = calls.CallbackOwed(
            call_id=call_id,
            owed_at=at,
            due_at=at + timedelta(hours=2),
            reason=CallbackReason.MISSED,
            contact=self.keys_of(call_id).seal(Contact(person=Person(phone="+84912345678"))),
        )
        event = self._event(data, call_id, at)
        return replace(event, sequence=event.sequence + 2)  # the call was started and ended before

    def _state(self, request_id: str, about: dict[str, Any]) -> dict[str, Any]:
        keys = self.keys_of(request_id)
        contact = Contact(person=Person(name="Vàng Thị Mỷ", phone="+84912345678"))
        facts = about.pop("facts", Facts())
        return {
            "request_id": request_id,
            "receipt_code": "1234567897",
            "channel": Channel.HOTLINE,
            "received_at": AT,
            "urgent": False,
            "residence": Place(province="11", commune="03160"),
            "matter_place": None,
            "contact": keys.seal(contact),
            "facts": keys.seal(facts),
            "story": keys.seal(Story(text="Bị đánh.")),
        } | about

    def _event(self, data: EventData, subject: str, at: datetime) -> Event[Any]:
        sequence = self._sequences[subject] = self._sequences.get(subject, 0) + 1
        event_id = ids.event_id(subject, data.event_type, sequence)
        return Event(event_id, subject, sequence, at, subject, data)


@pytest.fixture
def told() -> Intake:
    return Intake()


@pytest.fixture(scope="session")
def rules() -> Rulebook:
    return Rulebook(tables.load_law(None, date(2026, 11, 23)), tables.load_directory(None), calendar.load())
