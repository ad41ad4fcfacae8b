"""The adapters that the conformance suite holds to the port. A new one joins by one line."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from dev.gateway.fcm import service_account
from notify.gateways import Gateway, Lost, Message, NotNow, Ours, Outcome, Refused, RouteCannot, Taken, connect
from notify.gateways.aes128gcm import base64url
from notify.gateways.fcm import FcmGateway
from notify.gateways.webpush import WebPushGateway
from notify.gateways.zalo import ZaloGateway
from notify.settings import GatewaySettings, PushSettings, ZaloSettings

from .conftest import NUMBER, Answer, Provider, sms


@dataclass(frozen=True)
class Adapter:
    """How its provider says what the suite asks."""

    taken: Answer
    outcome: Taken
    """What ``taken`` means to it."""
    unknown: Answer | None = None
    """A code that no table has; None: it has no codes of its own."""
    unlisted: Outcome | None = None
    """What ``unknown`` means to it."""
    wordless: type[Lost | Taken] = Lost
    """What a success without a word means."""
    says: Mapping[int, Outcome] = field(default_factory=dict)
    """What a status means to it and to no other."""
    renews: frozenset[int] = frozenset()
    """Statuses after which it tries once more with another token: its own tests have them."""
    made: Callable[..., Gateway] | None = None
    """By url and time-out; None: as the settings of its kind say."""
    to: Callable[[str], str] = lambda _: NUMBER
    """Who gets a message, where the provider is at this address."""
    addressed: bool = True
    """Whether its address stands in settings; else in each message."""


class _OneToken:
    """Of Zalo, and of Google's service account."""

    async def access(self, *, refused: str | None = None) -> str:
        return f"token-{refused}"

    async def current(self) -> str:
        return "token"

    async def close(self) -> None:
        """Nothing is open."""


def _zalo(url: str, seconds: float) -> Gateway:
    settings = ZaloSettings(url=url, timeout_seconds=seconds, templates={"case-assigned/1": "201"})
    return ZaloGateway(settings, _OneToken())  # type: ignore[arg-type]  # a double


@cache
def _google_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _fcm(url: str, seconds: float) -> Gateway:
    account = service_account("http://127.0.0.1:1", _google_key()).file
    gateway = FcmGateway(PushSettings(fcm_url=url, fcm_account=SecretStr(account), timeout_seconds=seconds))
    gateway._tokens = _OneToken()  # type: ignore[assignment]  # a double
    return gateway


@cache
def _browser_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _webpush(url: str, seconds: float) -> Gateway:
    key = SecretStr(base64url(_browser_key().private_numbers().private_value.to_bytes(32, "big")))
    subject = "mailto:trial@legalaid.test"
    return WebPushGateway(PushSettings(vapid_key=key, vapid_subject=subject, hosts=(url,), timeout_seconds=seconds))


def _subscription(url: str) -> str:
    point = _browser_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": base64url(point), "auth": base64url(b"0123456789abcdef")}
    return json.dumps({"endpoint": f"{url}/wpush/v2/x", "keys": keys})


_OURS_TOO: Mapping[int, Outcome] = {400: Ours("http-400"), 422: Ours("http-422")}
_FCM: Mapping[int, Outcome] = {**_OURS_TOO, 429: NotNow("fcm-429", timedelta(minutes=1))}
_WEBPUSH: Mapping[int, Outcome] = {
    **{status: Ours(f"webpush-{status}") for status in (400, 401, 403)},
    404: Refused("webpush-404"),
}
ADAPTERS = {
    "simulated": Adapter((202, {"gateway_id": "g"}), Taken(), wordless=Taken),
    "esms": Adapter((200, {"CodeResult": "100", "SMSID": "d5-3"}), Taken("d5-3"), (200, {"CodeResult": "19"})),
    "vietguys": Adapter((200, {"error": 0, "msgid": 7}), Taken("7"), (200, {"error": -19, "log": "x"})),
    "vmg": Adapter((200, {"errorCode": "000", "referentId": "r"}), Taken("r"), (200, {"errorCode": "19"})),
    "speedsms": Adapter((200, {"code": "00", "data": {"tranId": 1}}), Taken("1"), (200, {"code": "19"})),
    "stringee": Adapter((200, {"result": [{"r": 0}]}), Taken(), (200, {"result": [{"r": 19}]})),
    "zalo": Adapter((200, {"error": 0}), Taken(), (200, {"error": -19}), Ours("zalo-19"), says=_OURS_TOO, made=_zalo),
    "fcm": Adapter((200, {"name": "n"}), Taken("n"), says=_FCM, renews=frozenset({401}), made=_fcm),
    "webpush": Adapter(
        (201, ""), Taken(), says=_WEBPUSH, made=_webpush, to=_subscription, addressed=False, wordless=Taken
    ),
}


def made(provider: Provider, kind: str, **more: Any) -> Gateway:
    """The adapter, at the provider's address if no other is said."""
    usual: dict[str, Any] = {"url": provider.url, "timeout_seconds": 0.3} | more
    if (own := ADAPTERS[kind].made) is not None:
        return own(usual["url"], usual["timeout_seconds"])
    secrets = {"api_key": SecretStr("key"), "secret_key": SecretStr("secret-of-32-bytes-and-some-more")}
    return connect(GatewaySettings(**{"kind": kind, "sender": "TGPL"} | usual | secrets))


def messages(kind: str, url: str) -> Callable[[], Message]:
    """Each is another message."""
    return partial(sms, recipient=ADAPTERS[kind].to(url))


def unknown(kind: str) -> Outcome:
    """Certainly not sent; if nothing else is known, perhaps by another provider."""
    return ADAPTERS[kind].unlisted or RouteCannot(f"{kind}-19")
