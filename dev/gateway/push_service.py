"""A push service as browsers and senders know it: Firefox speaks to it over a websocket, senders by RFC 8030.

It checks what a real one checks (VAPID, TTL, encoding, size) and keeps what no browser has fetched yet. It has no key,
so that it cannot read a message.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from dev.gateway.record import Arrival, Inbox
from legalaid import clock
from legalaid.events.words import NoticeChannel

DELIVERED, UNREADABLE = 100, 101
"""What a browser acknowledges a message with."""
_MOST_BYTES: Final = 4096
_MOST_SECONDS: Final = 24 * 3600
"""For how long a VAPID token may be good (RFC 8292, section 2)."""


class Subscriber(BaseModel):
    """A device of a test or of the demonstration, which has no websocket."""

    model_config = ConfigDict(extra="forbid")

    key: str
    """Who may send to it: a VAPID key, an uncompressed point in base64url."""


@dataclass
class Subscription:
    """Somewhere to send to."""

    channel: str
    key: str | None
    """Whose alone it is (RFC 8292, section 4); None: anybody's."""
    browser: str | None = None
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By topic, or by version where there is none: a newer message takes an older one's place (RFC 8030, 5.4)."""


class PushService:
    """All browsers and subscriptions of one push service."""

    def __init__(self, record: Inbox) -> None:
        self._record = record
        self._subscriptions: dict[str, Subscription] = {}
        self._browsers: dict[str, WebSocket] = {}
        self.acknowledged: dict[str, int] = {}
        """The code of each message that a browser has acknowledged, by version."""
        self._notices: dict[str, str] = {}
        """By version, the request id in the record."""
        self.versions: list[str] = []
        """Of all messages that were taken, in their order."""
        self.greeted = asyncio.Event()
        """Whether a browser has said hello: one that subscribes before waits for ever."""
        self.spoil = False
        """Whether messages are altered on their way."""

    def subscribe(self, key: str | None, *, browser: str | None = None, channel: str | None = None) -> str:
        """The id of a new subscription: the last part of its endpoint."""
        made = uuid4().hex
        self._subscriptions[made] = Subscription(channel or str(uuid4()), key, browser)
        return made

    def forget(self, subscription: str) -> None:
        """As when the browser was removed: whoever sends to it gets 410."""
        self._subscriptions.pop(subscription, None)

    def waiting(self, subscription: str) -> list[dict[str, Any]]:
        """What no browser has acknowledged."""
        found = self._subscriptions.get(subscription)
        return list(found.waiting.values()) if found else []

    async def take(self, subscription: str, origin: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """The status that a message is answered with, and the version of what was taken, or why it was not."""
        found = self._subscriptions.get(subscription)
        if found is None:
            return 410, "gone"
        if not _is_vouched_for(headers.get("authorization", ""), origin, found.key):
            return 401, "VAPID"
        if wrong := _wrong(headers, body):
            return wrong
        version, topic = uuid4().hex, headers.get("topic", "")
        self.versions.append(version)
        found.waiting[topic or version] = _notification(found.channel, version, self._spoiled(body))
        self._record.take(
            notice := str(UUID(topic)) if topic else version,
            to=subscription,
            text="",
            sender="",
            drop_repeats=True,
            provider="webpush",
            channel=NoticeChannel.PUSH,
        )
        self._notices[version] = notice
        await self._deliver(found)
        return 201, version

    async def serve(self, socket: WebSocket) -> None:
        """One browser, from its greeting to its end."""
        await socket.accept("push-notification" if "push-notification" in socket.scope["subprotocols"] else None)
        browser = uuid4().hex
        try:
            while True:
                await self._hear(browser, socket, json.loads(await socket.receive_text()))
        except WebSocketDisconnect:
            self._browsers.pop(browser, None)

    async def _hear(self, browser: str, socket: WebSocket, said: Mapping[str, Any]) -> None:
        kind, channel = said.get("messageType", ""), str(said.get("channelID", ""))
        told = {"messageType": kind, "status": 200}
        match kind:
            case "hello":
                self._browsers[browser] = socket
                await socket.send_json(told | {"uaid": browser, "use_webpush": True})
                self.greeted.set()
            case "register":
                made = self.subscribe(_bare(said.get("key")), browser=browser, channel=channel)
                endpoint = f"{_origin(socket.url.netloc)}/wpush/v2/{made}"
                await socket.send_json(told | {"channelID": channel, "pushEndpoint": endpoint})
            case "unregister":
                for each in [id_ for id_, one in self._subscriptions.items() if one.channel == channel]:
                    self.forget(each)
                await socket.send_json(told | {"channelID": channel})
            case "ack":
                for each in said.get("updates", ()):
                    self._acknowledge(each["version"], each.get("code", DELIVERED))
            case _:  # a ping is an empty object, and is answered with itself
                await socket.send_json(said)

    def _acknowledge(self, version: str, code: int) -> None:
        self.acknowledged[version] = code
        if code == DELIVERED and version in self._notices:
            self._record.prove(self._notices[version], "webpush", Arrival.DELIVERED)
        for found in self._subscriptions.values():
            found.waiting = {name: one for name, one in found.waiting.items() if one["version"] != version}

    async def _deliver(self, found: Subscription) -> None:
        socket = self._browsers.get(found.browser or "")
        if socket is not None:
            for message in list(found.waiting.values()):
                await socket.send_json(message)

    def _spoiled(self, body: bytes) -> bytes:
        return body[:-1] + bytes([body[-1] ^ 1]) if self.spoil else body


def _notification(channel: str, version: str, body: bytes) -> dict[str, Any]:
    data = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    headers = {"encoding": "aes128gcm"}
    return {
        "messageType": "notification",
        "channelID": channel,
        "version": version,
        "data": data,
        "headers": headers,
    }


def _is_vouched_for(authorization: str, origin: str, key: str | None) -> bool:
    """Whether the header is VAPID's (RFC 8292, section 3), for this service, and by who owns the subscription."""
    scheme, _, rest = authorization.partition(" ")
    said = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme.lower() != "vapid" or not said.keys() >= {"t", "k"} or (key is not None and _bare(said["k"]) != key):
        return False
    try:
        point = base64.urlsafe_b64decode(said["k"] + "=" * (-len(said["k"]) % 4))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        claims = jwt.decode(
            said["t"], public, algorithms=["ES256"], audience=origin, options={"require": ["exp", "aud", "sub"]}
        )
    except (jwt.PyJWTError, ValueError, binascii.Error):
        return False
    from_now = claims["exp"] - clock.real_now().timestamp()
    return from_now <= _MOST_SECONDS and str(claims["sub"]).startswith(("mailto:", "https:"))


def _wrong(headers: Mapping[str, str], body: bytes) -> tuple[int, str] | None:
    if not headers.get("ttl", "").isdigit():
        return 400, "TTL"
    if headers.get("content-encoding") != "aes128gcm":
        return 400, "Content-Encoding"
    if headers.get("urgency", "normal") not in {"very-low", "low", "normal", "high"}:
        return 400, "Urgency"
    return (413, "size") if not 0 < len(body) <= _MOST_BYTES else None


def _bare(key: str | None) -> str | None:
    """Without the padding, which browsers write and RFC 8292 does not."""
    return key.rstrip("=") if key else None


def _origin(netloc: str) -> str:
    return f"http://{netloc}"


def routes(service: PushService) -> APIRouter:
    """What browsers, senders and tests call."""
    router = APIRouter()
    router.add_api_websocket_route("/wpush/browser", service.serve)

    @router.post("/wpush/v2/{subscription}")
    async def push(subscription: str, request: Request) -> Response:
        """One message to one subscription."""
        origin = _origin(request.url.netloc)
        status, told = await service.take(subscription, origin, request.headers, await request.body())
        if status != 201:  # noqa: PLR2004 - Created
            return JSONResponse({"error": told}, status)
        return Response(status_code=201, headers={"Location": f"{origin}/wpush/messages/{told}"})

    @router.post("/wpush/subscriptions", status_code=201)
    async def subscribe(subscriber: Subscriber, request: Request) -> dict[str, str]:
        """A subscription for who has no websocket; its messages wait."""
        made = service.subscribe(_bare(subscriber.key))
        return {"id": made, "endpoint": f"{_origin(request.url.netloc)}/wpush/v2/{made}"}

    @router.get("/wpush/subscriptions/{subscription}")
    async def waiting(subscription: str) -> list[str]:
        """What waits for it, in base64url as a browser would get it."""
        return [message["data"] for message in service.waiting(subscription)]

    @router.delete("/wpush/subscriptions/{subscription}", status_code=204)
    async def forget(subscription: str) -> None:
        """As ``PushService.forget``."""
        service.forget(subscription)

    return router
