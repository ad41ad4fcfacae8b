"""``/v1/requests``: posting, amending, withdrawing and looking at a request."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi import Request as HttpRequest

from intake.api import answers
from intake.api.answers import Change, Receipt, Standing, refuse
from intake.api.bodies import Amendment, NewRequest
from intake.api.reading import broken, canonical, tell
from intake.commands import changes
from intake.commands.changes import Changes, EndedError, UnknownRequestError
from intake.commands.reception import KeyReusedError, Reception, Submission, TooManyRequestsError
from intake.rules.requests import NOTHING_TOLD, Told, faults
from intake.store import Request
from legalaid import clock, ids
from legalaid.audit import recorded
from legalaid.events.words import Channel
from legalaid.http import FieldError, LeanRoute, Principal, Problem, idempotency_key, require
from legalaid.telemetry import tracing

HOTLINE_SCOPE = "requests:hotline"
Writer = Annotated[Principal, Depends(require("requests:write"))]
Amender = Annotated[Principal, Depends(recorded("requests:write", "request.amend"))]
Withdrawer = Annotated[Principal, Depends(recorded("requests:write", "request.withdraw"))]
Reader = Annotated[Principal, Depends(recorded("requests:write", "request.read"))]
Key = Annotated[str, Depends(idempotency_key)]
RequestId = Annotated[str, Path(pattern=ids.UUID_PATTERN)]


def router(reception: Reception, changing: Changes) -> APIRouter:  # noqa: C901 - one function per route
    """The routes."""
    routes = APIRouter(prefix="/v1/requests", route_class=LeanRoute, tags=["requests"])

    @routes.post(
        "",
        status_code=201,
        response_model=Receipt,
        responses=answers.replayable(201, "Accepted: stored for good, and sure to be dealt with.") | answers.TOO_MANY,
        summary="Ask for legal aid",
    )
    async def post(body: NewRequest, request: HttpRequest, who: Writer, key: Key) -> Response:
        """The answer comes after the request is stored for good; the rest of the system need not be up.

        The channel HOTLINE, with which a person may have no number, needs the scope requests:hotline as well.
        Sent again with the same Idempotency-Key and body it gets the first answer again; with another body, 422.
        Too many new ones of one number or front end: 429. Nothing is stored; the person is told to call 1800 1233.
        """
        _may_say(body.channel, who)
        told = tell(NOTHING_TOLD, body, NewRequest.model_fields.keys())
        _check(told, body.channel)
        request_id = ids.request_id(who.client, key)
        tracing.about(request_id, step="post:request")
        submission = Submission(
            request_id=request_id,
            client=who.client,
            body=canonical(await request.body()),
            channel=body.channel,
            call_id=body.call_id,
            told=told,
            received_at=clock.now(),
            traceparent=tracing.traceparent(),
        )
        try:
            accepted = await reception.submit(submission)
        except (KeyReusedError, TooManyRequestsError) as error:
            refuse(error)
        return _json(201, Receipt.of(accepted), replayed=accepted.replayed)

    @routes.post(
        "/{request_id}/amendments",
        status_code=200,
        response_model=Change,
        responses=answers.replayable(200, "Stored.") | answers.NOT_FOUND | answers.ENDED,
        summary="Change what was told",
    )
    async def amend(body: Amendment, request: HttpRequest, request_id: RequestId, who: Amender, key: Key) -> Response:
        """Each section that is given replaces that whole section. Only for the client that made the request."""
        if not body.model_fields_set:
            raise broken([FieldError("", "At least one section.", "empty")])

        def apply(before: Told, current: Request) -> Told:
            told = tell(before, body, body.model_fields_set)
            _check(told, current.state.channel)
            return told

        tracing.about(request_id, step="post:amendment")
        amendment = changes.AmendmentOrder(
            request_id=request_id,
            client=who.client,
            key=key,
            body=canonical(await request.body()),
            apply=apply,
            at=clock.now(),
            traceparent=tracing.traceparent(),
        )
        try:
            done = await changing.amend(amendment)
        except (UnknownRequestError, EndedError, KeyReusedError) as error:
            refuse(error)
        return _json(200, Change(request_id=request_id, changed_at=done.at), replayed=done.replayed)

    @routes.post(
        "/{request_id}/withdrawal",
        responses=answers.NOT_FOUND | answers.ENDED,
        summary="Take the request back",
    )
    async def withdraw(request_id: RequestId, who: Withdrawer) -> Change:
        """The person no longer asks. Sent again it changes nothing and gets the first answer again."""
        tracing.about(request_id, step="post:withdrawal")
        try:
            at = await changing.withdraw(request_id, who.client, clock.now(), tracing.traceparent())
        except (UnknownRequestError, EndedError) as error:
            refuse(error)
        return Change(request_id=request_id, changed_at=at)

    @routes.get("/{request_id}", responses=answers.NOT_FOUND, summary="How a request stands")
    async def get(request_id: RequestId, who: Reader) -> Standing:
        """Nothing personal; only for the client that made the request."""
        try:
            found = await changing.find(request_id, who.client)
        except UnknownRequestError as error:
            refuse(error)
        return Standing.of(found, *await changing.status(found))

    return routes


def _may_say(channel: Channel, who: Principal) -> None:
    """HOTLINE means that a person at intake spoke with the caller: only a token that says so may say it."""
    if channel is Channel.HOTLINE and HOTLINE_SCOPE not in who.scopes:
        challenge = f'Bearer error="insufficient_scope", scope="{HOTLINE_SCOPE}"'
        advice = f"The channel HOTLINE needs {HOTLINE_SCOPE}. From the app the channel is APP."
        raise Problem(403, "forbidden", "You may not do this", advice, headers={"WWW-Authenticate": challenge})


def _check(told: Told, channel: Channel) -> None:
    found = faults(told, channel, _today())
    if found:
        raise broken([FieldError(fault.pointer, fault.detail, fault.code) for fault in found])


def _today() -> date:
    return clock.now().astimezone(clock.VIETNAM).date()


def _json(status: int, answer: Receipt | Change, *, replayed: bool) -> Response:
    headers = {answers.REPLAYED: "true"} if replayed else None
    return Response(answer.model_dump_json(), status, headers, "application/json")
