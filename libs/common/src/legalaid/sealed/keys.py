"""Keys that wrap keys: the key-encryption keys of this process, and the data keys of one request.

A data key lies wrapped by RFC 5649 (AES key wrap with padding) under its compartment's key-encryption key (KEK).
"""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr, ValidationError

from legalaid.events.people import Contact, Facts, Story
from legalaid.events.sealed import C, Sealed
from legalaid.sealed import box
from legalaid.sealed.box import SealError
from legalaid.settings import KeyringSettings

COMPARTMENTS: Final = (Contact.compartment, Facts.compartment, Story.compartment)
_KEY_BYTES = 32
_PAIR = re.compile(r"^(?P<version>[A-Za-z0-9-]{1,16}):(?P<key>[A-Za-z0-9+/]{43}=)$")


class NotEntitledError(Exception):
    """This process was not given the key that it would need: a matter of its settings, not of the data."""

    def __init__(self, key: str, version: str | None = None) -> None:
        super().__init__(f"no key {key!r}" + (f" of version {version!r}" if version else "") + " in the settings")


def parse_keys(name: str, setting: SecretStr) -> dict[str, bytes]:
    """Keys by version, newest first, from ``<version>:<base64>[,…]``. Raises ``ValueError`` that quotes no key."""
    keys: dict[str, bytes] = {}
    for pair in filter(None, (part.strip() for part in setting.get_secret_value().split(","))):
        match = _PAIR.match(pair)
        if match is None or match["version"] in keys:
            message = f"keyring key {name!r} is not a list of <version>:<base64 of {_KEY_BYTES} bytes>, versions unlike"
            raise ValueError(message)
        keys[match["version"]] = base64.b64decode(match["key"])
    return keys


def new_settings(version: str = "1") -> KeyringSettings:
    """Fresh random keys for an installation, all of one version."""
    names = KeyringSettings.model_fields
    return KeyringSettings(**{name: SecretStr(f"{version}:{_random_base64()}") for name in names})


def _random_base64() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as the keyring keeps it."""

    version: str
    """Of the KEK that wraps it."""
    wrapped: bytes


class KeyEncryptionKeys:
    """The KEKs that this process was given, by compartment; for a compartment without any it can open nothing."""

    def __init__(self, settings: KeyringSettings) -> None:
        self._keys = {name: parse_keys(name, getattr(settings, name)) for name in COMPARTMENTS}

    def newest(self, compartment: str) -> str:
        """The version that new keys are wrapped under. Raises ``NotEntitledError``."""
        for version in self._keys[compartment]:
            return version
        raise NotEntitledError(compartment)

    def wrap(self, compartment: str, key: bytes) -> WrappedKey:
        """``key`` wrapped under the newest KEK. Raises ``NotEntitledError``."""
        version = self.newest(compartment)
        return WrappedKey(version, keywrap.aes_key_wrap_with_padding(self._keys[compartment][version], key))

    def unwrap(self, compartment: str, wrapped: WrappedKey) -> bytes:
        """The data key. Raises ``NotEntitledError`` without the KEK's version, ``SealError`` for a changed key."""
        kek = self._keys[compartment].get(wrapped.version)
        if kek is None:
            raise NotEntitledError(compartment, wrapped.version)
        try:
            return keywrap.aes_key_unwrap_with_padding(kek, wrapped.wrapped)
        except keywrap.InvalidUnwrap:
            raise SealError from None


class Keys:
    """The data keys of one request: they are unwrapped only when a compartment is opened or sealed."""

    __slots__ = ("_ciphers", "_keks", "owner", "wrapped")

    def __init__(
        self,
        owner: str,
        wrapped: Mapping[str, WrappedKey],
        keks: KeyEncryptionKeys,
        plain: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        self.owner = owner
        self.wrapped = wrapped
        self._keks = keks
        self._ciphers = {compartment: AESGCM(key) for compartment, key in plain.items()}

    def __repr__(self) -> str:
        return f"Keys({self.owner!r})"

    def seal(self, content: C) -> Sealed[C]:
        """A box around ``content``. Raises ``NotEntitledError`` without the compartment's KEK."""
        compartment = content.compartment
        return Sealed(box.seal(self._cipher(compartment), self.owner, compartment, content.to_json()))

    def open(self, sealed: Sealed[C], model: type[C]) -> C:
        """What lies in a box of this request.

        Raises ``SealError`` when it was changed, moved here from elsewhere, or holds no ``model``, and
        ``NotEntitledError`` without the compartment's KEK.
        """
        content = box.unseal(self._cipher(model.compartment), self.owner, model.compartment, sealed.text)
        try:
            return model.model_validate_json(content)
        except ValidationError:  # its text would quote the content
            raise SealError from None

    def _cipher(self, compartment: str) -> AESGCM:
        cipher = self._ciphers.get(compartment)
        if cipher is None:
            if compartment not in self.wrapped:
                raise NotEntitledError(compartment)
            cipher = AESGCM(self._keks.unwrap(compartment, self.wrapped[compartment]))
            self._ciphers[compartment] = cipher
        return cipher
