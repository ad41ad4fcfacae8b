"""The adapters that the conformance suite holds to the port. A new one joins by one line."""

from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from notify.gateways import Gateway, Lost, RouteCannot, Taken, connect
from notify.settings import GatewaySettings

from .conftest import Answer, Provider


@dataclass(frozen=True)
class Adapter:
    """How its provider says what the suite asks."""

    taken: Answer
    outcome: Taken
    """What ``taken`` means to it."""
    unknown: Answer | None = None
    """A code that no table has; None: it has no codes of its own."""
    wordless: type[Lost | Taken] = Lost
    """What a success without a word means."""
    more: tuple[tuple[str, Any], ...] = ()
    """Settings."""


ADAPTERS = {
    "simulated": Adapter((202, {"gateway_id": "g"}), Taken(), wordless=Taken),
    "esms": Adapter((200, {"CodeResult": "100", "SMSID": "d5-3"}), Taken("d5-3"), (200, {"CodeResult": "19"})),
    "vietguys": Adapter((200, {"error": 0, "msgid": 7}), Taken("7"), (200, {"error": -19, "log": "x"})),
    "vmg": Adapter((200, {"errorCode": "000", "referentId": "r"}), Taken("r"), (200, {"errorCode": "19"})),
    "speedsms": Adapter((200, {"code": "00", "data": {"tranId": 1}}), Taken("1"), (200, {"code": "19"})),
    "stringee": Adapter((200, {"result": [{"r": 0}]}), Taken(), (200, {"result": [{"r": 19}]})),
}


def settings(provider: Provider, kind: str, **more: Any) -> GatewaySettings:
    usual = {"url": provider.url, "timeout_seconds": 0.3, "sender": "TGPL"}
    secrets = {"api_key": SecretStr("key"), "secret_key": SecretStr("secret-of-32-bytes-and-some-more")}
    said: dict[str, Any] = {"kind": kind, **usual, **secrets, **dict(ADAPTERS[kind].more), **more}
    return GatewaySettings(**said)


def made(provider: Provider, kind: str, **more: Any) -> Gateway:
    return connect(settings(provider, kind, **more))


def unknown(kind: str) -> RouteCannot:
    """Certainly not sent, and perhaps by another provider."""
    return RouteCannot(f"{kind}-19")
