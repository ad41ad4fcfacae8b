"""The simulated gateway of the local stack, over real HTTP: drops repeats, and can be asked."""

import httpx

from notify.gateways import http
from notify.gateways.base import NotNowError
from notify.settings import GatewaySettings


class SimulatedGateway:
    """``POST /v1/messages`` and ``GET /v1/messages/{request_id}``."""

    name = "simulated"
    drops_repeats = True
    can_be_asked = True

    def __init__(self, settings: GatewaySettings) -> None:
        self._sender = settings.sender
        self._client = http.client(settings.url, settings.timeout_seconds)

    async def send(self, request_id: str, number: str, text: str) -> None:
        """As ``SmsGateway``."""
        message = {"request_id": request_id, "to": number.removeprefix("+"), "text": text, "sender": self._sender}
        with http.sending():
            answer = await self._client.post("/v1/messages", json=message)
        http.check(answer)

    async def was_taken(self, request_id: str) -> bool:
        """As ``SmsGateway``."""
        try:
            answer = await self._client.get(f"/v1/messages/{request_id}")
        except httpx.HTTPError as error:
            raise NotNowError(type(error).__name__) from None
        if answer.status_code not in {200, 404}:
            raise NotNowError(f"http-{answer.status_code}")
        return answer.is_success

    async def close(self) -> None:
        """As ``SmsGateway``."""
        await self._client.aclose()
