"""The ``Idempotency-Key`` header (draft-ietf-httpapi-idempotency-key-header-07)."""

import re

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from legalaid.http.problems import Problem

_MOST = 255
_BARE = rf"[A-Za-z0-9!#$%&'*+.^_`|~:/=-]{{1,{_MOST}}}"
"""An RFC 8941 token and the ``=`` of base64: the draft wants a string, many clients send the bare key."""
_STRING = rf'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){{1,{_MOST}}}"'
"""An RFC 8941 string with at least one character."""
_KEY = re.compile(f"{_BARE}|{_STRING}", re.ASCII)
_ESCAPE = re.compile(r'\\(["\\])')


class IdempotencyKey(SecurityBase):
    """The dependency ``idempotency_key``: the key that makes a resend the same request.

    Raises a 400 problem when it is missing or malformed.
    """

    scheme_name = "Idempotency-Key"  # openapi.py turns it into the header parameter that it is
    pattern = f"^({_KEY.pattern})$"
    model = APIKey(**{"in": APIKeyIn.header}, name="Idempotency-Key")

    async def __call__(self, request: Request) -> str:
        """As a FastAPI dependency."""
        header = request.headers.get("idempotency-key")
        if header is None:
            hint = "Each new thing asked needs a new key."
            raise Problem(400, "idempotency-key-missing", "Send an Idempotency-Key", hint)
        key = _parsed(header)
        if key is None:
            detail = f"A string in quotes (RFC 8941) or a bare token, of 1 to {_MOST} characters."
            raise Problem(400, "idempotency-key-malformed", "The Idempotency-Key cannot be read", detail)
        return key


idempotency_key = IdempotencyKey()


def _parsed(header: str) -> str | None:
    if not _KEY.fullmatch(header):
        return None
    return _ESCAPE.sub(r"\1", header[1:-1]) if header.startswith('"') else header
