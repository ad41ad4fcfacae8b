"""How a person shows that a request is theirs: its receipt code, and a number that was given with it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Request as HttpRequest
from pydantic import Field

from intake import metrics
from intake.api.addresses import forwarded
from intake.api.fields import Body, RawPhone
from intake.api.reading import broken, read_phone
from intake.commands.guard import Guard, TooManyError
from intake.commands.status_desk import StatusDesk
from intake.store import Request
from legalaid import ids
from legalaid.http import FieldError, Problem


class PersonProof(Body):
    """A receipt code and the telephone number that was given with the request."""

    receipt_code: Annotated[str, Field(min_length=10, max_length=30)]
    """Ten digits, in groups or not."""
    phone: Annotated[RawPhone, Field(min_length=1)]


@dataclass(frozen=True)
class Proved:
    """Whose proof was right."""

    request: Request
    phone: str
    """E.164."""


class Prover:
    """Looks at proofs, and slows down who guesses. ``address_header`` as in ``GuardSettings``."""

    def __init__(self, desk: StatusDesk, guard: Guard, address_header: str) -> None:
        self._desk = desk
        self._guard = guard
        self._address_header = address_header

    async def prove(self, proof: PersonProof, request: HttpRequest) -> Proved:
        """Raises the 404 problem ``no-match`` for an unknown code and for a wrong number alike, 422 and 429."""
        code, phone = _read(proof)
        try:
            attempt = await self._guard.begin(code, phone, forwarded(request, self._address_header))
        except TooManyError as error:
            metrics.STATUS_CHECKS.labels("too-many").inc()
            advice = "It was not looked at. Ask again after Retry-After."
            raise Problem(
                429, "too-many-attempts", "Too many failed checks", advice, retry_after=error.retry_after
            ) from None
        found = await self._desk.find(code, phone)
        if found is None:
            metrics.STATUS_CHECKS.labels("no-match").inc()
            advice = "Check the receipt code, and give the number that was given with the request."
            raise Problem(404, "no-match", "This code and this number do not belong together", advice)
        await attempt.succeeded()
        return Proved(found, phone)


def _read(proof: PersonProof) -> tuple[str, str]:
    errors: list[FieldError] = []
    code = ids.compact_receipt_code(proof.receipt_code)
    if not ids.is_receipt_code(code):
        errors.append(FieldError("/receipt_code", "Ten digits; one of them was misread.", "receipt_code"))
    phone = read_phone(proof.phone, "/phone", errors)
    if phone is None and not any(error.pointer == "/phone" for error in errors):
        errors.append(FieldError("/phone", "The number that was given with the request.", "phone"))
    if errors or phone is None:
        raise broken(errors)
    return code, phone
