"""eSMS.vn (ViHAT), customer care messages; facts from the provider's public pages, developers.esms.vn.

The answer is 200 with a code in its body. ``ErrorMessage`` may quote the number and is never read.
"""

import re

from legalaid.events.words import NoticeChannel
from notify.gateways.base import Lost, Message, NotNow, Ours, Outcome, Refused, Taken
from notify.gateways.http import Answer, Client
from notify.settings import GatewaySettings

_PATH = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
_CUSTOMER_CARE = "2"
_TAKEN = "100"
_KNOWN_ID = "124"
"""Duplicate RequestId: the first message with it was taken, and this one was not."""
_CODE = re.compile(r"[0-9]{1,5}", re.ASCII)
_OURS = frozenset({"101", "102", "103", "104", "118", "140", "300"})
"""Keys, price list, balance, brand name, message type, our address: wrong on our side, so messages wait."""


class EsmsGateway:
    """``POST SendMultipleMessage_V4_post_json``. It cannot be asked by our request id, only by its own SMSID."""

    name = "esms"
    channel = NoticeChannel.SMS
    can_be_asked = False

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._client = Client(settings.url, settings.timeout_seconds)
        self.repeats_known_for = settings.repeats_known_for

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        body = {
            "ApiKey": self._settings.api_key.get_secret_value(),
            "SecretKey": self._settings.secret_key.get_secret_value(),
            "Phone": message.recipient.removeprefix("+"),
            "Content": message.text,
            "Brandname": self._settings.sender,
            "SmsType": _CUSTOMER_CARE,
            "IsUnicode": "0",
            "RequestId": message.request_id,
        }
        answer = await self._client.post(_PATH, json=body)
        if not isinstance(answer, Answer):
            return answer
        return answer.failure() or _by_code(str(answer.fields().get("CodeResult", "")))

    async def was_taken(self, request_id: str) -> NotNow:
        """As ``Gateway``; never works."""
        del request_id
        return NotNow("cannot-be-asked")

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()


def _by_code(code: str) -> Outcome:
    if not code:
        return Lost("no-code")
    if code in _OURS:
        return Ours(f"esms-{code}")
    if code in {_TAKEN, _KNOWN_ID}:
        return Taken()
    return Refused(f"esms-{code}" if _CODE.fullmatch(code) else "esms-other")
