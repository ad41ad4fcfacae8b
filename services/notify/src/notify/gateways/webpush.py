"""Web Push: RFC 8030 (the service), 8291 (encryption), 8292 (VAPID: who we are).

What is pushed is a notice id, encrypted to the browser; the text stays here. The endpoint is an address that a client
gave us, so it is called only where its host is on our list, and no answer leads elsewhere.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from legalaid import clock
from legalaid.events.words import NoticeChannel
from notify.gateways import aes128gcm, push
from notify.gateways.base import CannotBeAsked, Message, Ours, Outcome, Refused, Taken
from notify.gateways.http import Client, Reply
from notify.settings import PushSettings

_PADDED_TO: Final = 256
"""Bytes of every message, so that its length tells nothing."""
_USED_FOR, _GOOD_FOR = timedelta(hours=12), timedelta(hours=13)
"""Of a VAPID token; at most 24 hours (RFC 8292, section 2)."""
_MOST_TOKENS: Final = 1_000
_GONE: Final = frozenset({404, 410})
_OURS: Final = frozenset({400, 401, 403, 413})
"""The request, VAPID, the owner of the subscription, the size: nobody's subscription is at fault (RFC 8030, 8292)."""


@dataclass(frozen=True)
class Subscription:
    """What a browser gave the app: ``PushSubscription.toJSON()``."""

    endpoint: str
    keys: aes128gcm.PushKeys

    @classmethod
    def of(cls, recipient: str) -> "Subscription":
        """Raises ``ValueError`` for what is no subscription."""
        try:
            told = json.loads(recipient)
            return cls(str(told["endpoint"]), aes128gcm.PushKeys.of(told["keys"]["p256dh"], told["keys"]["auth"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("no subscription") from error


class WebPushGateway(CannotBeAsked):
    """A repeat has the Topic of the first message, which it replaces where that waits, and its notice's id as a tag."""

    name = "webpush"
    channel = NoticeChannel.PUSH
    repeats_known_for = push.REPEATS_KNOWN_FOR

    def __init__(self, settings: PushSettings) -> None:
        """Raises ``ValueError`` for a key that is none."""
        self._hosts = settings.hosts
        self.vapid = Vapid(settings.vapid_key.get_secret_value(), settings.vapid_subject)
        self._client = Client("", settings.timeout_seconds)

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``; codes of ``push.FORGETS`` say that the subscription is gone or none."""
        try:
            to = Subscription.of(message.recipient)
            origin = allowed_origin(to.endpoint, self._hosts)
        except ValueError:
            return Refused("webpush-subscription")
        if origin is None:
            return Refused("webpush-host")
        headers = {
            "Authorization": self.vapid.header(origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(push.TTL.total_seconds())),
            "Topic": message.request_id.replace("-", ""),
            "Urgency": "high" if message.urgent else "normal",
        }
        body = aes128gcm.encrypt(json.dumps(push.content(message)).encode(), to.keys, padded_to=_PADDED_TO)
        answer = await self._client.post(to.endpoint, data=body, headers=headers)
        return _outcome(answer) if isinstance(answer, Reply) else answer

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()


def _outcome(answer: Reply) -> Outcome:
    if answer.status in _GONE:
        return Refused(f"webpush-{answer.status}")
    if answer.status in _OURS:
        return Ours(f"webpush-{answer.status}")
    return answer.failure() or Taken()


class Vapid:
    """Signs who we are, once for each push service and half a day (RFC 8292)."""

    def __init__(self, key: str, subject: str) -> None:
        """``key``: the private scalar in base64url, as tools write it; ``subject``: ``mailto:`` or ``https:``.

        Raises ``ValueError``.
        """
        if not subject.startswith(("mailto:", "https:")):
            raise ValueError("the subject of VAPID is a mailto: or https: address")
        self._key = ec.derive_private_key(int.from_bytes(aes128gcm.unbase64(key), "big"), ec.SECP256R1())
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = aes128gcm.base64url(public)
        """What the app subscribes with (``applicationServerKey``)."""
        self._subject = subject
        self._headers: dict[str, tuple[str, float]] = {}

    def header(self, origin: str) -> str:
        """Of a message to the push service at ``origin``."""
        now = clock.real_now().timestamp()
        header, until = self._headers.get(origin, ("", 0.0))
        if now >= until:
            claims = {"aud": origin, "exp": int(now + _GOOD_FOR.total_seconds()), "sub": self._subject}
            header = f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self.public_key}"
            if len(self._headers) >= _MOST_TOKENS:
                self._headers.clear()
            self._headers[origin] = (header, now + _USED_FOR.total_seconds())
        return header


def allowed_origin(endpoint: str, hosts: Iterable[str]) -> str | None:
    """The origin of an endpoint that may be called; None where it may not.

    An entry is a host, with ``*.`` before it for the hosts below it, over https and its own port alone; or a whole
    origin, as that of a push service of a trial. Raises ``ValueError`` for what is no address.
    """
    if not endpoint.isascii() or not endpoint.isprintable() or set(endpoint) & set(" \\@"):
        raise ValueError("no address of a push service")
    parts = urlsplit(endpoint)
    port, host = parts.port, (parts.hostname or "").lower()
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    if origin in hosts:
        return origin
    if parts.scheme != "https" or port not in {None, 443} or not any(_is_of(host, each) for each in hosts):
        return None
    return f"https://{host}"


def _is_of(host: str, entry: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry
