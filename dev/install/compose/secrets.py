"""The files that docker-compose.yml gives to containers: the keyring's keys and the like. Made once, never printed."""

from pathlib import Path
from secrets import token_urlsafe

from dev.machine.paths import VAR
from dev.stack.keys import Authority
from legalaid.settings import KeyringSettings

FOLDER = VAR / "compose"
_READABLE = 0o444
"""Containers run as a user that the machine does not know; on the machine the folder keeps everybody else out."""


def write(folder: Path = FOLDER) -> Authority:
    """Make the keys if there are none yet. New keys would make what a store holds unreadable, so those there stay."""
    authority = Authority(folder)
    for compartment in KeyringSettings.model_fields:
        [value] = authority.keyring(compartment).values()
        _put(folder / f"keyring-{compartment}", value)
    _put(folder / "player-key", authority.signing_key)
    _put(folder / "grafana-password", token_urlsafe(18))
    return authority


def _put(file: Path, text: str) -> None:
    if not file.exists():
        file.write_text(text)
        file.chmod(_READABLE)
