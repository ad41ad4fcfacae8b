"""``/v1/status-checks``: whoever has a receipt code and the number that belongs to it may ask how things stand."""

from fastapi import APIRouter, Depends
from fastapi import Request as HttpRequest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from intake import metrics
from intake.api import answers
from intake.api.proof import PersonProof, Prover
from intake.commands.status_desk import StatusDesk
from intake.rules.statuses import words
from legalaid.http import LeanRoute, require


class StatusCheck(PersonProof):
    """A receipt code and the telephone number that was given with the request."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"receipt_code": "123 456 7890", "phone": "0912 345 678"}]}
    )


class StatusAnswer(BaseModel):
    """How things stand, in words that reveal nothing of the matter."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    status_text: str = Field(examples=["Yêu cầu đã được tiếp nhận và đang được xử lý."])
    """One sentence in Vietnamese, to be shown or read out as it is."""
    updated_at: AwareDatetime


def router(desk: StatusDesk, prover: Prover) -> APIRouter:
    """The routes."""
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
        proved = await prover.prove(body, request)
        metrics.STATUS_CHECKS.labels("told").inc()
        status, since = await desk.status(proved.request)
        return StatusAnswer(status_text=words(status), updated_at=since)

    return routes
