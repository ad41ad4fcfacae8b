"""The keys of installations that are tried: made once, in folders that git does not keep, and never printed.

New keys would make what a store holds unreadable, so those that are there stay.
"""

from pathlib import Path
from secrets import token_urlsafe

from dev.machine.paths import ROOT, VAR
from dev.stack.installation import COMPARTMENTS
from dev.stack.keys import Authority
from legalaid.settings import KeyringSettings

COMPOSE = VAR / "compose"
CLUSTER = ROOT / "deploy" / "k8s" / "overlays" / "local" / "secrets"
_READABLE = 0o444
"""Containers run as a user that the machine does not know; on the machine the folder keeps everybody else out."""


def for_compose(folder: Path = COMPOSE) -> Authority:
    """The files that docker-compose.yml gives to containers: one for each key of the keyring, and the like."""
    authority = Authority(folder)
    for compartment in KeyringSettings.model_fields:
        [value] = authority.keyring(compartment).values()
        _put(folder / f"keyring-{compartment}", value)
    _put(folder / "player-key", authority.signing_key)
    _put(folder / "grafana-password", token_urlsafe(18))
    return authority


def for_cluster(folder: Path = CLUSTER) -> Authority:
    """The files that the overlay `local` makes Secrets of: for each service the keys of its own compartments."""
    authority = Authority(folder)
    for service, compartments in COMPARTMENTS.items():
        keys = authority.keyring(*compartments).items()
        file = folder / f"{service}.env"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name.rpartition('__')[2].lower()}={key}\n" for name, key in keys))
    return authority


def _put(file: Path, text: str) -> None:
    if not file.exists():
        file.write_text(text)
        file.chmod(_READABLE)
