"""VietGuys, VMG, SpeedSMS and Stringee, each in its own shape and with its own proof of who asks."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

import jwt
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from dev.gateway.simulator import API_KEY, SECRET_KEY, CutOff, Outgoing, Simulator, Taken
from legalaid import clock, ids

_SAME_TEXT: Final = timedelta(minutes=5)
_BASIC: Final = "Basic " + base64.b64encode(f"{API_KEY}:x".encode()).decode()


class _Sms:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._texts: dict[tuple[str, str], datetime] = {}

    def code(self, provider: str) -> str | None:
        """What everything is answered with."""
        return self._simulator.behaviour.codes.get(provider)

    def same_text(self, to: str, text: str) -> bool:
        """Whether the same went to the same number within five minutes."""
        before = self._texts.get((to, text))
        return before is not None and clock.now() - before < _SAME_TEXT

    async def take(
        self, provider: str, to: str, text: str, sender: str, request_id: str | None = None
    ) -> Taken | Response:
        """None of them is known to drop repeats."""
        message = Outgoing(request_id=request_id or ids.random_id(), to=to, text=text, sender=sender)
        taken = await self._simulator.take(message, provider=provider, forgotten=True)
        if isinstance(taken, int):
            return JSONResponse({"error": "refused"}, taken)
        self._texts[to, text] = clock.now()
        return taken if taken.answered else CutOff()


async def _vietguys(sms: _Sms, request: Request) -> Response:
    form = dict(parse_qsl((await request.body()).decode()))
    if (form.get("u"), form.get("pwd")) != (API_KEY, SECRET_KEY):
        return JSONResponse({"error": -1, "log": "account"})
    if (code := sms.code("vietguys")) is not None:
        return JSONResponse({"error": int(code), "log": f"for {form['phone']}"})
    taken = await sms.take("vietguys", form["phone"], form["sms"], form["from"], form["bid"])
    return taken if isinstance(taken, Response) else JSONResponse({"error": 0, "msgid": taken.gateway_id})


async def _vmg(sms: _Sms, request: Request) -> Response:
    body = await request.json()
    code = "100" if request.headers.get("token") != API_KEY else sms.code("vmg")
    if code is None and sms.same_text(body["to"], body["message"]):
        code = "304"
    if code is not None:
        return JSONResponse({"errorCode": code, "errorMessage": f"for {body['to']}"})
    taken = await sms.take("vmg", body["to"], body["message"], body["from"], body["requestId"])
    return taken if isinstance(taken, Response) else JSONResponse({"errorCode": "000", "referentId": taken.gateway_id})


async def _speedsms(sms: _Sms, request: Request) -> Response:
    body = await request.json()
    code = "007" if request.headers.get("authorization") != _BASIC else sms.code("speedsms")
    if code is not None:
        return JSONResponse({"status": "error", "code": code, "message": f"for {body['to']}"})
    (to,) = body["to"]
    taken = await sms.take("speedsms", to, body["content"], body["sender"])
    if isinstance(taken, Response):
        return taken
    data = {"tranId": taken.gateway_id, "totalSMS": 1, "totalPrice": 850, "invalidPhone": []}
    return JSONResponse({"status": "success", "code": "00", "data": data})


async def _stringee(sms: _Sms, request: Request) -> Response:
    (message,) = (await request.json())["sms"]
    if not _own(request.headers):
        return JSONResponse({"r": 5, "msg": "token"})
    if (code := sms.code("stringee")) is not None:
        return JSONResponse({"smsSent": 0, "result": [{"r": int(code), "msg": f"for {message['to']}"}]})
    taken = await sms.take("stringee", message["to"], message["text"], message["from"])
    return (
        taken if isinstance(taken, Response) else JSONResponse({"smsSent": 1, "result": [{"r": 0, "msg": "Success"}]})
    )


def _own(headers: Mapping[str, str]) -> bool:
    token = headers.get("x-stringee-auth", "")
    try:
        claims = jwt.decode(
            token, SECRET_KEY, algorithms=["HS256"], issuer=API_KEY, options={"require": ["exp", "jti"]}
        )
    except jwt.InvalidTokenError:
        return False
    return claims.get("rest_api") is True and jwt.get_unverified_header(token).get("cty") == "stringee-api;v=1"


_Shape = Callable[[_Sms, Request], Awaitable[Response]]


def router(simulator: Simulator) -> APIRouter:
    """Their routes."""
    sms, routes = _Sms(simulator), APIRouter()
    shapes: dict[str, _Shape] = {
        "/api/index.php": _vietguys,
        "/api/SMSBrandname/SendSMS": _vmg,
        "/index.php/sms/send": _speedsms,
        "/v1/sms": _stringee,
    }
    for path, shape in shapes.items():

        async def send(request: Request, shape: _Shape = shape) -> Response:
            return await shape(sms, request)

        routes.add_api_route(path, send, methods=["POST"])
    return routes
