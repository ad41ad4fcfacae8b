"""The simulated gateway of the local stack, over real HTTP: drops repeats, and can be asked."""

from datetime import datetime, timedelta
from http import HTTPStatus

from legalaid.events.words import NoticeChannel
from notify.gateways.base import Message, NotNow, Outcome, Taken
from notify.gateways.http import Client, Reply
from notify.settings import GatewaySettings


class SimulatedGateway:
    """``POST /v1/messages`` and ``GET /v1/messages/{request_id}``."""

    name = "simulated"
    channel = NoticeChannel.SMS
    repeats_known_for = timedelta.max
    can_be_asked = True

    def __init__(self, settings: GatewaySettings) -> None:
        self._sender = settings.sender
        self._client = Client(settings.url, settings.timeout_seconds)

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        number = message.recipient.removeprefix("+")
        body = {"request_id": message.request_id, "to": number, "text": message.text, "sender": self._sender}
        answer = await self._client.post("/v1/messages", json=body)
        if not isinstance(answer, Reply):
            return answer
        return answer.failure() or Taken()

    async def was_taken(self, request_id: str, since: datetime) -> Taken | NotNow | None:
        """As ``Gateway``."""
        del since
        match await self._client.ask("GET", f"/v1/messages/{request_id}"):
            case Reply(status=HTTPStatus.OK):
                return Taken()
            case Reply(status=HTTPStatus.NOT_FOUND):
                return None
            case Reply(status=status):
                return NotNow(f"http-{status}")
            case unanswered:
                return unanswered

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()
