"""docs/texts.md: the texts as they are sent, for carriers to register. None changes under its old version."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dev.machine.paths import ROOT
from legalaid.vietnam import text as spelling
from notify.texts import Template, templates

PAGE: Final = ROOT / "docs" / "texts.md"
_ROW: Final = re.compile(r"^\| `(?P<name>\S+)` \| (?P<version>\d+) \| `(?P<words>.+)` \|$", re.MULTILINE)
_HEAD: Final = """# Texts to register

What people are told by SMS, as it leaves: without accents, one segment each. Carriers register every row under the
brand name before a release sends it; `{receipt}` is ten digits in groups (`123 456 7890`), `{owner}` a centre, a
branch or the Desk. Of two rows the second goes when the owner's name would cost another segment. `make generate`
writes this page from `notify/templates.toml`, and refuses other words under an old version: a notice names its text
and version, so that it can be told later what somebody was told.

| text | version | as it is sent |
|---|---|---|
"""


def files() -> Mapping[Path, str]:
    """The page, with what it must hold. Raises ``ValueError`` for a text that changed under its old version."""
    if PAGE.exists():
        keep(PAGE.read_text("utf-8"), templates())
    return {PAGE: page(templates())}


def page(texts: Mapping[str, Template]) -> str:
    """docs/texts.md."""
    rows = (f"| `{name}` | {text.version} | `{words}` |\n" for name, text in texts.items() for words in _sent(text))
    return _HEAD + "".join(rows)


def keep(committed: str, texts: Mapping[str, Template]) -> None:
    """Raises ``ValueError`` when a text says other words than the committed page, and is of no newer version."""
    told: dict[tuple[str, int], list[str]] = {}
    for row in _ROW.finditer(committed):
        told.setdefault((row["name"], int(row["version"])), []).append(row["words"])
    for (name, version), words in told.items():
        text = texts.get(name)
        if text and text.version <= version and (text.version, list(_sent(text))) != (version, words):
            message = (
                f"{name}: version {version} has other words in docs/texts.md, as carriers register them. "
                f"Give it version {version + 1} in templates.toml, run `make generate`, and ask for its registration "
                "in docs/upgrades.md."
            )
            raise ValueError(message)


def _sent(text: Template) -> Iterator[str]:
    yield from dict.fromkeys(map(spelling.strip_accents, (text.text, text.short)))
