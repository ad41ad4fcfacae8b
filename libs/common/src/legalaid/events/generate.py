"""Write the contract's files, or check that they are what today's models give. The gate comes first, always."""

from collections.abc import Callable
from pathlib import Path

from legalaid.events import asyncapi, catalogue, examples, gate
from legalaid.events.schemas import contract, files

SCHEMAS = Path("libs/common/schemas")
_DRAFTED = ", a draft: make it plausible before its first commit, for it is kept for ever"


def generate(root: Path, *, say: Callable[[str], None], check: bool, revision: str | None = None) -> bool:
    """Bring the files below ``root`` up to date, or with ``check`` only ``say`` which are not. Whether all is well.

    What is on disk, and with ``revision`` also what git has there, is the base of the gate: when the models break it,
    nothing is written.
    """
    folder = root / SCHEMAS
    base = gate.from_folder(folder)
    found = gate.findings(base)
    if revision is not None:
        released = gate.from_git(root, SCHEMAS, revision)
        found = list(dict.fromkeys([*found, *gate.findings(released), *gate.kept(released, base)]))
    for finding in found:
        say(str(finding))
    if any(not finding.note for finding in found):
        say("The contract is broken; docs/adr/0007-contract-is-code.md says why these rules are.")
        return False
    stale = {path: text for path, text in _wanted(root).items() if not _holds(path, text)}
    for path, text in stale.items():
        name = path.relative_to(root)
        if check:
            say(f"FAIL  {name}: not as the models give it. Run `make generate`.")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            drafted = path.parent == folder / gate.EXAMPLES
            say(f"wrote {name}{_DRAFTED if drafted else ''}")
    return not (check and stale)


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def _wanted(root: Path) -> dict[Path, str]:
    folder = root / SCHEMAS
    wanted = {folder / name: text for name, text in files().items()}
    for name in contract():
        example = folder / gate.EXAMPLES / f"{name}.json"
        if not example.exists():
            wanted[example] = examples.draft(name)
    return wanted | {
        root / "docs/asyncapi.yaml": asyncapi.document(),
        root / "docs/events.md": catalogue.document(),
    }
