"""Stringee, brand name messages; facts from its own sample clients, of which none shows a code but that of success.

A message has no id of ours: nothing is known of a repeat, and whatever answer is lost is a person's to decide.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import jwt

from legalaid import clock, ids
from legalaid.events.words import NoticeChannel
from notify.gateways.base import CannotBeAsked, Lost, Message, Outcome
from notify.gateways.codes import Codes
from notify.gateways.http import Client, Reply
from notify.settings import GatewaySettings

_PATH = "/v1/sms"
_TOKEN_LIVES: Final = timedelta(minutes=5)
_CODES = Codes("stringee", taken=frozenset({"0"}))


class StringeeGateway(CannotBeAsked):
    """JSON under a token of our own. ``api_key`` is the key's SID, ``secret_key`` its secret."""

    name = "stringee"
    channel = NoticeChannel.SMS
    repeats_known_for = timedelta(0)

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._client = Client(settings.url, settings.timeout_seconds)

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        number = message.recipient.removeprefix("+")
        body = {"sms": [{"from": self._settings.sender, "to": number, "text": message.text}]}
        answer = await self._client.post(_PATH, json=body, headers={"X-STRINGEE-AUTH": self._token()})
        if not isinstance(answer, Reply):
            return answer
        return answer.failure() or _read(answer.fields())

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()

    def _token(self) -> str:
        """By the clock of the machine, which the provider's agrees with."""
        sid, ends = self._settings.api_key.get_secret_value(), clock.real_now() + _TOKEN_LIVES
        claims = {"jti": f"{sid}-{ids.random_id()}", "iss": sid, "exp": int(ends.timestamp()), "rest_api": True}
        secret = self._settings.secret_key.get_secret_value()
        return jwt.encode(claims, secret, algorithm="HS256", headers={"cty": "stringee-api;v=1"})


def _read(fields: Mapping[str, Any]) -> Outcome:
    """``{"smsSent": 1, "result": [{"r": 0}]}``: a result for each message. ``r`` by itself: the request was refused."""
    results = fields.get("result")
    if not isinstance(results, list):
        return _CODES.outcome(fields.get("r")) if fields.get("r") else Lost("no-code")
    first = results[0] if len(results) == 1 and isinstance(results[0], dict) else {}
    return _CODES.outcome(first.get("r"), first.get("msgId"))
