"""One box: AES-256-GCM (NIST SP 800-38D) around the JSON of a compartment's content.

Text form: ``1.`` and base64url of nonce (12 bytes), ciphertext and tag (16 bytes). The owner's id and the name of the
compartment are associated data: a box that is moved to another request or compartment does not open.
"""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from legalaid.errors import PermanentError

_FORMAT = "1"
_NONCE_BYTES = 12
_PAD_BYTES = 64
"""Content is filled up to a multiple of this, so that the length of a box does not tell the length of a name."""


class SealError(PermanentError):
    """A box, or the wrapped key that it needs, was changed, moved or cut. Nothing of it is quoted."""

    def __init__(self) -> None:
        super().__init__("sealed-box")


def seal(cipher: AESGCM, owner: str, compartment: str, content: bytes) -> str:
    """The text of a new box around ``content``, which must be JSON: spaces after it are its padding."""
    padded = content.ljust(-(-len(content) // _PAD_BYTES) * _PAD_BYTES)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    ciphertext = cipher.encrypt(nonce, padded, _associated(owner, compartment))
    return f"{_FORMAT}.{_encode(nonce + ciphertext)}"


def unseal(cipher: AESGCM, owner: str, compartment: str, text: str) -> bytes:
    """The padded content of a box. Raises ``SealError`` when anything at all about it is not as it was sealed."""
    version, _, body = text.partition(".")
    raw = _decode(body)
    if version != _FORMAT or len(raw) <= _NONCE_BYTES:
        raise SealError
    try:
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _associated(owner, compartment))
    except InvalidTag:
        raise SealError from None


def _associated(owner: str, compartment: str) -> bytes:
    return f"legalaid:{_FORMAT}:{owner}:{compartment}".encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(body: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        raise SealError from None
    if _encode(raw) != body:  # the decoder passes over foreign characters and loose last bits: a box has one spelling
        raise SealError
    return raw
