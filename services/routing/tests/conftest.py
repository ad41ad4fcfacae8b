"""What intake would have published, for tests of the stage after it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dev.stack.directory import DEMONSTRATION
from legalaid.events import Event, EventData, calls, requests
from legalaid.events.people import Contact, Facts, Person, Story
from legalaid.sealed import COMPARTMENTS, Keys, new_settings
from legalaid.sealed.keys import KeyEncryptionKeys
from legalaid.testing.events import AT, happened, make
from legalaid.vietnam import calendar
from routing import tables
from routing.rules.rulebook import Rulebook

R = TypeVar("R", bound=requests.RequestState)
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
        return self._event(self._state(requests.RequestReceived, request_id, about), AT)

    def amended(self, request_id: str, at: datetime, **about: Any) -> Event[Any]:
        return self._event(self._state(requests.RequestAmended, request_id, about), at)

    def withdrawn(self, request_id: str, at: datetime) -> Event[Any]:
        return self._event(make(requests.RequestWithdrawn, request_id=request_id, withdrawn_at=at), at)

    def owed(self, call_id: str, at: datetime = AT) -> Event[Any]:
        contact = self.keys_of(call_id).seal(Contact(person=Person(phone="+84912345678")))
        due = at + timedelta(hours=2)
        event = self._event(make(calls.CallbackOwed, call_id=call_id, owed_at=at, due_at=due, contact=contact), at)
        return replace(event, sequence=event.sequence + 2)  # the call was started and ended before

    def _state(self, model: type[R], request_id: str, about: dict[str, Any]) -> R:
        keys = self.keys_of(request_id)
        boxes = {
            "contact": keys.seal(Contact(person=Person(name="Vàng Thị Mỷ", phone="+84912345678"))),
            "facts": keys.seal(about.pop("facts", Facts())),
            "story": keys.seal(Story(text="Bị đánh.")),
        }
        return make(model, request_id=request_id, **(boxes | about))

    def _event(self, data: EventData, at: datetime) -> Event[Any]:
        subject = getattr(data, data.topic.key)
        self._sequences[subject] = self._sequences.get(subject, 0) + 1
        return happened(data, self._sequences[subject], at=at)


@pytest.fixture
def told() -> Intake:
    return Intake()


@pytest.fixture(scope="session")
def rules() -> Rulebook:
    return Rulebook(tables.load_law(None, date(2026, 11, 23)), tables.load_directory(DEMONSTRATION), calendar.load())
