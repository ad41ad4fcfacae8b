"""Encryption of web push messages: one record of aes128gcm (RFC 8188) under keys that a subscription gives (RFC 8291).

Nothing here is done over a network, and whoever passes the key and the salt gets the same bytes again.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
"""The largest record that every push service takes (RFC 8291, section 4)."""
_KEY_BYTES, _AUTH_BYTES, _SALT_BYTES = 65, 16, 16
_TAG_BYTES = 16
_LAST = b"\x02"
"""The delimiter of the last record; zeros may follow it, so that lengths tell nothing."""
MOST_BYTES = RECORD_BYTES - (_SALT_BYTES + 4 + 1 + _KEY_BYTES) - _TAG_BYTES - len(_LAST)
"""Of a plaintext: 3,993."""


@dataclass(frozen=True)
class PushKeys:
    """What a browser gave with its subscription: where to encrypt to, and the secret that only it and we know."""

    p256dh: ec.EllipticCurvePublicKey
    auth: bytes

    @classmethod
    def of(cls, p256dh: str, auth: str) -> "PushKeys":
        """From base64url. Raises ``ValueError`` for a point that is none, or a secret of another length."""
        secret = unbase64(auth)
        if len(secret) != _AUTH_BYTES:
            raise ValueError("auth has another length")
        return cls(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64(p256dh)), secret)


def encrypt(
    plaintext: bytes,
    to: PushKeys,
    *,
    padded_to: int,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of the message. ``padded_to``: bytes that every plaintext is made to have.

    A key and a salt serve once: they are given by tests alone. Raises ``ValueError`` for a plaintext that is longer.
    """
    if not len(plaintext) <= padded_to <= MOST_BYTES:
        raise ValueError("the plaintext is longer than what it is padded to, or no record holds it")
    key = key or ec.generate_private_key(ec.SECP256R1())
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    ours, theirs = _point(key.public_key()), _point(to.p256dh)
    secret = _hkdf(key.exchange(ec.ECDH(), to.p256dh), to.auth, b"WebPush: info\x00" + theirs + ours, 32)
    content_key = _hkdf(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _hkdf(secret, salt, b"Content-Encoding: nonce\x00", 12)
    padded = plaintext + _LAST + bytes(padded_to - len(plaintext))
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(content_key).encrypt(nonce, padded, None)


def base64url(raw: bytes) -> str:
    """Without padding, as RFC 7515, section 2 says."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64(text: str) -> bytes:
    """The bytes of base64url, padded or not. Raises ``ValueError``."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
