"""``make generate`` (``python -m dev.generate``): write all that is committed and made from code; ``--check`` writes
nothing, and ends with 1 when something would change.

It is not made here what takes a morning to play (``make screens``) or a package of another Python (``units``).
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dev.generate import contract, law, metrics, texts
from dev.generate.dashboards import files as dashboards
from dev.generate.manifests import files as manifests
from dev.machine.paths import shown

GENERATORS: Sequence[Callable[[], Mapping[Path, str]]] = (
    contract.openapi,
    metrics.files,
    law.files,
    texts.files,
    dashboards.generated,
    manifests.generated,  # the last: it lists the files of dashboards
)


def stale(files: Mapping[Path, str]) -> dict[Path, str]:
    """The files that do not hold what they must, with what that is."""
    return {file: text for file, text in files.items() if not file.exists() or file.read_text("utf-8") != text}


def write() -> bool:
    """Bring every file up to date, say which. Whether the events' models keep their contract."""
    well = contract.events(check=False)
    for generate in GENERATORS:
        for file, text in stale(generate()).items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            print(f"wrote {shown(file)}")
    return well


def check() -> bool:
    """Say which files are stale. Whether none is, and the events' models keep their contract."""
    found = [file for generate in GENERATORS for file in stale(generate())]
    for file in found:
        print(f"stale: {shown(file)}")
    well = contract.events(check=True)
    if found or not well:
        print("What is committed is not what the code says: run `make generate`, look at the difference, commit it.")
    return well and not found


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m dev.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when something is stale")
    try:
        well = check() if parser.parse_args(arguments).check else write()
    except ValueError as refused:
        print(refused)
        return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
