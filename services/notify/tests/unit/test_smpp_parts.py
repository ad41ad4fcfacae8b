"""Texts as SMPP carries them, read by a codec that is not ours."""

from gsm0338 import Codec
from hypothesis import given
from hypothesis import strategies as st

from notify.gateways.smpp_parts import Piece, parts

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), max_size=500)
PLAIN = st.text("Yeu cau so 0123456789 @$_{}[]~^|€\n", max_size=500)


@given(TEXTS | PLAIN, st.integers(0, 255))
def test_what_is_cut_is_whole_again_and_fits(text: str, reference: int) -> None:
    made = parts(text, reference)
    assert "".join(map(_read, made)) == text, "each part can be read by itself"
    assert all(len(part.short_message) <= (160 if part.data_coding == 0 else 140) for part in made)
    assert {part.esm_class for part in made} == ({0x40} if len(made) > 1 else {0})
    heads = [part.short_message[:6] for part in made if part.esm_class]
    assert heads == [bytes((5, 0, 3, reference, len(made), number + 1)) for number in range(len(heads))]


def _read(part: Piece) -> str:
    body = part.short_message[6 if part.esm_class else 0 :]
    return Codec().decode(body)[0] if part.data_coding == 0 else body.decode("utf-16-be")
