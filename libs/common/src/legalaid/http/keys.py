"""The public keys that sign bearer tokens: a JWKS (RFC 7517) from a file or an address."""

import asyncio
from pathlib import Path

import httpx
import jwt
import orjson
import structlog

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.settings import AuthSettings

log = structlog.get_logger()

ALGORITHMS = frozenset({"RS256", "ES256"})
"""Asymmetric only: who can check a token must not be able to make one."""
_FRESH_SECONDS = 600.0
_AGAIN_SECONDS = 10.0
"""Between two readings that unknown key ids ask for, so that made-up tokens cannot make us hammer the issuer."""


class KeySet:
    """Keys by id. Read when first needed, when they are old, and when a token names a key that is not among them."""

    def __init__(self, settings: AuthSettings) -> None:
        self._settings = settings
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key, or None where the issuer has no such key. Raises ``TransientError`` while there are none at all."""
        if not self._is_due(_FRESH_SECONDS) and key_id in self._keys:
            return self._keys[key_id]
        async with self._lock:
            known = key_id in self._keys
            if self._is_due(_FRESH_SECONDS if known else _AGAIN_SECONDS):
                await self._refresh()
        return self._keys.get(key_id)

    def _is_due(self, seconds: float) -> bool:
        return self._read_at is None or clock.elapsed() - self._read_at > seconds

    async def _refresh(self) -> None:
        try:
            keys = _usable(await self._read())
        except (OSError, httpx.HTTPError, ValueError, TypeError, KeyError):
            log.warning("jwks_unreadable", exc_info=True)
            if not self._keys:
                raise TransientError("no JWKS") from None
        else:
            self._keys = keys
        self._read_at = clock.elapsed()

    async def _read(self) -> bytes:
        if self._settings.jwks_file is not None:
            return await asyncio.to_thread(Path.read_bytes, self._settings.jwks_file)
        async with httpx.AsyncClient(timeout=5.0) as client:
            answer = await client.get(self._settings.jwks_url)
            return answer.raise_for_status().content


def _usable(jwks: bytes) -> dict[str, jwt.PyJWK]:
    keys = {}
    for entry in orjson.loads(jwks)["keys"]:
        if entry.get("kty") not in {"RSA", "EC"} or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue  # a curve or algorithm that this library does not know
        if key.key_id and key.algorithm_name in ALGORITHMS:
            keys[key.key_id] = key
    return keys
