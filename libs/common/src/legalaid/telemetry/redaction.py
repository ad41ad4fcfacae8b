"""What a log line may hold: only what looks like ours. A careless call then leaks nothing.

It is a list of what passes, not of what is forbidden: numbers, yes and no, and text that looks like a code, an id, a
name of ours or a time. Text of any other look (with blanks, with letters beyond ASCII, long) is replaced by its
length, objects by their class. On top of that some keys never pass, because a given name looks like a code too.
"""

import re
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from typing import Any

_SECRET_KEYS = frozenset(
    {
        "address",
        "applicant",
        "authorization",
        "body",
        "box",
        "contact",
        "cookie",
        "evidence",
        "facts",
        "input",
        "jwt",
        "message",
        "msg",
        "name",
        "names",
        "number",
        "password",
        "payload",
        "person",
        "phone",
        "relation",
        "secret",
        "sms",
        "story",
        "text",
        "to",
        "token",
        "url",
        "value",
    }
)
"""A key is secret when one of its parts between underscores is in here: ``person_name``, ``to``."""
_OPEN_KEYS = frozenset({"task_name", "part_name"})
_CODE = re.compile(r"[A-Za-z0-9_.:/@<>()+*,=\[\]-]{0,120}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{64}", re.ASCII)
"""Span ids, trace ids, hashes."""
_NUMBER = re.compile(r"(?:\d[^0-9A-Za-z]{0,3}){9,}", re.ASCII)
"""Nine digits or more with at most three other characters between: a telephone, identity or receipt number."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_FOREIGN = re.compile(r"\S*[^\x00-\x7f]\S*")
"""A word with a letter beyond ASCII: libraries speak English, people do not."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_NUMBER_KEYS = frozenset({"offset", "offsets", "position", "bytes", "nanoseconds", "lag"})
_BIG = 10**8
_DEEPEST = 4

Line = MutableMapping[str, Any]


def redact(_logger: Any, _method: str, line: Line) -> Line:
    """The structlog processor: the line with everything masked that is not known to be harmless."""
    for key in list(line):
        if key == "exception":
            continue  # made by ``exceptions.describe``, which writes classes and places only
        line[mask_text(key)] = mask(line.pop(key), key)
    return line


def mask(value: Any, key: str = "", depth: int = 0) -> Any:
    """``value`` if it is harmless under that key, else what is left of it."""
    if value is None or isinstance(value, bool):
        return value
    if _is_secret(key):
        return "[masked]"
    if isinstance(value, str):  # also the members of our enums
        return mask_text(str(value))
    if isinstance(value, int | float):
        return value if abs(value) < _BIG or key.rpartition("_")[2] in _NUMBER_KEYS else "[number]"
    return _mask_other(value, key, depth)


def _mask_other(value: Any, key: str, depth: int) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {mask_text(str(inner)): mask(held, str(inner), depth + 1) for inner, held in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [mask(held, key, depth + 1) for held in value]
    return f"[{type(value).__name__}]"


def mask_text(text: str) -> str:
    """``text`` if it looks like a code, an id or a time of ours; else only how long it was."""
    if _UUID.fullmatch(text) or _HEX.fullmatch(text) or _TIME.fullmatch(text):
        return text
    if not _CODE.fullmatch(text):
        return f"[text of {len(text)}]"
    return "[number]" if _NUMBER.search(text) else text


def mask_sentence(text: str, *, longest: int = 200) -> str:
    """A library's own sentence: its first line, without what it quotes, Vietnamese words and long numbers."""
    first = _FOREIGN.sub("[masked]", text.partition("\n")[0])
    return _NUMBER.sub("[number]", _QUOTED.sub("[quoted]", first))[:longest]


def _is_secret(key: str) -> bool:
    return key not in _OPEN_KEYS and not _SECRET_KEYS.isdisjoint(key.lower().split("_"))
