"""A box opens with its own key, owner and compartment, whole, or not at all."""

import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid import ids
from legalaid.sealed import SealError
from legalaid.sealed.box import seal, unseal

OWNER = ids.random_id()
CIPHER = AESGCM(AESGCM.generate_key(256))
JSON = st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5).map(
    lambda d: json.dumps(d).encode()
)


@given(content=JSON)
def test_what_was_sealed_is_opened(content: bytes) -> None:
    assert json.loads(unseal(CIPHER, OWNER, "facts", seal(CIPHER, OWNER, "facts", content))) == json.loads(content)


@given(content=JSON)
def test_the_same_content_never_makes_the_same_box(content: bytes) -> None:
    assert seal(CIPHER, OWNER, "facts", content) != seal(CIPHER, OWNER, "facts", content)


def test_a_box_does_not_tell_how_long_a_name_is() -> None:
    lengths = {len(seal(CIPHER, OWNER, "contact", b'{"name":"%s"}' % (b"x" * n))) for n in range(1, 50)}
    assert len(lengths) == 1


def test_a_moved_box_does_not_open() -> None:
    box = seal(CIPHER, OWNER, "facts", b"{}")
    with pytest.raises(SealError):
        unseal(CIPHER, ids.random_id(), "facts", box)
    with pytest.raises(SealError):
        unseal(CIPHER, OWNER, "story", box)


def test_another_key_does_not_open() -> None:
    with pytest.raises(SealError):
        unseal(AESGCM(AESGCM.generate_key(256)), OWNER, "facts", seal(CIPHER, OWNER, "facts", b"{}"))


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 66, 130])
def test_no_character_can_be_changed(length: int) -> None:
    """Every position, every bit of a character: also the loose last bits of base64, which a decoder passes over."""
    box = seal(CIPHER, OWNER, "story", b'"' + b"a" * length + b'"')
    for position, character in enumerate(box):
        for bit in range(7):
            changed = box[:position] + chr(ord(character) ^ (1 << bit)) + box[position + 1 :]
            with pytest.raises(SealError):
                unseal(CIPHER, OWNER, "story", changed)


@settings(max_examples=300)
@given(text=st.text(max_size=200) | st.text(alphabet="1.AZaz09-_=+/\n", max_size=200))
def test_junk_does_not_open_and_is_not_quoted(text: str) -> None:
    for junk in (text, "1." + text):
        with pytest.raises(SealError) as caught:
            unseal(CIPHER, OWNER, "story", junk)
        assert str(caught.value) == "sealed-box"
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 20, 60, 100])
def test_a_cut_or_lengthened_box_does_not_open(cut: int) -> None:
    box = seal(CIPHER, OWNER, "story", b'{"text":"x"}')
    for changed in (box[:-cut], box[:2] + box[2 + cut :], box + box[-cut:], box + "=" * cut, box + "\n" * cut):
        with pytest.raises(SealError):
            unseal(CIPHER, OWNER, "story", changed)
