"""Names of people for comparing: one person's name, told twice, is equal however it was written."""

import re
import unicodedata
from typing import Final

from legalaid.vietnam.text import strip_accents

_WORD: Final = re.compile(r"[^\W\d_]+")
_ADDRESS: Final = re.compile(r"[\W\d_]*(?:(?:ông|bà|anh|chị|em|cô|chú|bác|cậu|mợ|dì|thím|cụ|cháu)(?:[\W\d_]+|$))+")
"""Forms of address before a name, with their accents: without them *chú* is *Chu*, a family."""
_PLAIN_ADDRESS: Final = re.compile(r"[\W\d_]*(?:(?:ong|ba|anh|chi)(?:[\W\d_]+|$))+")
"""Those that are known without accents too, because no family is called so."""
_LEAST_WORDS: Final = 2
"""A given name alone (*Páo*) is half a village's."""


def comparable(name: str) -> str | None:
    """``name`` without accents, capitals, forms of address, signs and the order of its words; None for less than two.

    Accents go because people who type in a hurry leave them out; the order, because forms ask for it in two ways.
    That lets different names become equal: how often is measured (docs/routing.md).
    """
    spelled = unicodedata.normalize("NFC", name).casefold()
    address = (_PLAIN_ADDRESS if spelled.isascii() else _ADDRESS).match(spelled)
    words = _WORD.findall(strip_accents(spelled[address.end() :] if address else spelled))
    return " ".join(sorted(words)) if len(words) >= _LEAST_WORDS else None
