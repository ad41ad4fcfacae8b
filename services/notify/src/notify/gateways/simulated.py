"""The simulated gateway of the local stack, over real HTTP: drops repeats, and can be asked."""

from http import HTTPStatus

from notify.gateways.base import NotNowError
from notify.gateways.http import Client
from notify.settings import GatewaySettings


class SimulatedGateway:
    """``POST /v1/messages`` and ``GET /v1/messages/{request_id}``."""

    name = "simulated"
    drops_repeats = True
    can_be_asked = True

    def __init__(self, settings: GatewaySettings) -> None:
        self._sender = settings.sender
        self._client = Client(settings.url, settings.timeout_seconds)

    async def send(self, request_id: str, number: str, text: str) -> None:
        """As ``SmsGateway``."""
        message = {"request_id": request_id, "to": number.removeprefix("+"), "text": text, "sender": self._sender}
        await self._client.post("/v1/messages", message)

    async def was_taken(self, request_id: str) -> bool:
        """As ``SmsGateway``."""
        match await self._client.status(f"/v1/messages/{request_id}"):
            case HTTPStatus.OK:
                return True
            case HTTPStatus.NOT_FOUND:
                return False
            case status:
                raise NotNowError(f"http-{status}")

    async def close(self) -> None:
        """As ``SmsGateway``."""
        await self._client.close()
