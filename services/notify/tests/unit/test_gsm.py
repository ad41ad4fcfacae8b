"""The alphabet of SMS against a codec that is not ours, and the cuts of long texts."""

import pytest
from gsm0338 import Codec
from hypothesis import given
from hypothesis import strategies as st

from notify.rules.gsm import Encoding, encoding, parts, septets

OTHER = Codec()
ALPHABET = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]


def in_the_other(character: str) -> bytes | None:
    try:
        return bytes(OTHER.encode(character)[0])
    except UnicodeEncodeError:
        return None


def test_every_character_of_unicode_s_first_plane_is_written_as_another_codec_writes_it() -> None:
    written = 0
    for character in ALPHABET:
        if character == "\x1b":  # it announces the extension; the other codec lets it through alone
            continue
        theirs = in_the_other(character)
        assert (encoding(character) is Encoding.GSM_7) == (theirs is not None), hex(ord(character))
        if theirs is not None:
            assert septets(character) == theirs
            written += 1
    assert written == 127 + 10


@given(st.text(alphabet=st.sampled_from([each for each in ALPHABET[:0x3000] if in_the_other(each)]), max_size=400))
def test_what_is_written_is_read_by_another_codec(text: str) -> None:
    text = text.replace("\x1b", "")
    assert OTHER.decode(septets(text))[0] == text


@given(
    st.text(alphabet=st.one_of(st.sampled_from("aăđ€[]{^é "), st.characters(exclude_categories=["Cs"])), max_size=700)
)
def test_a_long_text_is_cut_into_parts_that_say_it_whole(text: str) -> None:
    cut, written = parts(text), encoding(text)
    assert "".join(cut) == text
    units = [len(septets(part)) if written is Encoding.GSM_7 else len(part.encode("utf-16-be")) // 2 for part in cut]
    assert all(each <= (written.alone if len(cut) == 1 else written.each) for each in units)
    assert len(cut) == 1 or sum(units) > written.alone
    # none could have taken what the next one begins with
    assert all(units[at] + 2 > written.each for at in range(len(cut) - 1))


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
     ("a" * 158 + "€", 1), ("a" * 159 + "€", 2), ("ă" * 70, 1), ("ă" * 71, 2),
     ("ꪁ" * 70, 1), ("ă" * 134, 2), ("ă" * 135, 3), ("ă" + "😀" * 35, 2)],
)  # fmt: skip
def test_how_many_messages_a_text_takes(text: str, count: int) -> None:
    assert len(parts(text)) == count


def test_a_character_of_two_units_stands_in_one_part() -> None:
    assert parts("a" * 152 + "€" + "b" * 100) == ["a" * 152, "€" + "b" * 100]


def test_what_is_not_in_the_alphabet_is_named_by_its_number() -> None:
    with pytest.raises(ValueError, match="U\\+1EC7"):
        septets("Điện"[2])
