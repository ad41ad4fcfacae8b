"""The ``Idempotency-Key`` header (draft-ietf-httpapi-idempotency-key-header-07)."""

import re

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from legalaid.http.problems import Problem

_MOST = 255
_BARE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~:/=-]+", re.ASCII)
"""An RFC 8941 token and the ``=`` of base64: the draft wants a string, many clients send the bare key."""
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"', re.ASCII)
"""An RFC 8941 string with at least one character."""
_ESCAPE = re.compile(r'\\(["\\])')


class IdempotencyKey(SecurityBase):
    """The dependency ``idempotency_key``: the key that makes a resend the same request.

    Raises a 400 problem when it is missing or malformed.
    """

    scheme_name = "Idempotency-Key"  # openapi.py turns it into the header parameter that it is
    model = APIKey(**{"in": APIKeyIn.header}, name="Idempotency-Key")

    async def __call__(self, request: Request) -> str:
        """As a FastAPI dependency."""
        header = request.headers.get("idempotency-key")
        if header is None:
            hint = "Each new thing asked needs a new key."
            raise Problem(400, "idempotency-key-missing", "Send an Idempotency-Key", hint)
        key = _parsed(header)
        if key is None or len(key) > _MOST:
            detail = f"A string in quotes (RFC 8941) or a bare token, of 1 to {_MOST} characters."
            raise Problem(400, "idempotency-key-malformed", "The Idempotency-Key cannot be read", detail)
        return key


idempotency_key = IdempotencyKey()


def _parsed(header: str) -> str | None:
    if _BARE.fullmatch(header):
        return header
    quoted = _STRING.fullmatch(header)
    return _ESCAPE.sub(r"\1", quoted[1]) if quoted else None
