"""SpeedSMS, brand name messages; facts from public clients of it and their comments, none confirmed by the provider.

A message has no id of ours: nothing is known of a repeat, and whatever answer is lost is a person's to decide.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp

from legalaid.events.words import NoticeChannel
from notify.gateways.base import CannotBeAsked, Lost, Message, Outcome, Refused, Taken
from notify.gateways.codes import Codes, price_of, reference_of
from notify.gateways.http import Client, Reply
from notify.settings import GatewaySettings

_PATH = "/index.php/sms/send"
_BY_BRAND_NAME = 3
_CODES = Codes(
    "speedsms",
    taken=frozenset({"00", "0"}),  # as text, as a number
    refused=frozenset({"105"}),  # the number
    ours=frozenset({"007", "008", "009", "101", "113", "300"}),  # account, brand name, length of the text, money
    lost=frozenset({"500"}),  # an error of its system, which says nothing of the message
)


class SpeedSmsGateway(CannotBeAsked):
    """JSON. ``api_key`` is the access token."""

    name = "speedsms"
    channel = NoticeChannel.SMS
    repeats_known_for = timedelta(0)

    def __init__(self, settings: GatewaySettings) -> None:
        token = settings.api_key.get_secret_value()
        self._authorization = {"Authorization": aiohttp.encode_basic_auth(token, "x")}
        self._sender = settings.sender
        self._client = Client(settings.url, settings.timeout_seconds)

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        number = message.recipient.removeprefix("+")
        body = {"to": [number], "content": message.text, "sms_type": _BY_BRAND_NAME, "sender": self._sender}
        answer = await self._client.post(_PATH, json=body, headers=self._authorization)
        if not isinstance(answer, Reply):
            return answer
        return answer.failure() or _read(answer.fields(), number)

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()


def _read(fields: Mapping[str, Any], number: str) -> Outcome:
    """A request may succeed while its one number does not."""
    outcome = _CODES.outcome(fields.get("code"))
    data = fields.get("data")
    if not isinstance(outcome, Taken):
        return Lost("no-code") if fields.get("status") == "success" else outcome
    if not isinstance(data, dict):
        return Lost("no-code")
    invalid = data.get("invalidPhone")
    if isinstance(invalid, list) and number in map(str, invalid):
        return Refused(_CODES.said("105"))
    return Taken(reference_of(data.get("tranId")), price_of(data.get("totalPrice")))
