"""``/v1/calls``: the telephone exchange reports the life of each call."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from intake.api.fields import Body, RawPhone
from intake.api.reading import broken, caller
from intake.commands.switchboard import Logged, Ring, Switchboard
from intake.rules.callbacks import spoken
from intake.rules.calls import CallState, Report
from legalaid import clock, ids
from legalaid.events.words import CallOutcome
from legalaid.http import FieldError, LeanRoute, Principal, require
from legalaid.http.times import Time
from legalaid.ids import Id
from legalaid.telemetry import tracing
from legalaid.vietnam.calendar import WorkingCalendar

Exchange = Annotated[Principal, Depends(require("calls:write"))]


class CallReport(Body):
    """One thing that happened to a call. Any order, any number of times: of each state the first report counts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "exchange_call_id": "pbx-1-20261123-000123",
                    "phone": "0912345678",
                    "state": "ENDED",
                    "at": "2026-11-23T09:15:00+07:00",
                    "outcome": "MISSED",
                }
            ]
        }
    )

    exchange_call_id: Annotated[str, Field(min_length=1, max_length=128)]
    """The exchange's own name for the call, the same in all its reports."""
    phone: RawPhone | None = None
    """As the exchange shows it. Withheld, no number, or neither a Vietnamese mobile nor landline: no callback."""
    state: CallState
    at: Time
    """When it happened, by the exchange's clock. A time ahead of ours is taken as now."""
    outcome: CallOutcome | None = None
    """With ENDED, and only then. COMPLETED: an operator spoke with the caller."""


class PromisedCallback(BaseModel):
    """The call that we owe."""

    due_at: AwareDatetime
    spoken: str = Field(examples=["Chúng tôi sẽ gọi lại trước 10 giờ sáng thứ Tư ngày 25 tháng 11."])


class CallAnswer(BaseModel):
    """Stored. What to tell the caller, if they are still there."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    call_id: Id
    in_hours: bool
    """Whether the hotline was open at the time of this report."""
    callback: PromisedCallback | None

    @classmethod
    def of(cls, ring: Ring, logged: Logged) -> Self:
        """The promise is the first one made, whichever report led to it."""
        due = logged.callback and logged.callback.due_at
        promised = due and PromisedCallback(due_at=due, spoken=spoken(due.astimezone(clock.VIETNAM)))
        return cls(call_id=ring.call_id, in_hours=ring.report.in_hours, callback=promised)


def router(switchboard: Switchboard, calendar: WorkingCalendar) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1/calls", route_class=LeanRoute, tags=["calls"])

    @routes.post(
        "",
        response_model=CallAnswer,
        responses={
            200: {"description": "Stored; the call was known."},
            201: {"description": "Stored; this was the first report of the call.", "model": CallAnswer},
        },
        summary="Report what happened to a call",
    )
    async def post(body: CallReport, who: Exchange) -> Response:
        """A call that nobody answered, or that came while we are closed, is owed back by ``callback.due_at``.

        While one is owed to its number, a further call gets the promise that was made for that one.
        """
        if (body.outcome is not None) != (body.state is CallState.ENDED):
            raise broken([FieldError("/outcome", "With the state ENDED, and only then.", "outcome")])
        now = clock.now()
        at = min(body.at, now)
        call_id = ids.call_id(who.client, body.exchange_call_id)
        tracing.about(call_id, step="post:call")
        ring = Ring(
            call_id=call_id,
            report=Report(body.state, at, calendar.is_open(at), body.outcome),
            phone=caller(body.phone),
            heard_at=now,
            traceparent=tracing.traceparent(),
        )
        logged = await switchboard.report(ring)
        answer = CallAnswer.of(ring, logged).model_dump_json()
        return Response(answer, 201 if logged.is_new else 200, media_type="application/json")

    return routes
