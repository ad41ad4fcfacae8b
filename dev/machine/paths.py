"""Where things lie in the working tree. Everything that is made at run time lies under ``var``."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
TOOLS = VAR / "tools"
RUN = VAR / "run"
LOGS = VAR / "log"
DEMO = VAR / "demo"
PYTHON = sys.executable


def shown(path: Path) -> str:
    """The path as a person types it: relative to the repository where it lies inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
