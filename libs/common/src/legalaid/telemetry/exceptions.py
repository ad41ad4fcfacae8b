"""What a log says of an exception: classes and places in the code, never its message or the values around it.

Messages quote input: Pydantic shows what it refused, a driver the document that collided.
"""

import errno
import sys
import traceback
from pathlib import Path
from typing import Any

from structlog.typing import EventDict

from legalaid.errors import PermanentError
from legalaid.telemetry.redaction import mask_text

_FRAMES = 12
_CHAIN = 6


def describe(error: BaseException) -> list[dict[str, Any]]:
    """The exception and what caused it, outermost first; the members of a group follow it."""
    described: list[dict[str, Any]] = []
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting and len(described) < _CHAIN:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        described.append(_one(current))
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.append(current.__cause__ or (None if current.__suppress_context__ else current.__context__))
    return described


def _one(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    about: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}
    if isinstance(error, PermanentError):
        about["reason"] = mask_text(error.reason)
    if isinstance(error, OSError) and error.errno is not None:
        about["errno"] = errno.errorcode.get(error.errno, str(error.errno))
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    about["at"] = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return about


def _short(filename: str) -> str:
    """``legalaid/http/app.py`` for a file in a package; the rest of the path says nothing."""
    return "/".join(Path(filename).parts[-3:])


def processor(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """The structlog processor: ``exc_info`` becomes ``exception``; nothing else may write that key."""
    line.pop("exception", None)
    line.pop("stack_info", None)
    given = line.pop("exc_info", None)
    error = _raised(given)
    if error is not None:
        line["exception"] = describe(error)
    return line


def _raised(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None
