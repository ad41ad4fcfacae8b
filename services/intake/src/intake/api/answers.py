"""What front ends are answered, and the problems that only some paths have."""

from typing import Any, NoReturn, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from intake.commands.changes import EndedError, UnknownRequestError
from intake.commands.reception import Accepted, KeyReusedError, TooManyRequestsError
from intake.store import Request
from legalaid import ids
from legalaid.events import Place
from legalaid.events.words import Status
from legalaid.http import Problem
from legalaid.ids import Id, ReceiptCode

REPLAYED = "Idempotency-Replayed"

NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "No such request of this client."}}
ENDED: dict[int | str, dict[str, Any]] = {409: {"description": "The request was withdrawn or its case has ended."}}
NO_MATCH: dict[int | str, dict[str, Any]] = {
    404: {"description": "This code and this number do not belong together, or do not exist."},
    429: {"description": "Too many failed checks: not looked at (Retry-After)."},
}
TOO_MANY: dict[int | str, dict[str, Any]] = {
    429: {"description": "Too many requests of one number or front end: not stored (Retry-After)."}
}


def replayable(status: int, description: str) -> dict[int | str, dict[str, Any]]:
    """An answer that a resend gets again."""
    header = {"description": "true when this was asked before: nothing was done again.", "schema": {"type": "string"}}
    return {status: {"description": description, "headers": {REPLAYED: header}}}


def refuse(error: UnknownRequestError | EndedError | KeyReusedError | TooManyRequestsError) -> NoReturn:
    """Raises the problem that tells ``error``."""
    match error:
        case UnknownRequestError():
            raise Problem(404, "not-found", "There is no such request") from None
        case EndedError():
            advice = "Nothing of it can change any more; what is asked anew is a new request."
            raise Problem(409, "ended", "The request has ended", advice) from None
        case KeyReusedError():
            advice = "It was used for another body. A new thing asked needs a new key."
            raise Problem(422, "idempotency-key-reused", "This Idempotency-Key was used before", advice) from None
        case TooManyRequestsError(retry_after=seconds):
            advice = (
                "Nothing was stored. Who needs help now calls 1800 1233 (free); at other times send it again later."
            )
            raise Problem(429, "too-many-requests", "Too many requests", advice, retry_after=seconds) from None


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Receipt(_Answer):
    """Accepted: it is stored, and will be dealt with."""

    request_id: Id
    receipt_code: ReceiptCode
    """Ten digits with a check digit. Whoever has it and the telephone number may ask how it stands."""
    receipt_code_spoken: str = Field(examples=["123 456 7890"])
    """In groups, to be read out."""
    received_at: AwareDatetime
    status: Status = Status.RECEIVED

    @classmethod
    def of(cls, accepted: Accepted) -> Self:
        """The same for a resend as for the first."""
        code = accepted.receipt_code
        return cls(
            request_id=accepted.request_id,
            receipt_code=code,
            receipt_code_spoken=ids.spoken_receipt_code(code),
            received_at=accepted.received_at,
        )


class Standing(_Answer):
    """A request as it stands, without anything personal."""

    request_id: Id
    receipt_code: ReceiptCode
    receipt_code_spoken: str = Field(examples=["123 456 7890"])
    received_at: AwareDatetime
    status: Status
    updated_at: AwareDatetime
    """Since when the status is so."""
    urgent: bool
    residence: Place | None
    """As we understood it; null: the Desk will find it."""
    matter_place: Place | None

    @classmethod
    def of(cls, request: Request, status: Status, since: AwareDatetime) -> Self:
        """From the document and its case."""
        state = request.state
        return cls(
            request_id=request.id,
            receipt_code=state.receipt_code,
            receipt_code_spoken=ids.spoken_receipt_code(state.receipt_code),
            received_at=state.received_at,
            status=status,
            updated_at=since,
            urgent=state.urgent,
            residence=state.residence,
            matter_place=state.matter_place,
        )


class Change(_Answer):
    """The change is stored."""

    request_id: Id
    changed_at: AwareDatetime
