"""Zalo's webhook: the only proof in Vietnam that a message reached the handset.

Its body names the person's number (``recipient.id``): nothing of it is logged, quoted or kept but what is named here.
Signed by plain SHA-256 of the app's id (in some descriptions the account's), the raw body, its timestamp and the
account's secret (third-party specifications of 2026). It comes at least once, again within two hours, and in any order.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from legalaid import clock
from legalaid.events.words import NoticeChannel
from legalaid.http import LeanRoute, Problem
from legalaid.ids import Id
from notify import metrics
from notify.commands.receipts import Receipts
from notify.inbox import Inbox, IncomingText
from notify.notice import DeliveryReceipt
from notify.settings import ZaloSettings

log = structlog.get_logger()

_OLDEST, _AHEAD = timedelta(hours=3), timedelta(minutes=5)
"""It tries again for two hours; a clock may be a little wrong."""
_CHANGES: Final = {
    "change_oa_daily_quota": "quota",
    "change_template_status": "template-status",
    "change_template_quality": "template-quality",
}
_REFUSED: dict[int | str, dict[str, Any]] = {403: {"description": "The signature is wrong, or the call too old."}}


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


Milliseconds = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[0-9]{1,13}$")]
"""Since 1970, as Zalo writes it: a number, or its text."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Envelope(_Part):
    """What every event has."""

    event_name: str
    timestamp: Milliseconds


class _Message(_Part):
    tracking_id: Id
    msg_id: str = Field(max_length=100)
    delivery_time: Milliseconds


class _Received(_Part):
    """``user_received_message`` of a template message. Without a delivery time it is an ordinary message's."""

    message: _Message


class _Sender(_Part):
    id: str = Field(max_length=100)


class _Text(_Part):
    msg_id: str = Field(min_length=1, max_length=100)
    text: str = Field(max_length=10_000)


class _Written(_Part):
    """``user_send_text``: Zalo's own id of the person, and what they wrote."""

    sender: _Sender
    message: _Text


def router(receipts: Receipts, inbox: Inbox, settings: ZaloSettings) -> APIRouter:
    """The route that Zalo calls; without a secret it believes nobody."""
    routes = APIRouter(route_class=LeanRoute, tags=["webhooks"])

    @routes.post("/v1/webhooks/zalo", responses=_REFUSED)
    async def webhook(request: Request) -> Response:
        """What Zalo tells: a message reached the handset, somebody wrote to us, our quota or a text has changed."""
        body = await request.body()
        event = _believed(body, request.headers.get("x-zevent-signature", ""), settings)
        if event.event_name == "user_received_message":
            await _prove(receipts, body)
        elif event.event_name == "user_send_text":
            await _keep(inbox, body)
        elif event.event_name in _CHANGES:
            metrics.PROVIDER_CHANGES.labels("zalo", _CHANGES[event.event_name]).inc()
            log.warning("provider_changed", provider="zalo", what=_CHANGES[event.event_name])
        return Response(status_code=200)

    return routes


def _believed(body: bytes, signature: str, settings: ZaloSettings) -> _Envelope:
    """The event, if Zalo signed it lately. Raises a 403 problem, in words that do not tell what was wrong."""
    try:
        event = _Envelope.model_validate_json(body)
    except ValidationError:
        raise _refused() from None
    passed = clock.real_now() - _moment(event.timestamp)
    secret = settings.oa_secret.get_secret_value().encode()
    signed = body + event.timestamp.encode() + secret
    macs = [sha256(who.encode() + signed).hexdigest() for who in (settings.app_id, settings.oa_id)]
    good = [hmac.compare_digest(f"mac={mac}".encode(), signature.encode()) for mac in macs]
    if not (secret and -_AHEAD <= passed <= _OLDEST and any(good)):
        raise _refused()
    return event


def _refused() -> Problem:
    metrics.WEBHOOKS_REFUSED.labels("zalo").inc()
    return Problem(403, "forbidden", "This call is not believed", "Its signature or its time is wrong.")


async def _prove(receipts: Receipts, body: bytes) -> None:
    try:
        message = _Received.model_validate_json(body).message
    except ValidationError:
        return  # an ordinary message of the account, none of ours
    ago = clock.real_now() - _moment(message.delivery_time)  # in real time, which ours may not be
    proved_at = clock.now() - ago
    proved_at = proved_at.replace(microsecond=proved_at.microsecond // 1000 * 1000)  # the store keeps no more
    heard = await receipts.take(message.tracking_id, DeliveryReceipt("zalo", message.msg_id, proved_at))
    metrics.RECEIPTS.labels("zalo", heard).inc()


async def _keep(inbox: Inbox, body: bytes) -> None:
    try:
        written = _Written.model_validate_json(body)
    except ValidationError:
        return
    content = IncomingText(sender=written.sender.id, text=written.message.text)
    kept = await inbox.take(NoticeChannel.ZALO, "zalo", written.message.msg_id, content)
    if kept is not None:
        metrics.INCOMING.labels("zalo", kept.wants).inc()


def _moment(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
