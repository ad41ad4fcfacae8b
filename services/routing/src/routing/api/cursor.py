"""Where a page of the work-list ends, as text that only we read."""

import base64
import binascii
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from legalaid.http import FieldError, Problem
from legalaid.http.times import Time
from routing.store import Position

_TIME: Final = TypeAdapter[datetime](Time)
"""A cursor is a caller's input like any other, so its time is read like any other."""


def to_cursor(position: Position) -> str:
    """The position as opaque text."""
    due_at, case_id = position
    return base64.urlsafe_b64encode(f"{due_at.isoformat() if due_at else ''} {case_id}".encode()).decode()


def from_cursor(cursor: str) -> Position:
    """Raises a 422 problem for a cursor that we did not make."""
    try:
        due_at, case_id = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().split(" ")
        return _TIME.validate_python(due_at) if due_at else None, case_id
    except (ValueError, binascii.Error):
        errors = [FieldError("/query/cursor", "The next_cursor of the page before.", "cursor")]
        raise Problem(422, "invalid", "The request breaks a rule", errors=errors) from None
