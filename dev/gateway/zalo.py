"""Zalo as its platform is described: tokens that rotate, template messages by number, and its signed webhook.

It kills what it should: a refresh token that comes a second time ends the grant, and with it all its access tokens.
"""

import asyncio
import json
import secrets
from collections import Counter
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs

import aiohttp
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from dev.gateway.record import Arrival, Inbox
from legalaid import clock
from legalaid.events.words import NoticeChannel

APP_ID: Final = "4318657068771012646"
SECRET_KEY: Final = "zalo-app-secret"  # noqa: S105 - of a simulation
OA_SECRET: Final = "zalo-oa-secret"  # noqa: S105 - of a simulation
FIRST_REFRESH: Final = "zalo-first-refresh-token"
_WRONG_TOKEN, _WRONG_PARAMETER, _GRANT_OVER = -124, -1123, -14014
_AGAIN_SECONDS: Final = (30, 300, 900, 1800, 3600)
"""After so long each, a webhook that was not answered by 200 comes again."""


class ZaloBehaviour(BaseModel):
    """How it treats us."""

    model_config = ConfigDict(extra="forbid")

    lives_seconds: int = 90_000
    """Of an access token: 25 hours."""
    codes: list[int] = Field(default_factory=list)
    """What the next messages are answered with instead of 0; they are not taken."""
    drop_answers: int = 0
    """So many of the next messages are taken while the client gets no answer."""
    drop_tokens: int = 0
    """So many of the next renewals spend the refresh token while the client gets no answer."""
    webhook: str = ""
    """Where the webhook goes; empty: nowhere."""
    webhook_copies: int = 1
    """How often each event comes, as at least once allows."""
    again_speed: float = 1.0
    """By how much the waits between the attempts at one event are shortened."""
    quota: int = 20_000


class _CutOff(Response):
    """A connection that ends in the middle of the answer."""

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})


class Zalo:
    """One app with one official account, and one grant that a person gave."""

    def __init__(self, record: Inbox) -> None:
        self.record = record
        self.behaviour = ZaloBehaviour()
        self.refreshes: Counter[str] = Counter()
        """How often each refresh token was spent: what a test of two senders counts."""
        self.over = False
        self._refresh = FIRST_REFRESH
        self._access: dict[str, float] = {}
        self._taken = 0
        self._calls: set[asyncio.Task[None]] = set()

    def exchange(self, refresh: str) -> dict[str, Any]:
        """The next pair; the second use of a token ends the grant."""
        self.refreshes[refresh] += 1
        if self.over or refresh != self._refresh:
            self.over = True
            self._access.clear()
            return {"error": _GRANT_OVER, "error_name": "Invalid refresh token"}
        access, self._refresh = secrets.token_hex(16), secrets.token_hex(16)
        self._access[access] = clock.elapsed() + self.behaviour.lives_seconds
        return {"access_token": access, "refresh_token": self._refresh, "expires_in": str(self.behaviour.lives_seconds)}

    def knows(self, access: str) -> bool:
        """Whether this access token is good now."""
        return not self.over and self._access.get(access, 0) > clock.elapsed()

    def take(self, message: dict[str, Any]) -> str:
        """Write it down; its own id for it."""
        text = json.dumps({"template": message["template_id"], **message["template_data"]}, ensure_ascii=False)
        taken = self.record.take(
            message["tracking_id"],
            to=message["phone"],
            text=text,
            sender="",
            drop_repeats=False,
            provider="zalo",
            channel=NoticeChannel.ZALO,
        )
        self._taken += 1
        return taken.gateway_id

    def quota(self) -> dict[str, str]:
        """What is left of the day's quota."""
        return {"dailyQuota": str(self.behaviour.quota), "remainingQuota": str(self.behaviour.quota - self._taken)}

    def tell(self, event: dict[str, Any]) -> None:
        """Send an event to the webhook, as often and as long as it does."""
        for _ in range(self.behaviour.webhook_copies if self.behaviour.webhook else 0):
            call = asyncio.create_task(self._call(event))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _call(self, event: dict[str, Any]) -> None:
        body, headers = signed(event)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            for wait in (0, *_AGAIN_SECONDS):
                await asyncio.sleep(wait / self.behaviour.again_speed)
                try:
                    async with session.post(self.behaviour.webhook, data=body, headers=headers) as answer:
                        if answer.status == 200:  # noqa: PLR2004 - the one status that it takes for an answer
                            return
                except (aiohttp.ClientError, TimeoutError, OSError):
                    continue


def signed(event: dict[str, Any], *, secret: str = OA_SECRET) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a webhook: plain SHA-256 of app id, body, timestamp and secret, as Zalo defines it."""
    body = json.dumps(event, ensure_ascii=False).encode()
    mac = sha256(event["app_id"].encode() + body + str(event["timestamp"]).encode() + secret.encode()).hexdigest()
    return body, {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}"}


def now_ms() -> str:
    """The time of an event, as Zalo writes it."""
    return str(int(clock.real_now().timestamp() * 1000))


def received(tracking_id: str, msg_id: str, phone: str) -> dict[str, Any]:
    """The event that a template message reached the handset."""
    at = now_ms()
    return {
        "app_id": APP_ID,
        "event_name": "user_received_message",
        "timestamp": at,
        "sender": {"id": "1000000000000000001"},
        "recipient": {"id": phone},
        "message": {"delivery_time": at, "msg_id": msg_id, "tracking_id": tracking_id},
    }


def routes(zalo: Zalo) -> APIRouter:
    """What notify calls, and what tests switch."""
    router = APIRouter()

    @router.post("/v4/oa/access_token")
    async def access_token(request: Request) -> Response:
        """Spend a refresh token."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        wanted = {"app_id": APP_ID, "grant_type": "refresh_token"}
        if request.headers.get("secret_key") != SECRET_KEY or not wanted.items() <= form.items():
            return JSONResponse({"error": -14004, "error_name": "Invalid app or secret"})
        pair = zalo.exchange(form.get("refresh_token", ""))
        if zalo.behaviour.drop_tokens:
            zalo.behaviour.drop_tokens -= 1
            return _CutOff()
        return JSONResponse(pair)

    @router.post("/message/template")
    async def template(request: Request) -> Response:
        """Take a message; always 200, with a code in the body."""
        if not zalo.knows(request.headers.get("access_token", "")):
            return JSONResponse({"error": _WRONG_TOKEN, "message": "Access token is invalid"})
        if zalo.behaviour.codes:
            return JSONResponse({"error": zalo.behaviour.codes.pop(0), "message": "refused"})
        message = await request.json()
        if set(message) != {"phone", "template_id", "template_data", "tracking_id"} or len(message["tracking_id"]) > 48:  # noqa: PLR2004 - its limit
            return JSONResponse({"error": _WRONG_PARAMETER, "message": "Parameters are invalid"})
        return _taken(zalo, message)

    router.include_router(_switches(zalo))
    return router


def _taken(zalo: Zalo, message: dict[str, Any]) -> Response:
    """Take a message, tell the webhook, and answer unless the answer is to be lost."""
    msg_id = zalo.take(message)
    zalo.record.prove(message["tracking_id"], "zalo", Arrival.DELIVERED)
    zalo.tell(received(message["tracking_id"], msg_id, message["phone"]))
    if zalo.behaviour.drop_answers:
        zalo.behaviour.drop_answers -= 1
        return _CutOff()
    data = {"msg_id": msg_id, "sent_time": now_ms(), "quota": zalo.quota()}
    return JSONResponse({"error": 0, "message": "Success", "data": data})


def _switches(zalo: Zalo) -> APIRouter:
    router = APIRouter()

    @router.put("/v1/zalo")
    async def behave(behaviour: ZaloBehaviour) -> ZaloBehaviour:
        """Replace all switches; what is not named goes back to good behaviour."""
        zalo.behaviour = behaviour
        return behaviour

    @router.get("/v1/zalo")
    async def looked() -> dict[str, Any]:
        """What became of the grant."""
        return {"over": zalo.over, "refreshes": dict(zalo.refreshes)}

    return router
