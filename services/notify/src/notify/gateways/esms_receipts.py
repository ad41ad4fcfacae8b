"""What eSMS says of a message that it took: asked by its own id, because its callbacks are signed by nobody.

``GET GetSendStatus`` (the provider's public pages, April 2026; not verified). The keys stand in its address, as eSMS
wants it: nothing on the way may log addresses. The answer's words are not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from notify.gateways.base import NotNow
from notify.gateways.http import Client, Reply
from notify.settings import GatewaySettings

_PATH = "/MainService.svc/json/GetSendStatus"
_KNOWN = "100"
CARRIERS: Final[Mapping[str, str]] = {
    "1": "viettel",
    "2": "mobifone",
    "3": "vinaphone",
    "4": "vietnamobile",
    "5": "gtel",
    "6": "itel",
    "7": "reddi",
}
"""By ``telcoid`` of a callback."""


@dataclass(frozen=True)
class Reported:
    """What became of a message at its carrier, as far as eSMS knows."""

    accepted: bool | None
    """Whether the carrier took it, which proves no handset; None: that is not known yet."""
    cost_vnd: int | None


class EsmsReceipts:
    """Asks for one account."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._keys = {
            "ApiKey": settings.api_key.get_secret_value(),
            "SecretKey": settings.secret_key.get_secret_value(),
        }
        self._client = Client(settings.url, settings.timeout_seconds)

    async def ask(self, reference: str) -> Reported | NotNow | None:
        """What became of the message with eSMS's id ``reference``. None: it knows none of ours."""
        answer = await self._client.ask("GET", _PATH, params=self._keys | {"RefId": reference})
        if not isinstance(answer, Reply):
            return answer
        if answer.failure() is not None:
            return NotNow(f"http-{answer.status}")
        fields = answer.fields()
        if str(fields.get("CodeResponse", fields.get("CodeResult"))) != _KNOWN:
            return None
        return Reported(_accepted(fields), _whole(fields.get("TotalPrice")))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def _accepted(fields: Mapping[str, Any]) -> bool | None:
    match str(fields.get("SendStatus")):
        case "4":
            return False
        case "5":
            return bool(_whole(fields.get("SendSuccess")))
        case _:
            return None


def _whole(value: Any) -> int | None:
    """A count, or đồng, as a number or its text; a part of one counts as a whole one."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return int(-(-number // 1)) if 0 <= number < 1e9 else None  # noqa: PLR2004 - a sum that no message costs
