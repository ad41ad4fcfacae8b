"""The gateway's HTTP API, its inbox page, and the switches by which a test makes it misbehave."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel

from dev.gateway import esms, push_service, sms, voice, zalo
from dev.gateway.quick import MessagesDoor
from dev.gateway.record import Arrival, Inbox, ReceivedMessage
from dev.gateway.simulator import Behaviour, Simulator
from legalaid.events.words import NoticeChannel

_PAGE = Path(__file__).with_name("inbox.html")


class Arrived(BaseModel):
    """That a message arrived."""

    provider: str
    arrival: Arrival


def _clients(gateway: Simulator) -> APIRouter:
    """What the services call, beside ``quick.MessagesDoor``."""
    router = APIRouter()

    @router.get("/v1/messages/{request_id}")
    async def find(request_id: str) -> Response:
        """Whether a message with this request id was taken: 200 or 404; 501 when the gateway cannot be asked."""
        if not gateway.behaviour.can_be_asked:
            return JSONResponse({"error": "not offered"}, 501)
        taken = gateway.record.find(request_id)
        if taken is None:
            return JSONResponse({"error": "unknown"}, 404)
        return JSONResponse({"gateway_id": taken.gateway_id})

    return router


def _people(gateway: Simulator) -> APIRouter:
    """What people and tests look at and switch."""
    router = APIRouter()

    @router.get("/v1/messages")
    async def inbox(
        newest: Annotated[int, Query(ge=1)] = 1_000_000, channel: NoticeChannel | None = None
    ) -> dict[str, Any]:
        """What went on to the telephones, the newest first; how often each came in, and whether it arrived."""
        counts = gateway.record.counts()
        delivered = [reception for reception in gateway.record.all() if reception.delivered]
        wanted = [each for each in delivered if channel in {None, each.channel}]
        shown = [_shown(gateway.record, each, counts[each.place]) for each in reversed(wanted[-newest:])]
        return {
            "count": len(delivered),
            "channels": Counter(each.channel for each in delivered),
            "providers": Counter(each.provider for each in delivered),
            "messages": shown,
        }

    @router.get("/v1/receptions")
    async def receptions() -> list[ReceivedMessage]:
        """Everything that came in, oldest first, repeats included: what an audit counts."""
        return list(gateway.record.all())

    @router.put("/v1/messages/{request_id}/proof", status_code=204)
    async def prove(request_id: str, proof: Arrived) -> None:
        """What a telephone does with a message that it has."""
        gateway.record.prove(request_id, proof.provider, proof.arrival)

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


def _shown(record: Inbox, reception: ReceivedMessage, receptions: int) -> dict[str, Any]:
    proof = record.proof(reception)
    told = reception.model_dump(mode="json", exclude={"delivered"})
    return {**told, "receptions": receptions, "proof": proof and proof.model_dump(mode="json")}


def create_gateway(record: Inbox, *, seed: int = 0) -> FastAPI:
    """The gateway over ``record``; ``seed`` makes its misbehaviour repeatable."""
    app = FastAPI(title="Simulated SMS gateway", description=__doc__)
    gateway = Simulator(record, seed)
    app.add_middleware(MessagesDoor, gateway=gateway)
    app.include_router(_clients(gateway))
    app.include_router(_people(gateway))
    app.include_router(esms.router(gateway))
    app.include_router(sms.router(gateway))
    app.include_router(voice.router(gateway))
    app.include_router(zalo.routes(zalo.Zalo(record)))
    app.include_router(push_service.routes(push_service.PushService(record)))
    return app
