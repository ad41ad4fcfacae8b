"""eSMS.vn (ViHAT), customer care messages; facts from the provider's public pages, developers.esms.vn.

The answer is 200 with a code in its body. ``ErrorMessage`` may quote the number and is never read.
"""

import json
import re

from notify.gateways.base import AnswerLostError, NotNowError, RefusedError
from notify.gateways.http import Client
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
    can_be_asked = False

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._client = Client(settings.url, settings.timeout_seconds)
        self.drops_repeats = settings.drops_repeats

    async def send(self, request_id: str, number: str, text: str) -> None:
        """As ``SmsGateway``."""
        message = {
            "ApiKey": self._settings.api_key.get_secret_value(),
            "SecretKey": self._settings.secret_key.get_secret_value(),
            "Phone": number.removeprefix("+"),
            "Content": text,
            "Brandname": self._settings.sender,
            "SmsType": _CUSTOMER_CARE,
            "IsUnicode": "0",
            "RequestId": request_id,
        }
        answer = await self._client.post(_PATH, message)
        try:
            body = json.loads(answer)
        except ValueError as error:
            raise AnswerLostError(type(error).__name__) from None
        code = str(body.get("CodeResult", "")) if isinstance(body, dict) else ""
        if not code:
            raise AnswerLostError("no-code")
        if code in _OURS:
            raise NotNowError(f"esms-{code}")
        if code not in {_TAKEN, _KNOWN_ID}:
            raise RefusedError(f"esms-{code}" if _CODE.fullmatch(code) else "esms-other")

    async def was_taken(self, request_id: str) -> bool:
        """As ``SmsGateway``; never works."""
        del request_id
        raise NotNowError("cannot-be-asked")

    async def close(self) -> None:
        """As ``SmsGateway``."""
        await self._client.close()
