"""Keys of the overlay `local`: made once, in a folder that git does not keep."""

import json
from pathlib import Path

from dev.machine.paths import ROOT
from dev.stack.installation import COMPARTMENTS
from dev.stack.keys import Authority

FOLDER = ROOT / "deploy" / "k8s" / "overlays" / "local" / "secrets"


def write(folder: Path = FOLDER) -> None:
    """Make the keys if there are none yet, and give each service those of its own compartments.

    New keys would make what an installation holds unreadable, so those that are there stay.
    """
    Authority(folder)
    keyring: dict[str, str] = json.loads((folder / "keyring.json").read_text())
    for service, compartments in COMPARTMENTS.items():
        file = folder / f"{service}.env"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={keyring[name]}\n" for name in compartments))
