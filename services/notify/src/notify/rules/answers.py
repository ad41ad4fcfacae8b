"""What a person asks of us by a message of their own, as far as one word says it."""

from enum import StrEnum
from typing import Final

from legalaid.vietnam import text as spelling


class OneWord(StrEnum):
    """What somebody who wrote to us wants."""

    STOP = "STOP"
    """No more messages on this channel."""
    CALL = "CALL"
    """To be called."""
    OTHER = "OTHER"
    """Only a person can tell."""


_STOP: Final = frozenset({"dung", "stop"})
_CALL: Final = frozenset({"goi", "call"})
_OTHERWISE: Final = frozenset(
    map(spelling.spelled, ("đúng", "dùng", "dụng", "đụng", "dưng", "đừng", "đứng", "gói", "gối", "gội", "gỏi", "gõi"))
)
"""Other words that are one of ours without their accents: "đúng" says yes. Whoever wrote accents meant them."""


def wanted(text: str, keyword: str = "") -> OneWord:
    """What ``text`` asks for. ``keyword`` is the word that led it to us, and says nothing.

    A longer message is for a person to read: "gọi" within it may be anything.
    """
    words = spelling.spelled(text.strip().strip(".,!?")).split()
    if len(words) > 1 and words[0] == spelling.spelled(keyword):
        words = words[1:]
    word = words[0] if len(words) == 1 else ""
    if word in _OTHERWISE:
        return OneWord.OTHER
    plain = spelling.strip_accents(word)
    if plain in _STOP:
        return OneWord.STOP
    return OneWord.CALL if plain in _CALL else OneWord.OTHER
