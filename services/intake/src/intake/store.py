"""The collections of intake: requests, calls, what became of requests, and attempts to look at one."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from intake.rules.calls import Life
from legalaid.events.people import Contact
from legalaid.events.requests import RequestState
from legalaid.events.sealed import Sealed
from legalaid.events.words import CallbackReason, Status
from legalaid.store import Aggregate, Documents, Index, Store, transient

DATABASE: Final = "intake"


class Command(BaseModel):
    """An amendment that was made, so that a resend of it is recognised."""

    fingerprint: str
    at: datetime


class Request(Aggregate):
    """A request as it stands."""

    client: str
    """The front end that made it, and alone may change it."""
    fingerprint: str
    """Of the body it was made from, so that a resend is told from another request under the same key."""
    state: RequestState
    withdrawn_at: datetime | None = None
    commands: dict[str, Command] = Field(default_factory=dict)


class Callback(BaseModel):
    """A call that we owe, as it was promised. A promise is made once."""

    reason: CallbackReason
    owed_at: datetime
    due_at: datetime


class Call(Aggregate):
    """A call as the exchange has reported it so far."""

    life: Life = Life()
    contact: Sealed[Contact] | None = None
    """None while no number is known: who withholds it cannot be called back."""
    callback: Callback | None = None
    callback_waiting: bool = False
    """Whether the callback is still to be made."""


class CaseStatus(Aggregate):
    """What routing last said of the case that a request became; same id."""

    status: Status
    changed_at: datetime


class IntakeStore:
    """All collections. ``create_indexes`` runs at the start of every process."""

    def __init__(self, store: Store) -> None:
        self.requests = Documents(
            store, DATABASE, "requests", Request, indexes=[Index("state.receipt_code", unique=True)]
        )
        self.calls = Documents(
            store,
            DATABASE,
            "calls",
            Call,
            indexes=[Index("callback_waiting", partial={"callback_waiting": True})],
        )
        self.statuses = Documents(store, DATABASE, "statuses", CaseStatus)

    async def create_indexes(self) -> None:
        """Create what is missing."""
        for documents in (self.requests, self.calls, self.statuses):
            await documents.create_indexes()

    async def callbacks_waiting(self) -> int:
        """How many calls are owed and not yet returned."""
        with transient():
            return await self.calls.collection.count_documents({"callback_waiting": True})
