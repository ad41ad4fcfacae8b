"""A page of the cases that a centre holds, what is due first at the top."""

import base64
import binascii
from datetime import datetime
from typing import Any

from legalaid.events.words import Status
from legalaid.http import FieldError, Problem
from legalaid.store import Documents, transient
from routing.store import Case

Position = tuple[datetime | None, str]
"""Where a page ends: the due time and id of its last case."""


def to_cursor(position: Position) -> str:
    """The position as opaque text."""
    due_at, case_id = position
    return base64.urlsafe_b64encode(f"{due_at.isoformat() if due_at else ''} {case_id}".encode()).decode()


def from_cursor(cursor: str) -> Position:
    """Raises a 422 problem for a cursor that we did not make."""
    try:
        due_at, case_id = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().split(" ")
        return datetime.fromisoformat(due_at) if due_at else None, case_id
    except (ValueError, binascii.Error):
        errors = [FieldError("/query/cursor", "The next_cursor of the page before.", "cursor")]
        raise Problem(422, "invalid", "The request breaks a rule", errors=errors) from None


async def find(
    cases: Documents[Case],
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
        due_at, case_id = after
        behind: list[dict[str, Any]] = [{"state.due_at": due_at, "_id": {"$gt": case_id}}]
        if due_at is not None:
            behind.append({"state.due_at": {"$gt": due_at}})
        wanted.append({"$or": behind})
    with transient():
        found = cases.collection.find({"$and": wanted}, sort=[("state.due_at", 1), ("_id", 1)], limit=limit)
        return [Case.from_document(document) for document in await found.to_list(None)]
