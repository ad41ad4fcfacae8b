"""Vietnamese spelling: the same word written in several ways compares equal, and can be written without accents."""

import unicodedata

_LATIN = (range(0x00C0, 0x0250), range(0x1E00, 0x1F00))
_COMBINING = range(0x0300, 0x0370)
_TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Grave, acute, tilde, hook, dot below. The other marks (â, ă, ơ) belong to the letter."""


def _plain_letters() -> dict[int, str | None]:
    plain: dict[int, str | None] = dict.fromkeys(_COMBINING)
    for block in _LATIN:
        for code in block:
            decomposed = unicodedata.normalize("NFD", chr(code))
            if len(decomposed) > 1:
                plain[code] = decomposed[0]
    return plain | {ord("đ"): "d", ord("Đ"): "D"}  # these two have no decomposition


_PLAIN = _plain_letters()


def strip_accents(text: str) -> str:
    """``text`` without accents, and with d for đ: what an SMS of 160 characters can carry."""
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def fold(text: str) -> str:
    """``text`` for comparing: no accents, no capitals, single spaces."""
    return " ".join(strip_accents(text).casefold().split())


def spelled(text: str) -> str:
    """``text`` for comparing with its accents: ``Hoá`` and ``Hóa`` are equal, ``Yên Bái`` and ``Yên Bài`` are not.

    Both places of the tone mark are in use, so it is moved behind its word.
    """
    return " ".join(_tone_last(word) for word in unicodedata.normalize("NFD", text).casefold().split())


def _tone_last(word: str) -> str:
    tones = [character for character in word if character in _TONES]
    return "".join(character for character in word if character not in _TONES) + "".join(tones)
