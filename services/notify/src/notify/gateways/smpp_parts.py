"""A text as SMPP carries it: ``data_coding`` (SMPP 3.4, section 5.2.19), and the header of a part of several.

The header: 3GPP TS 23.040, section 9.2.3.24.1.
"""

from dataclasses import dataclass

from notify.rules import gsm

_CODINGS = {gsm.Encoding.GSM_7: 0, gsm.Encoding.UCS_2: 8}
_HEADER = 0x40
"""``esm_class``: the text begins with a header."""


@dataclass(frozen=True)
class Piece:
    """What one ``submit_sm`` carries."""

    short_message: bytes
    data_coding: int
    esm_class: int = 0


def parts(text: str, reference: int) -> list[Piece]:
    """All of them, in order. ``reference`` (0 to 255) is how a telephone knows which belong together."""
    written = gsm.encoding(text)
    coding = _CODINGS[written]
    pieces = [gsm.septets(piece) if coding == 0 else piece.encode("utf-16-be") for piece in gsm.parts(text)]
    if len(pieces) == 1:
        return [Piece(pieces[0], coding)]
    head = bytes((5, 0, 3, reference, len(pieces)))
    return [Piece(head + bytes((number,)) + piece, coding, _HEADER) for number, piece in enumerate(pieces, start=1)]
