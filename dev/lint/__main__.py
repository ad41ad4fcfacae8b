"""Check the project's own rules; exit 1 when one is broken."""

import sys
from pathlib import Path

from dev.lint import rules, tree
from dev.lint.source import Finding, sources


def main(root: Path) -> int:
    """Print every finding below ``root``."""
    files = sources(root)
    found = [Finding(file.path, *hit) for file in files for rule in rules.RULES for hit in rule(file)]
    found += [finding for rule in tree.RULES for finding in rule(files)]
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[2]))
