"""The gateway's HTTP API, its inbox page, and the switches by which a test makes it misbehave."""

import asyncio
import random
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from dev.gateway import zalo
from dev.gateway.record import Inbox, ReceivedMessage

_PAGE = Path(__file__).with_name("inbox.html")


class Outgoing(BaseModel):
    """What a client asks the gateway to send."""

    request_id: str = Field(min_length=1, max_length=64)
    to: str = Field(pattern=r"^\+?[0-9]{8,15}$")
    text: str = Field(min_length=1, max_length=1000)
    sender: str = ""


class EsmsMessage(BaseModel):
    """The same in the shape of eSMS, a provider in Vietnam."""

    model_config = ConfigDict(extra="ignore")

    ApiKey: str
    SecretKey: str
    Phone: str
    Content: str
    RequestId: str
    Brandname: str = ""


class Behaviour(BaseModel):
    """How the gateway treats its clients. Rates lie between 0 and 1."""

    model_config = ConfigDict(extra="forbid")

    slow_ms: int = Field(default=0, ge=0)
    """How long every message waits before anything is decided."""
    fail_rate: float = Field(default=0, ge=0, le=1)
    """The part that is refused with ``fail_status`` and not taken."""
    fail_status: int = Field(default=503, ge=400, le=599)
    drop_answers_rate: float = Field(default=0, ge=0, le=1)
    """The part that is taken and sent on, while the client gets no answer."""
    drop_repeats: bool = True
    """Whether a second message with the same request id is recognised and not sent on."""
    can_be_asked: bool = True
    """Whether ``GET /v1/messages/{request_id}`` is offered."""


class _CutOff(Response):
    """A connection that ends in the middle of the answer."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"100")]})


class _Gateway:
    """The state of one gateway and the way of every message through it."""

    def __init__(self, record: Inbox, seed: int) -> None:
        self.record = record
        self.behaviour = Behaviour()
        self._random = random.Random(seed)

    async def take(self, message: Outgoing) -> tuple[str, bool] | int:
        """The gateway id and whether the answer must be dropped; or the status of a refusal."""
        behaviour = self.behaviour
        if behaviour.slow_ms:
            await asyncio.sleep(behaviour.slow_ms / 1000)
        if self._random.random() < behaviour.fail_rate:
            return behaviour.fail_status
        taken = self.record.take(
            message.request_id,
            to=message.to,
            text=message.text,
            sender=message.sender,
            drop_repeats=behaviour.drop_repeats,
        )
        return taken.gateway_id, self._random.random() < behaviour.drop_answers_rate


def _clients(gateway: _Gateway) -> APIRouter:
    """What the services call."""
    router = APIRouter()

    @router.post("/v1/messages", status_code=202)
    async def send(message: Outgoing) -> Response:
        """Take a message. The same request id again is answered as the first time."""
        match await gateway.take(message):
            case int(status):
                return JSONResponse({"error": "refused"}, status)
            case gateway_id, dropped:
                return _CutOff() if dropped else JSONResponse({"gateway_id": gateway_id}, 202)

    @router.get("/v1/messages/{request_id}")
    async def find(request_id: str) -> Response:
        """Whether a message with this request id was taken: 200 or 404; 501 when the gateway cannot be asked."""
        if not gateway.behaviour.can_be_asked:
            return JSONResponse({"error": "not offered"}, 501)
        taken = gateway.record.find(request_id)
        if taken is None:
            return JSONResponse({"error": "unknown"}, 404)
        return JSONResponse({"gateway_id": taken.gateway_id})

    @router.post("/MainService.svc/json/SendMultipleMessage_V4_post_json/")
    async def esms(message: EsmsMessage) -> Response:
        """Take a message in the shape of eSMS, which answers 200 with a code in the body."""
        taken = await gateway.take(
            Outgoing(request_id=message.RequestId, to=message.Phone, text=message.Content, sender=message.Brandname)
        )
        match taken:
            case int(status):
                return JSONResponse({"CodeResult": "99", "ErrorMessage": "refused"}, status)
            case gateway_id, dropped:
                return _CutOff() if dropped else JSONResponse({"CodeResult": "100", "SMSID": gateway_id})

    return router


def _people(gateway: _Gateway) -> APIRouter:
    """What people and tests look at and switch."""
    router = APIRouter()

    @router.get("/v1/messages")
    async def inbox(newest: Annotated[int, Query(ge=1)] = 1_000_000) -> dict[str, Any]:
        """What went on to the telephones, the newest first, and how often each request id came in."""
        counts = gateway.record.counts()
        delivered = [reception for reception in gateway.record.all() if reception.delivered]
        shown = [
            {**reception.model_dump(mode="json", exclude={"delivered"}), "receptions": counts[reception.request_id]}
            for reception in reversed(delivered[-newest:])
        ]
        return {"count": len(delivered), "messages": shown}

    @router.get("/v1/receptions")
    async def receptions() -> list[ReceivedMessage]:
        """Everything that came in, oldest first, repeats included: what an audit counts."""
        return list(gateway.record.all())

    @router.delete("/v1/messages", status_code=204)
    async def clear() -> None:
        """Forget everything."""
        gateway.record.clear()

    @router.put("/v1/behaviour")
    async def behave(behaviour: Behaviour) -> Behaviour:
        """Replace all switches; what is not named goes back to good behaviour."""
        gateway.behaviour = behaviour
        return behaviour

    @router.get("/", response_class=HTMLResponse)
    async def page() -> str:
        """The inbox for people."""
        return _PAGE.read_text(encoding="utf-8")

    @router.get("/livez")
    async def alive() -> dict[str, str]:
        """That the process answers."""
        return {"status": "ok"}

    return router


def create_gateway(record: Inbox, *, seed: int = 0) -> FastAPI:
    """The gateway over ``record``; ``seed`` makes its misbehaviour repeatable."""
    app = FastAPI(title="Simulated SMS gateway", description=__doc__)
    gateway = _Gateway(record, seed)
    app.include_router(_clients(gateway))
    app.include_router(_people(gateway))
    app.include_router(zalo.routes(zalo.Zalo(record)))
    return app
