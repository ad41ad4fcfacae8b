"""The gateway's HTTP API, its inbox page, and the switches by which a test makes it misbehave."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response

from dev.gateway import esms, sms, zalo
from dev.gateway.quick import MessagesDoor
from dev.gateway.record import Inbox, ReceivedMessage
from dev.gateway.simulator import Behaviour, Simulator

_PAGE = Path(__file__).with_name("inbox.html")


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
    gateway = Simulator(record, seed)
    app.add_middleware(MessagesDoor, gateway=gateway)
    app.include_router(_clients(gateway))
    app.include_router(_people(gateway))
    app.include_router(esms.router(gateway))
    app.include_router(sms.router(gateway))
    app.include_router(zalo.routes(zalo.Zalo(record)))
    return app
