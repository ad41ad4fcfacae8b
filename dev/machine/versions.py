"""The versions that everything is pinned to, in one file: ``.env``, which docker compose reads too."""

from dev.machine.paths import ROOT


def pinned(name: str) -> str:
    """What ``.env`` says of this name, such as ``KAFKA_IMAGE``. Raises ``KeyError``."""
    lines = (ROOT / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))[name]
