"""The files that the checks read, and what they report."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PRODUCT = ("libs/common/src/", "services/")
"""Where the product's own code is; tools and tests are freer."""


@dataclass(frozen=True)
class Finding:
    """A broken rule: where, and what to do."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        """As editors understand it."""
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True)
class Source:
    """One file by its path below the root."""

    path: str
    text: str

    @property
    def is_product(self) -> bool:
        """Whether it is Python code of the product itself, no test and no tool."""
        return self.path.endswith(".py") and self.path.startswith(PRODUCT) and "/tests/" not in self.path

    @property
    def module(self) -> str:
        """``legalaid.bus.consumer`` for a product file; a package is named without ``__init__``."""
        below = self.path.partition("/src/")[2].removesuffix(".py").removesuffix("/__init__")
        return below.replace("/", ".")

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    def imports(self) -> Iterator[tuple[int, str]]:
        """The line and the full name of everything imported, wherever the import stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                package = "" if not node.level else ".".join(self.module.split(".")[: -node.level]) + "."
                yield from (
                    (node.lineno, f"{package}{node.module or ''}.{name.name}".strip(".")) for name in node.names
                )


def sources(root: Path) -> list[Source]:
    """Every file below ``root`` that git tracks or would track; a picture is there too, with nothing to read in it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    found = []
    for path in sorted(filter(None, listed.split("\0"))):
        try:
            found.append(Source(path, (root / path).read_text("utf-8")))
        except UnicodeDecodeError:
            found.append(Source(path, ""))
        except FileNotFoundError:
            continue  # deleted and not committed yet
    return found
