"""The door that benchmarks press, without a framework's share: a counterpart must not be dearer than what it measures.

FastAPI took more than half of the CPU of an answer here, on the two cores that the sender and the store live on too.
"""

import json
from typing import Any

from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.gateway.simulator import CutOff, Outgoing, Simulator, Taken


class MessagesDoor:
    """``POST /v1/messages``: take a message. The same request id again is answered as the first time."""

    def __init__(self, app: ASGIApp, gateway: Simulator) -> None:
        self._app = app
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer that one; everything else goes on."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("POST", "/v1/messages"):
            await self._app(scope, receive, send)
        else:
            await self._take(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            message = Outgoing.model_validate_json(await _body(receive))
        except ValidationError as error:
            await _answer(send, 422, {"error": error.errors(include_input=False, include_url=False)})
            return
        match await self._gateway.take(message):
            case int(status):
                await _answer(send, status, {"error": "refused"})
            case Taken(gateway_id, True):
                await _answer(send, 202, {"gateway_id": gateway_id})
            case Taken():
                await CutOff()(scope, receive, send)


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    return body


async def _answer(send: Send, status: int, said: Any) -> None:
    body = json.dumps(said).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
