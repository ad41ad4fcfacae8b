"""The compatibility gate: today's models against a base, the contract as it was committed.

The base is the folder ``libs/common/schemas`` as it stands, or as a git revision has it. Records are kept for ever, so
what was once in the base may never stop being readable (docs/adr/0007-contract-is-code.md).
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from legalaid.events import examples
from legalaid.events.base import Retention
from legalaid.events.compatibility import Finding, compare
from legalaid.events.schemas import TOPICS_FILE, contract, schema, topics

EXAMPLES = "examples/"
Base = Mapping[str, str]
"""The text of every committed file by its path below ``libs/common/schemas``."""


def from_folder(folder: Path) -> Base:
    """The base as it stands on disk."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.json"))}


def from_git(root: Path, folder: Path, revision: str) -> Base:
    """The base as ``revision`` has it in ``folder`` below ``root``; empty when it has none.

    Raises ``ValueError`` for what git cannot read.
    """

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603, S607 - the developer's own git
        if done.returncode:
            message = f"git cannot read the contract of {revision}: {done.stderr.strip()}"
            raise ValueError(message)
        return done.stdout

    paths = git("ls-tree", "-r", "--name-only", revision, f"{folder.as_posix()}/").splitlines()
    return {
        Path(path).relative_to(folder).as_posix(): git("show", f"{revision}:./{path}")
        for path in paths
        if path.endswith(".json")
    }


def findings(base: Base) -> list[Finding]:
    """All that today's code would break or change for what the base promises. Notes come last."""
    found = [*_topics(base), *_schemas(base), *_examples(base)]
    return sorted(found, key=lambda finding: (finding.note, finding.where))


def kept(base: Base, now: Base) -> list[Finding]:
    """Examples of the base that were changed or removed since."""
    return [
        Finding(name, "an example is kept for ever as it was released. Restore it from git.")
        for name, text in base.items()
        if name.startswith(EXAMPLES) and now.get(name) != text
    ]


def _schemas(base: Base) -> Iterator[Finding]:
    models = contract()
    for file, text in base.items():
        name = file.removesuffix(".json")
        if file == TOPICS_FILE or file.startswith(EXAMPLES):
            continue
        if name not in models:
            yield Finding(
                name, "the type was removed, but its records are kept for ever. Stop writing it, keep its model."
            )
        else:
            yield from compare(name, json.loads(text), schema(name))
    known = base.keys()
    for name in models:
        if known and f"{name}.json" not in known:
            yield Finding(name, "is new: deploy every reader before the writer.", note=True)


def _examples(base: Base) -> Iterator[Finding]:
    models = contract()
    for file, text in base.items():
        name = file.removeprefix(EXAMPLES).removesuffix(".json")
        if file.startswith(EXAMPLES) and name in models:
            yield from examples.check(name, text)


def _topics(base: Base) -> Iterator[Finding]:
    now = topics()
    for name, before in json.loads(base.get(TOPICS_FILE, "{}")).items():
        if name not in now:
            yield Finding(
                name, "the topic was removed or renamed, but its records are kept. Keep it, and add another beside it."
            )
        else:
            yield from _topic(name, before, now[name])


def _topic(name: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Finding]:
    if now["key"] != before["key"]:
        yield Finding(name, f"its key changed from {before['key']} to {now['key']}: order is by key. Make a new topic.")
    if now["partitions"] != before["partitions"]:
        yield Finding(
            name,
            f"partitions changed from {before['partitions']} to {now['partitions']}: Kafka cannot take partitions "
            "away, and with more of them keys move and their events are read out of order. Make a new topic.",
        )
    if now["owner"] != before["owner"]:
        yield Finding(
            name, f"its owner changed from {before['owner']} to {now['owner']}: ce_source names it. Make a new topic."
        )
    if before["retention"] == Retention.FOREVER and now["retention"] != Retention.FOREVER:
        yield Finding(
            name, "it would no longer be kept for ever, and every view is rebuilt from it. Keep its retention."
        )
    for moved in sorted(set(before["types"]) - set(now["types"])):
        if moved in contract():
            yield Finding(
                name, f"{moved} moved to another topic, away from its old records. Register a new version there."
            )
