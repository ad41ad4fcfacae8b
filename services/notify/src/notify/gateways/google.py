"""Access tokens of a service account of Google's (RFC 7523): a signed assertion buys one that lasts an hour."""

import asyncio
from datetime import timedelta
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, SecretStr

from legalaid import clock
from notify.gateways.base import NotNow, Ours
from notify.gateways.http import Client, Reply

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_USED_FOR: Final = timedelta(minutes=50).total_seconds()
_GOOD_FOR: Final = timedelta(hours=1)
"""Of an assertion, and of a token whose answer does not say."""
_TOO_MANY: Final = 429


class ServiceAccount(BaseModel):
    """The file that Google gives, as far as we use it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    project_id: str
    client_email: str
    private_key_id: str
    private_key: SecretStr
    token_uri: str


class GoogleTokens:
    """Access tokens of one service account: each is asked for once, however many wait for it."""

    def __init__(self, account: ServiceAccount, scope: str, timeout_seconds: float) -> None:
        self._account = account
        self._scope = scope
        key = load_pem_private_key(account.private_key.get_secret_value().encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("the key of a service account is an RSA key")
        self._key = key
        self._client = Client("", timeout_seconds)
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._until = 0.0

    async def current(self) -> str | Ours | NotNow:
        """A token that is good, as far as we know; or why there is none."""
        async with self._lock:
            if self._token is not None and clock.elapsed() < self._until:
                return self._token
            return await self._ask()

    async def other_than(self, rejected: str | Ours | NotNow) -> str | Ours | NotNow:
        """A token in place of one that was not accepted; the first asks for it, and the others get the same."""
        async with self._lock:
            if self._token is not None and self._token != rejected:
                return self._token
            return await self._ask()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _ask(self) -> str | Ours | NotNow:
        form = {"grant_type": _GRANT, "assertion": self._assertion()}
        answer = await self._client.ask("POST", self._account.token_uri, data=form)
        if not isinstance(answer, Reply):
            return NotNow(f"token-{answer.code}")
        token, seconds = answer.fields().get("access_token"), answer.fields().get("expires_in")
        if answer.failure() is None and isinstance(token, str):
            self._token = token
            good_for = float(seconds) if isinstance(seconds, int) else _GOOD_FOR.total_seconds()
            self._until = clock.elapsed() + min(_USED_FOR, good_for * 5 / 6)
            return token
        if 400 <= answer.status < 500 and answer.status != _TOO_MANY:  # noqa: PLR2004 - the class of our own faults
            return Ours(f"token-{answer.status}")  # such as invalid_grant: the key was revoked
        return NotNow(f"token-{answer.status}", answer.retry_after)

    def _assertion(self) -> str:
        now = clock.real_now()
        claims = {
            "iss": self._account.client_email,
            "scope": self._scope,
            "aud": self._account.token_uri,
            "iat": now,
            "exp": now + _GOOD_FOR,
        }
        headers = {"kid": self._account.private_key_id}
        return jwt.encode(claims, self._key, algorithm="RS256", headers=headers)
