"""Web push encryption, against the example of RFC 8291 and against two decoders that are not ours."""

import base64

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from notify.gateways.aes128gcm import MOST_BYTES, PushKeys, base64url, encrypt, unbase64

# RFC 8291, appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
AS_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
UA_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
UA_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(scalar: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unbase64(scalar), "big"), ec.SECP256R1())


def public(key: ec.EllipticCurvePrivateKey) -> str:
    return base64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def test_the_example_of_the_standard() -> None:
    made = encrypt(
        PLAIN, PushKeys.of(UA_PUBLIC, AUTH), padded_to=len(PLAIN), key=private(AS_PRIVATE), salt=unbase64(SALT)
    )
    assert base64url(made) == BODY
    assert public(private(UA_PRIVATE)) == UA_PUBLIC


@given(plain=st.binary(max_size=300), auth=st.binary(min_size=16, max_size=16), more=st.integers(0, 64))
def test_another_decoder_reads_what_we_write(plain: bytes, auth: bytes, more: int) -> None:
    theirs = private(UA_PRIVATE)
    body = encrypt(plain, PushKeys.of(public(theirs), base64url(auth)), padded_to=len(plain) + more)
    assert http_ece.decrypt(body, private_key=theirs, auth_secret=auth, version="aes128gcm") == plain


@given(one=st.binary(max_size=256), other=st.binary(max_size=256))
def test_all_messages_have_one_length_and_no_two_are_alike(one: bytes, other: bytes) -> None:
    keys = PushKeys.of(UA_PUBLIC, AUTH)
    bodies = [encrypt(each, keys, padded_to=256) for each in (one, other, other)]
    assert len({len(each) for each in bodies}) == 1
    assert len({each[:86] for each in bodies}) == 3, "a key and a salt serve once"


def test_the_longest_message_fits_one_record() -> None:
    theirs, longest = private(UA_PRIVATE), b"x" * MOST_BYTES
    body = encrypt(longest, PushKeys.of(UA_PUBLIC, AUTH), padded_to=MOST_BYTES)
    assert len(body) == 4096
    assert http_ece.decrypt(body, private_key=theirs, auth_secret=unbase64(AUTH), version="aes128gcm") == longest
    for padded_to in (MOST_BYTES + 1, MOST_BYTES - 1):
        with pytest.raises(ValueError, match="longer"):
            encrypt(longest, PushKeys.of(UA_PUBLIC, AUTH), padded_to=padded_to)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", AUTH),
        (base64url(b"\x04" + b"\x01" * 64), AUTH),  # on no curve
        (base64url(bytes(65)), AUTH),
        (UA_PUBLIC[:-2], AUTH),
        (UA_PUBLIC + "!", AUTH),
        ("ở" * 87, AUTH),
        (UA_PUBLIC, ""),
        (UA_PUBLIC, base64url(b"x" * 15)),
        (UA_PUBLIC, base64url(b"x" * 17)),
    ],
)
def test_keys_that_are_none(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong, the adapter asks no more
        PushKeys.of(p256dh, auth)


def test_base64_with_and_without_padding() -> None:
    assert unbase64(base64.urlsafe_b64encode(b"12345").decode()) == unbase64(base64url(b"12345")) == b"12345"
