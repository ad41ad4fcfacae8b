"""eSMS, a provider in Vietnam: takes messages, knows a RequestId for a day, and lists what it sent.

Its day is one of the domain's clock, so that a demonstration can pass it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from dev.gateway.simulator import API_KEY, SECRET_KEY, CutOff, Outgoing, Simulator, Taken
from legalaid import clock

_KNOWN_FOR: Final = timedelta(hours=24)
_WRONG_KEY, _KNOWN, _NOT_FOUND = "101", "124", "105"


class _Keys(BaseModel):
    model_config = ConfigDict(extra="ignore")

    ApiKey: str
    SecretKey: str


class _Message(_Keys):
    Phone: str
    Content: str
    RequestId: str
    Brandname: str = ""
    campaignid: str = ""


class _Question(_Keys):
    From: str
    To: str
    Page: int
    PageSize: int
    SmsType: str


@dataclass(frozen=True)
class _Sent:
    message: _Message
    gateway_id: str
    at: datetime
    """By the domain's clock, in Vietnam."""

    def row(self) -> dict[str, Any]:
        return {
            "Campaign": self.message.campaignid,
            "Content": self.message.Content,
            "Phone": self.message.Phone,
            "ReferenceId": self.gateway_id,
            "SellPrice": 790.0,
            "SendResult": 1,
            "SendStatus": 5,
            "SmsType": 2,
        }


class _Esms:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._sent: list[_Sent] = []
        self._known: dict[str, datetime] = {}

    async def send(self, message: _Message) -> Response:
        """200 with a code, whatever becomes of it."""
        code = self._refusal(message)
        if code is not None:
            return JSONResponse({"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": f"for {message.Phone}"})
        now = clock.now().astimezone(clock.VIETNAM)
        known = self._known.get(message.RequestId) if self._simulator.record.find(message.RequestId, "esms") else None
        forgotten = known is not None and now - known >= _KNOWN_FOR
        repeats = known is not None and not forgotten and self._simulator.behaviour.drop_repeats
        outgoing = Outgoing(
            request_id=message.RequestId, to=message.Phone, text=message.Content, sender=message.Brandname
        )
        match await self._simulator.take(outgoing, provider="esms", forgotten=forgotten):
            case int(status):
                return JSONResponse({"CodeResult": "99", "ErrorMessage": "refused"}, status)
            case Taken(gateway_id, answered):
                answer = {"CodeResult": _KNOWN, "SendStatus": "5"} if repeats else self._keep(message, gateway_id, now)
                return JSONResponse(answer) if answered else CutOff()

    def _refusal(self, keys: _Keys) -> str | None:
        if (keys.ApiKey, keys.SecretKey) != (API_KEY, SECRET_KEY):
            return _WRONG_KEY
        return self._simulator.behaviour.codes.get("esms")

    def _keep(self, message: _Message, gateway_id: str, now: datetime) -> dict[str, Any]:
        self._known[message.RequestId] = now
        self._sent.append(_Sent(message, gateway_id, now))
        return {"CodeResult": "100", "CountRegenerate": 0, "SMSID": gateway_id}

    def status(self, reference: str, keys: _Keys) -> dict[str, Any]:
        """What became of one message; a refusal is said by the same codes as everywhere."""
        if (keys.ApiKey, keys.SecretKey) != (API_KEY, SECRET_KEY):
            return {"CodeResponse": _WRONG_KEY}
        if all(each.gateway_id != reference for each in self._sent):
            return {"CodeResponse": _NOT_FOUND}
        counts = {"SendFailed": 0, "SendSuccess": 1, "TotalReceiver": 1, "TotalSent": 1}
        return {"CodeResponse": "100", "SMSID": reference, "SendStatus": 5, "TotalPrice": 790, **counts}

    def listed(self, question: _Question) -> dict[str, Any]:
        """One page of what was sent in a span, the oldest first."""
        if (question.ApiKey, question.SecretKey) != (API_KEY, SECRET_KEY):
            return {"CodeResult": _WRONG_KEY}
        if not self._simulator.behaviour.can_be_asked:
            return {"CodeResult": _NOT_FOUND}
        rows = [each.row() for each in self._sent if question.From <= f"{each.at:%Y-%m-%d %H:%M:%S}" <= question.To]
        begin = (question.Page - 1) * question.PageSize
        return {"CodeResult": "100", "CountTotal": len(rows), "SentData": rows[begin : begin + question.PageSize]}


def router(simulator: Simulator) -> APIRouter:
    """Its routes."""
    esms, routes = _Esms(simulator), APIRouter(prefix="/MainService.svc/json")

    @routes.post("/SendMultipleMessage_V4_post_json/")
    async def send(message: _Message) -> Response:
        return await esms.send(message)

    @routes.post("/GetSmsSentData_V2")
    async def listed(question: _Question) -> dict[str, Any]:
        return esms.listed(question)

    @routes.get("/GetSendStatus")
    async def status(RefId: str, ApiKey: str, SecretKey: str) -> dict[str, Any]:  # noqa: N803 - as it calls them
        return esms.status(RefId, _Keys(ApiKey=ApiKey, SecretKey=SecretKey))

    return routes
