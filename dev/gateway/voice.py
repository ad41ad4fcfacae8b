"""Voice messages in the shape of eSMS: a GET that plays a recording to a number."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from dev.gateway.simulator import API_KEY, SECRET_KEY, CutOff, Simulator
from legalaid.events.words import NoticeChannel

_WANTED: Final = ("TemplateId", "Phone", "RequestID")


def router(simulator: Simulator) -> APIRouter:
    """Its route."""
    routes = APIRouter()

    @routes.get("/MainService.svc/json/MakeCallRecord_V2")
    async def call(request: Request) -> Response:
        """Call a number, and say which recording it heard in the record."""
        said = request.query_params
        if (said.get("ApiKey"), said.get("SecretKey")) != (API_KEY, SECRET_KEY):
            return JSONResponse({"CodeResult": "101", "ErrorMessage": "Authorize Failed"})
        code = simulator.behaviour.codes.get("esms-voice")
        if code is not None or not all(said.get(name) for name in _WANTED):
            return JSONResponse({"CodeResult": code or "99", "ErrorMessage": f"for {said.get('Phone')}"})
        taken = simulator.record.take(
            said["RequestID"],
            to=said["Phone"],
            text=f"recording {said['TemplateId']}, key {said.get('Ivr')} to {said.get('NumberForward')}",
            sender="",
            drop_repeats=simulator.behaviour.drop_repeats,
            provider="esms-voice",
            channel=NoticeChannel.VOICE,
        )
        if simulator.behaviour.drop_answers_rate == 1:
            return CutOff()
        return JSONResponse({"CodeResult": "100", "SMSID": f"{taken.gateway_id} "})

    return routes
