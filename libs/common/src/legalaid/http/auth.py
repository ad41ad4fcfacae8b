"""Who asks: a JWT bearer token (RFC 6750, RFC 9068) and what its scopes allow.

Claims: ``iss``, ``aud``, ``exp`` and ``sub`` are required; ``client_id`` (or ``azp``) names the front end, ``scope``
lists what it may do, ``centre`` is the owner code of an officer's centre.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NoReturn

import jwt
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from legalaid import clock
from legalaid.http.keys import ALGORITHMS, KeySet
from legalaid.http.problems import Problem
from legalaid.settings import AuthSettings

SCHEME_PREFIX = "bearer "
_TYPES = frozenset({"at+jwt", "jwt"})
"""RFC 9068 wants the first; issuers that are older write the second, or nothing."""
_LEEWAY_SECONDS = 10
_BELIEVED_SECONDS = 300.0
"""A checked token is believed so long without looking at its key again, which may have been withdrawn."""
_MOST_CACHED = 10_000
_MOST_CHARACTERS = 8_192


@dataclass(frozen=True)
class Principal:
    """Who asks."""

    subject: str
    client: str
    """The front end: part of the identity of a request, so that two front ends can use the same key."""
    scopes: frozenset[str]
    centre: str | None
    """The owner code of an officer's centre; ``DESK`` for the people of the Desk."""


class Authenticator:
    """Checks tokens; a token that was good is remembered by its hash, so that a busy client costs microseconds."""

    def __init__(self, settings: AuthSettings) -> None:
        self._settings = settings
        self._keys = KeySet(settings)
        self.ready = self._keys.ready
        self._good: dict[bytes, tuple[Principal, float]] = {}

    async def principal(self, authorization: str) -> Principal:
        """Who sent this ``Authorization`` header. Raises a 401 problem, or ``TransientError`` without keys."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _MOST_CHARACTERS:
            _unauthorized("Send a bearer token.")
        digest = sha256(token.encode()).digest()
        now = clock.real_now().timestamp()
        known = self._good.get(digest)
        if known is not None and now < known[1]:
            return known[0]
        principal, expires = await self._check(token)
        if len(self._good) >= _MOST_CACHED:
            self._good.clear()
        self._good[digest] = (principal, min(expires, now + _BELIEVED_SECONDS))
        return principal

    async def _check(self, token: str) -> tuple[Principal, float]:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.find(header["kid"]) if _is_acceptable(header) else None
            if key is None:
                _unauthorized("The token's key, algorithm or type is not accepted.")
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError:
            _unauthorized("The token has expired.")
        except jwt.PyJWTError:
            _unauthorized("The token is not valid here.")
        return _principal(claims), _moment(claims["exp"])


def _is_acceptable(header: dict[str, Any]) -> bool:
    """Whether its parameters are of the right types, and it says to be an access token or nothing of what it is.

    Our issuer signs tokens for other ends too (logout, proofs of possession): those must not open anything here.
    """
    algorithm, key_id, type_ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not (isinstance(algorithm, str) and isinstance(key_id, str) and isinstance(type_, str)):
        return False
    return algorithm in ALGORITHMS and type_.lower().removeprefix("application/") in _TYPES


def _moment(seconds: float) -> float:
    """As a time that can be compared. Raises a 401 problem for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC).timestamp()
    except (OverflowError, ValueError, OSError):
        _unauthorized("The token's exp is no time.")


def _principal(claims: dict[str, Any]) -> Principal:
    client = claims.get("client_id") or claims.get("azp")
    centre, scope = claims.get("centre"), claims.get("scope", "")
    texts = isinstance(client, str) and isinstance(scope, str) and (centre is None or isinstance(centre, str))
    if not texts:
        _unauthorized("The token names no client_id.")
    return Principal(str(claims["sub"]), str(client), frozenset(scope.split()), centre)


def _unauthorized(detail: str) -> NoReturn:
    challenge = 'Bearer realm="legalaid", error="invalid_token"'
    raise Problem(401, "unauthorized", "Who are you?", detail, headers={"WWW-Authenticate": challenge}) from None


class require(SecurityBase):  # noqa: N801 - reads as what it does: Depends(require("requests:write"))
    """The dependency that lets in only tokens with ``scope``, and tells who it is.

    Raises a 401 problem without a good token, a 403 one when the token may do other things.
    """

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.scheme_name = SCHEME_PREFIX + scope  # openapi.py makes one scheme with scopes of them all
        self.model = HTTPBearerModel(bearerFormat="JWT")

    async def __call__(self, request: Request) -> Principal:
        """As a FastAPI dependency."""
        headers = request.headers.getlist("authorization")
        if len(headers) > 1:  # a proxy in front may have looked at the other
            _unauthorized("Send one Authorization header.")
        if not headers:
            challenge = {"WWW-Authenticate": 'Bearer realm="legalaid"'}
            raise Problem(401, "unauthorized", "Who are you?", "Send a bearer token.", headers=challenge)
        authenticator: Authenticator = request.app.state.authenticator
        principal = await authenticator.principal(headers[0])
        if self.scope not in principal.scopes:
            challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{self.scope}"'}
            raise Problem(403, "forbidden", "You may not do this", f"It needs {self.scope}.", headers=challenge)
        return principal
