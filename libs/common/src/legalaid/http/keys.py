"""The public keys that sign bearer tokens: a JWKS (RFC 7517) from a file or an address."""

import asyncio
from pathlib import Path

import httpx
import jwt
import orjson
import structlog

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.health import Check
from legalaid.settings import AuthSettings

log = structlog.get_logger()

ALGORITHMS = frozenset({"RS256", "ES256"})
"""Asymmetric only: who can check a token must not be able to make one."""
_FRESH_SECONDS = 600.0
_AGAIN_SECONDS = 10.0
"""Between two readings that unknown key ids ask for, so that made-up tokens cannot make us hammer the issuer; and
between two that failed while there are no keys."""
_READ_SECONDS = 5.0
_WAIT_SECONDS = 1.0
"""How long a request waits for a reading; then it does with the keys that there are."""


class KeySet:
    """Keys by id. Read when first needed, when they are old, and when a token names a key that is not among them.

    One reading at a time, which all share; nobody waits for it for long, and a reading that failed counts as one.
    """

    def __init__(self, settings: AuthSettings) -> None:
        self._settings = settings
        self._keys: dict[str, jwt.PyJWK] | None = None
        """None until a reading has succeeded."""
        self._tried_at: float | None = None
        self._reading: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key, or None where the issuer has no such key. Raises ``TransientError`` while nothing could be read."""
        known = self._keys is not None and key_id in self._keys
        if self._is_due(_FRESH_SECONDS if known else _AGAIN_SECONDS):
            await asyncio.wait({self._begin()}, timeout=_WAIT_SECONDS)
        if self._keys is None:
            raise TransientError("no JWKS")
        return self._keys.get(key_id)

    async def ready(self) -> Check:
        """False while keys were needed and none could be read; then it reads again, as no request comes to do so.

        A process that nobody sends requests to, such as a consumer, needs no keys and perhaps cannot reach the issuer.
        """
        failed = self._keys is None and self._tried_at is not None
        if failed and self._is_due(_AGAIN_SECONDS):
            self._begin()
        return Check("token-keys", ok=not failed, detail="no keys could be read yet" if failed else "")

    def _is_due(self, seconds: float) -> bool:
        return self._tried_at is None or clock.elapsed() - self._tried_at > seconds

    def _begin(self) -> asyncio.Task[None]:
        if self._reading is None:
            self._reading = asyncio.create_task(self._refresh(), name="jwks")
        return self._reading

    async def _refresh(self) -> None:
        try:
            async with asyncio.timeout(_READ_SECONDS):
                self._keys = _usable(await self._read())
        except (OSError, httpx.HTTPError, ValueError, TypeError, KeyError):
            log.warning("jwks_unreadable", exc_info=True)
        finally:
            self._tried_at = clock.elapsed()
            self._reading = None

    async def _read(self) -> bytes:
        if self._settings.jwks_file is not None:
            return await asyncio.to_thread(Path.read_bytes, self._settings.jwks_file)
        async with httpx.AsyncClient(timeout=_READ_SECONDS) as client:
            answer = await client.get(self._settings.jwks_url)
            return answer.raise_for_status().content


def _usable(jwks: bytes) -> dict[str, jwt.PyJWK]:
    keys = {}
    entries = orjson.loads(jwks)["keys"]
    if not isinstance(entries, list):
        raise TypeError("keys is no list")
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC") or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, TypeError, ValueError):
            continue  # broken, or a curve or algorithm that this library does not know
        if key.key_id and key.algorithm_name in ALGORITHMS:
            keys[key.key_id] = key
    return keys
