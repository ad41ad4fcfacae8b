"""What a body may be: JSON as it is, and not too long, by its length or by counting what streams in.

A body with a content coding is refused, never unpacked: a few bytes of gzip can be many gigabytes. One that only calls
itself coded is refused too, since what stands in front of us may read it otherwise than we do.
"""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from legalaid.http import problems
from legalaid.http.problems import Problem

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_UNCODED = frozenset({b"", b"identity"})
_LONGEST_LENGTH = 20
"""Digits of a Content-Length, which is below 2^64; Python refuses to read numbers of thousands."""


def bounded(scope: Scope, receive: Receive, limit: int) -> Receive:
    """``receive``, in bounds. Raises a 413 or 415 problem for what its headers say of it already."""
    if scope["method"] not in _WITH_BODY:
        return receive
    length, content_type, coded = None, b"", False
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = value
        elif name == b"content-type":
            content_type = value
        elif name == b"content-encoding":
            coded = coded or value.strip().lower() not in _UNCODED
    if length == b"0":
        return receive
    if coded:
        raise problems.coded()
    if length is None:
        return _counting(receive, limit, content_type)
    if not length.isdigit() or len(length) > _LONGEST_LENGTH or int(length) > limit:
        raise problems.of_status(413, {"Connection": "close"})
    _check_type(content_type)
    return receive


def _check_type(content_type: bytes) -> None:
    essence = content_type.partition(b";")[0].strip().lower()
    if essence != b"application/json":
        raise problems.of_status(415)


def _counting(receive: Receive, limit: int, content_type: bytes) -> Callable[[], Awaitable[Message]]:
    """For a body without a length. FastAPI lets only ``HTTPException`` out of its reading."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request" and (body := message.get("body")):
            if not read:
                _check_streamed_type(content_type)
            read += len(body)
            if read > limit:
                raise HTTPException(413, headers={"Connection": "close"})
        return message

    return counted


def _check_streamed_type(content_type: bytes) -> None:
    try:
        _check_type(content_type)
    except Problem as problem:
        raise HTTPException(problem.status) from None
