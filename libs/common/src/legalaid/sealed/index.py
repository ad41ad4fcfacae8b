"""The blind index: HMAC-SHA-256 marks by which equal values are found without being known.

A mark is ``<key version>:<hex>``. Each purpose has marks of its own, so that one kind cannot be compared with another.
"""

import hmac
from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from legalaid.sealed.keys import NotEntitledError, parse_keys
from legalaid.settings import KeyringSettings

PHONE = "phone"


class BlindIndex:
    """Makes and compares marks. Without the key, making one and comparing raise ``NotEntitledError``."""

    def __init__(self, settings: KeyringSettings, key: Literal["index", "parties"] = "index") -> None:
        self._name = key
        keys = parse_keys(key, getattr(settings, key))
        self._macs = {version: HMAC(secret, SHA256()) for version, secret in keys.items()}

    def mark(self, purpose: str, value: bytes) -> str:
        """The mark of ``value``, under the newest key."""
        for mark in self.marks(purpose, value):
            return mark
        raise NotEntitledError(self._name)

    def marks(self, purpose: str, value: bytes) -> list[str]:
        """The marks of ``value`` under every key that this process has, the newest first."""
        return [f"{version}:{_digest(mac, purpose, value)}" for version, mac in self._macs.items()]

    def matches(self, mark: str, purpose: str, value: bytes) -> bool:
        """Whether ``mark``, of whatever key version, is that of ``value``; in constant time."""
        version, _, digest = mark.partition(":")
        mac = self._macs.get(version)
        if mac is None:
            raise NotEntitledError(self._name, version)
        return hmac.compare_digest(digest, _digest(mac, purpose, value))


def _digest(mac: HMAC, purpose: str, value: bytes) -> str:
    """``mac`` has its key set up once; a copy of it is made in a third of the time."""
    own = mac.copy()
    own.update(purpose.encode() + b"\x00" + value)
    return own.finalize().hex()
