"""How an SMS is written and billed: GSM 7-bit (3GPP TS 23.038, section 6.2.1) where it can be, UCS-2 where it cannot.

A text longer than one message is sent in parts, each with a header that takes 7 septets, or 3 characters of UCS-2
(3GPP TS 23.040, section 9.2.3.24.1). What takes two units stands in one part, never across two.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

_ESCAPE: Final = 0x1B
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
_SEPTETS: Final = {
    **{character: bytes([place]) for place, character in enumerate(_BASIC) if place != _ESCAPE},
    **{character: bytes([_ESCAPE, place]) for character, place in _EXTENSION.items()},
}


class Encoding(Enum):
    """What carries a text: units of one message alone, and of each part of several."""

    GSM_7 = (160, 153)
    UCS_2 = (70, 67)

    @property
    def alone(self) -> int:
        """Units of a message that is not cut."""
        return self.value[0]

    @property
    def each(self) -> int:
        """Units of each part of one that is."""
        return self.value[1]


def encoding(text: str) -> Encoding:
    """The cheaper one that can write it."""
    return Encoding.GSM_7 if all(character in _SEPTETS for character in text) else Encoding.UCS_2


def septets(text: str) -> bytes:
    """A byte for each septet, as SMPP sends them. Raises ``ValueError`` when a character is not in the alphabet."""
    try:
        return b"".join(_SEPTETS[character] for character in text)
    except KeyError as missing:
        message = f"not in GSM 7-bit: U+{ord(missing.args[0]):04X}"
        raise ValueError(message) from None


def parts(text: str) -> list[str]:
    """What each message of it says; one for an empty text."""
    written = encoding(text)
    units = _septets_of if written is Encoding.GSM_7 else _units_of
    if sum(map(units, text)) <= written.alone:
        return [text]
    return _cut(text, written.each, units)


def _cut(text: str, most: int, units: Callable[[str], int]) -> list[str]:
    cut, room = [""], most
    for character in text:
        if units(character) > room:
            cut.append("")
            room = most
        cut[-1] += character
        room -= units(character)
    return cut


def _septets_of(character: str) -> int:
    return len(_SEPTETS[character])


def _units_of(character: str) -> int:
    return len(character.encode("utf-16-be")) // 2
