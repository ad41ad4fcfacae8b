"""The contract at the terminal: ``python -m legalaid.events list | explain | validate | generate``."""

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError

from legalaid.events import catalogue
from legalaid.events.schemas import contract

ROOT = Path(__file__).resolve().parents[5]
"""The root of the source tree that this package stands in."""


def main(arguments: list[str]) -> int:
    """Run one command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m legalaid.events", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every event type, by topic")
    explain = commands.add_parser("explain", help="topic, fields and meaning of one type")
    explain.add_argument("type", choices=contract(), metavar="type")
    validate = commands.add_parser("validate", help="whether JSON is the data of a type")
    validate.add_argument("type", choices=contract(), metavar="type")
    validate.add_argument("file", help="a file, or - for standard input")
    files = commands.add_parser("generate", help="write schemas, new examples, docs/asyncapi.yaml and docs/events.md")
    files.add_argument("--check", action="store_true", help="write nothing; fail when something would change")
    files.add_argument("--base", metavar="REVISION", help="also hold the models to the contract of a git revision")
    files.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    match given.command:
        case "list":
            print(catalogue.overview())
        case "explain":
            print(catalogue.explain(given.type))
        case "validate":
            return _validate(given.type, given.file)
        case "generate":
            from legalaid.events.generate import generate  # noqa: PLC0415 - it alone needs pyyaml, which no service has

            try:
                well = generate(given.root, say=_tell, check=given.check, revision=given.base)
            except ValueError as error:
                _tell(str(error))
                return 1
            return 0 if well else 1
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def _validate(name: str, file: str) -> int:
    """Say what is wrong and where, never what was given: the file may be a real person's."""
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        contract()[name].model_validate_json(content, extra="ignore")
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            print(f"/{'/'.join(map(str, problem['loc']))}: {problem['msg']}", file=sys.stderr)
        return 1
    print(f"valid {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
