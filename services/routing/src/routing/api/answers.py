"""The problems that only some paths have, and what the API description says of them."""

from collections.abc import Awaitable
from typing import Any, NoReturn

from legalaid.events.cases import CaseState
from legalaid.http import FieldError, Problem
from routing.api.views import CaseView
from routing.commands.officers import (
    REFUSALS,
    ErasedError,
    KeyReusedError,
    MovedOnError,
    NotToLinkError,
    OnlyTheDeskError,
    UnknownCaseError,
    UnknownOwnerError,
)

Responses = dict[int | str, dict[str, Any]]
NOT_FOUND: Responses = {404: {"description": "No such case, or it is not your centre's."}}
ERASED: Responses = {410: {"description": "The person's data were erased; nobody can read them any more."}}
COMMAND: Responses = NOT_FOUND | {409: {"description": "The case has moved on; the detail names its status."}}
ASSIGN: Responses = COMMAND | ERASED


async def done(command: Awaitable[CaseState]) -> CaseView:
    """The case after a command. Raises the problem that tells why it could not be carried out."""
    try:
        return CaseView.of(await command)
    except REFUSALS as error:
        refuse(error)


Refusal = (
    UnknownCaseError
    | MovedOnError
    | ErasedError
    | OnlyTheDeskError
    | UnknownOwnerError
    | NotToLinkError
    | KeyReusedError
)


def refuse(error: Refusal) -> NoReturn:
    """Raises the problem that tells ``error``."""
    match error:
        case UnknownCaseError():
            detail = "No such case, or it is not your centre's."
            raise Problem(404, "not-found", "There is nothing here", detail) from None
        case MovedOnError():
            detail = f"The case is {error.status}: it does not stand where this command needs it."
            raise Problem(409, "case-moved-on", "The case has moved on", detail) from None
        case ErasedError():
            detail = "They cannot be read any more, by anybody."
            raise Problem(410, "erased", "The person's data were erased", detail) from None
        case OnlyTheDeskError():
            raise Problem(403, "forbidden", "You may not do this", "Only the Desk does.") from None
        case UnknownOwnerError():
            wrong = FieldError("/owner", "A centre or branch of the directory that is at work.", "unknown-owner")
            raise Problem(422, "invalid", "The request breaks a rule", errors=[wrong]) from None
        case NotToLinkError():
            wrong = FieldError(
                "/case_id", "An open request that came earlier, and that your centre may see.", "not-to-link"
            )
            raise Problem(422, "invalid", "The request breaks a rule", errors=[wrong]) from None
        case KeyReusedError():
            advice = "A new command needs a new key."
            raise Problem(422, "idempotency-key-reused", "This key was used for another command", advice) from None
