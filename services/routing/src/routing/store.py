"""The collections of routing: cases, and the directory as it was last published."""

from datetime import date, datetime, time
from typing import Any, Final

from pydantic import BaseModel, Field, PrivateAttr

from legalaid.clock import VIETNAM
from legalaid.events.base import Place
from legalaid.events.cases import CaseState
from legalaid.events.centres import CentrePublished
from legalaid.events.people import Facts, Story
from legalaid.events.sealed import Sealed
from legalaid.events.words import Status
from legalaid.sealed import Keys
from legalaid.store import ANY_TIME, Aggregate, Documents, Index, Store, tally, transient
from routing.rules.comparison import Stored
from routing.rules.decision import DecisionRecord

DATABASE: Final = "routing"
OPEN: Final = {"state.due_at": ANY_TIME}
"""The cases that somebody still has to act on: what a census counts."""


Position = tuple[datetime | None, str]
"""Where a page of the work-list ends: the due time and id of its last case."""


class Link(BaseModel):
    """The request that goes on with it, and what said so: in which an owed call was taken up, or that was first."""

    request_id: str
    event_id: str
    at: datetime
    traceparent: str | None = None


class Case(Aggregate):
    """A case. One without a ``state`` is an owed call that a request took up before we heard that it is owed."""

    state: CaseState | None = None
    correlation_id: str = ""
    """Of the event that opened it."""
    story: Sealed[Story] | None = None
    record: Sealed[DecisionRecord] | None = None
    """Why it stands as it does."""
    residence: Place | None = None
    matter_place: Place | None = None
    held_by: str | None = None
    """The code of its owner, and of its last owner once it has ended: whose people may see it."""
    accepted_at: datetime | None = None
    """When a centre accepted it; None too for what was accepted before this was kept."""
    returned_by: list[str] = Field(default_factory=list)
    link: Link | None = None
    renewed_for: str | None = None
    """The change of the law after which it was last looked at again."""
    commands: dict[str, str] = Field(default_factory=dict)
    """What was commanded, by command id, so that a resend is told from another command."""

    _happenings: tuple[CaseState, ...] = PrivateAttr(())

    @property
    def happenings(self) -> tuple[CaseState, ...]:
        """The events that it got since it was loaded."""
        return self._happenings

    def happened(
        self, event: type[CaseState], state: CaseState, *, cause: str, traceparent: str | None, **about: Any
    ) -> None:
        """Take ``state`` and publish it as ``event``, with what else that event says."""
        self.state = state
        if state.owner is not None:
            self.held_by = state.owner.code
        data = state if type(state) is event else _as_event(event, state, about)
        self._happenings = (*self._happenings, data)
        self.emit(
            data,
            cause=cause,
            time=state.changed_at,
            correlation_id=self.correlation_id,
            traceparent=traceparent,
        )


def _as_event(event: type[CaseState], state: CaseState, about: dict[str, Any]) -> CaseState:
    # what every state holds was checked when it was made, and costs as much again to check
    return event(**dict(state), **about) if about else event.model_construct(**dict(state))


class PublishedCentre(Aggregate):
    """A centre as it was last published; its id is its code."""

    published: CentrePublished | None = None


class Renewal(Aggregate):
    """A change of the law that all cases were looked at for; its id is the day and the version of the tables."""

    done_at: datetime


def opened(case: Case, keys: Keys) -> Stored | None:
    """The case with what its person told; None without a decision, as of an owed call."""
    if case.state is None or case.state.facts is None or case.record is None:
        return None
    return Stored(
        state=case.state,
        facts=keys.open(case.state.facts, Facts),
        record=keys.open(case.record, DecisionRecord),
        residence=case.residence,
        matter_place=case.matter_place,
        returned_by=tuple(case.returned_by),
    )


_INDEXES: Final = (
    Index(("held_by", "state.due_at", "_id"), name="work-list"),
    Index(
        ("state.due_at", "state.kind", "state.owner.kind", "state.province", "state.status"),
        partial=OPEN,
        name="census",
    ),
)
"""The census index holds all that is asked of it, so that no case is read to be counted."""


class RoutingStore:
    """All collections. ``create_indexes`` runs at the start of every process."""

    def __init__(self, store: Store) -> None:
        self.cases = Documents(store, DATABASE, "cases", Case, indexes=_INDEXES)
        self.centres = Documents(store, DATABASE, "centres", PublishedCentre)
        self.renewals = Documents(store, DATABASE, "renewals", Renewal)

    async def work_list(
        self,
        owners: frozenset[str],
        *,
        status: Status | None,
        due_before: datetime | None,
        after: Position | None,
        limit: int,
    ) -> list[Case]:
        """The cases of ``owners`` behind ``after``, by due time and id; without a status, those that are open."""
        wanted: list[dict[str, Any]] = [{"held_by": {"$in": sorted(owners)}}]
        wanted.append({"state.status": status.value} if status else {"state.due_at": {"$ne": None}})
        if due_before is not None:
            wanted.append({"state.due_at": {"$lt": due_before}})
        if after is not None:
            wanted.append(_behind(*after))
        with transient():
            found = self.cases.collection.find({"$and": wanted}, sort=[("state.due_at", 1), ("_id", 1)], limit=limit)
            return [Case.from_document(document) for document in await found.to_list(None)]

    async def open_cases(self, owners: frozenset[str], since: date | None = None) -> dict[str, int]:
        """How many open cases each of ``owners`` holds that came since that day; who holds none is not told."""
        if not owners:
            return {}
        wanted: dict[str, Any] = {"held_by": {"$in": sorted(owners)}, **OPEN}
        if since is not None:
            wanted["state.received_at"] = {"$gte": datetime.combine(since, time(), VIETNAM)}
        found = await tally(self.cases.collection, wanted, {"owner": "$held_by"})
        return {key["owner"]: row["count"] for key, row in found}

    async def create_indexes(self) -> None:
        """Create what is missing."""
        await self.cases.create_indexes()
        await self.centres.create_indexes()
        await self.renewals.create_indexes()


def _behind(due_at: datetime | None, case_id: str) -> dict[str, Any]:
    behind: list[dict[str, Any]] = [{"state.due_at": due_at, "_id": {"$gt": case_id}}]
    if due_at is not None:
        behind.append({"state.due_at": {"$gt": due_at}})
    return {"$or": behind}
