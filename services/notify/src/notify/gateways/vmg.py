"""VMG, brand name messages; facts from public clients of it and a list of codes in one of them, none confirmed.

It refuses the same text to the same number within five minutes (304). Whether it drops a repeated ``requestId`` is
unknown, and nobody can be asked by it.
"""

from legalaid.events.words import NoticeChannel
from notify.gateways.base import CannotBeAsked, Message, Outcome
from notify.gateways.codes import SAME_TEXT_WAIT, Codes
from notify.gateways.http import Client, Reply
from notify.settings import GatewaySettings

_PATH = "/api/SMSBrandname/SendSMS"
_CUSTOMER_CARE = 1
_CODES = Codes(
    "vmg",
    taken=frozenset({"000", "0"}),  # as text, as a number
    refused=frozenset({"005", "013"}),  # the number
    route_cannot=frozenset({"012"}),  # its carrier
    ours=frozenset(
        # text or brand name: 007 to 011, 801, 804, 904; money: 014, 015; account: 100 to 103
        {"007", "008", "009", "010", "011", "801", "804", "904", "014", "015", "100", "101", "102", "103"}
    ),
    not_now={"304": SAME_TEXT_WAIT},
    lost=frozenset({"999"}),  # an error of its system, which says nothing of the message
)


class VmgGateway(CannotBeAsked):
    """JSON. ``api_key`` is the token."""

    name = "vmg"
    channel = NoticeChannel.SMS

    def __init__(self, settings: GatewaySettings) -> None:
        self._token = settings.api_key.get_secret_value()
        self._sender = settings.sender
        self._client = Client(settings.url, settings.timeout_seconds)
        self.repeats_known_for = settings.repeats_known_for

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        body = {
            "to": message.recipient.removeprefix("+"),
            "type": _CUSTOMER_CARE,
            "from": self._sender,
            "message": message.text,
            "requestId": message.request_id,
            "useUnicode": 0 if message.text.isascii() else 1,
            "scheduled": "",
        }
        answer = await self._client.post(_PATH, json=body, headers={"token": self._token})
        if not isinstance(answer, Reply):
            return answer
        fields = answer.fields()
        return answer.failure() or _CODES.outcome(fields.get("errorCode"), fields.get("referentId"))

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()
