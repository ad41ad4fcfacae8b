"""``/v1/status-checks``: whoever has a receipt code and the number that belongs to it may ask how things stand."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Request as HttpRequest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from intake import metrics
from intake.api import answers
from intake.api.addresses import forwarded
from intake.api.fields import Body, RawPhone
from intake.api.reading import broken, read_phone
from intake.commands.guard import Guard, TooManyError
from intake.commands.status_desk import StatusDesk
from intake.rules.statuses import words
from legalaid import ids
from legalaid.http import FieldError, LeanRoute, Problem, require


class StatusCheck(Body):
    """A receipt code and the telephone number that was given with the request."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"receipt_code": "123 456 7890", "phone": "0912 345 678"}]}
    )

    receipt_code: Annotated[str, Field(min_length=10, max_length=30)]
    """Ten digits, in groups or not."""
    phone: Annotated[RawPhone, Field(min_length=1)]


class StatusAnswer(BaseModel):
    """How things stand, in words that reveal nothing of the matter."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    status_text: str = Field(examples=["Yêu cầu đã được tiếp nhận và đang được xử lý."])
    """One sentence in Vietnamese, to be shown or read out as it is."""
    updated_at: AwareDatetime


def router(desk: StatusDesk, guard: Guard, address_header: str) -> APIRouter:
    """The routes. ``address_header`` as in ``GuardSettings``."""
    routes = APIRouter(prefix="/v1/status-checks", route_class=LeanRoute, tags=["status"])

    @routes.post(
        "",
        dependencies=[Depends(require("status:check"))],
        responses=answers.NO_MATCH,
        summary="Ask how a request stands",
    )
    async def post(body: StatusCheck, request: HttpRequest) -> StatusAnswer:
        """An unknown code and a wrong number get the same answer. Many failures are slowed: 429, for seconds.

        A 429 says nothing of the pair. Ask again after ``Retry-After``, without troubling the person.
        """
        code, phone = _read(body)
        try:
            attempt = await guard.begin(code, phone, forwarded(request, address_header))
        except TooManyError as error:
            metrics.STATUS_CHECKS.labels("too-many").inc()
            advice = "It was not looked at. Ask again after Retry-After."
            raise Problem(
                429, "too-many-attempts", "Too many failed checks", advice, retry_after=error.retry_after
            ) from None
        found = await desk.look(code, phone)
        if found is None:
            metrics.STATUS_CHECKS.labels("no-match").inc()
            advice = "Check the receipt code, and give the number that was given with the request."
            raise Problem(404, "no-match", "This code and this number do not belong together", advice)
        await attempt.succeeded()
        metrics.STATUS_CHECKS.labels("told").inc()
        status, since = found
        return StatusAnswer(status_text=words(status), updated_at=since)

    return routes


def _read(body: StatusCheck) -> tuple[str, str]:
    errors: list[FieldError] = []
    code = ids.compact_receipt_code(body.receipt_code)
    if not ids.is_receipt_code(code):
        errors.append(FieldError("/receipt_code", "Ten digits; one of them was misread.", "receipt_code"))
    phone = read_phone(body.phone, "/phone", errors)
    if phone is None and not any(error.pointer == "/phone" for error in errors):
        errors.append(FieldError("/phone", "The number that was given with the request.", "phone"))
    if errors or phone is None:
        raise broken(errors)
    return code, phone
