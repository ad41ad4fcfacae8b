"""VietGuys, customer care messages; facts from public clients of it (2018 to 2026), none confirmed by the provider.

The answer is JSON with ``error``, 0 for taken; what other numbers mean is published nowhere, so each is certain only to
have taken nothing. Whether it drops a repeated ``bid`` is unknown, and nobody can be asked by it.
"""

from legalaid.events.words import NoticeChannel
from notify.gateways.base import CannotBeAsked, Message, Outcome
from notify.gateways.codes import Codes
from notify.gateways.http import Client, Reply
from notify.settings import GatewaySettings

_PATH = "/api/index.php"
_PLAIN, _UNICODE = "0", "8"
_CODES = Codes("vietguys", taken=frozenset({"0"}))


class VietGuysGateway(CannotBeAsked):
    """A form. ``api_key`` is the account, ``secret_key`` its password or token."""

    name = "vietguys"
    channel = NoticeChannel.SMS

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._client = Client(settings.url, settings.timeout_seconds)
        self.repeats_known_for = settings.repeats_known_for

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        form = {
            "u": self._settings.api_key.get_secret_value(),
            "pwd": self._settings.secret_key.get_secret_value(),
            "from": self._settings.sender,
            "phone": message.recipient.removeprefix("+"),
            "sms": message.text,
            "bid": message.request_id,
            "type": _PLAIN if message.text.isascii() else _UNICODE,
            "json": "1",
        }
        answer = await self._client.post(_PATH, data=form)
        if not isinstance(answer, Reply):
            return answer
        fields = answer.fields()
        return answer.failure() or _CODES.outcome(fields.get("error"), fields.get("msgid"))

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()
