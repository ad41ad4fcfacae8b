"""``python -m legalaid.bus``: make topics, look into dead letters, replay them."""

import argparse
import asyncio
import sys
from collections import Counter, deque
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from legalaid.bus import create_topics, replay
from legalaid.bus.dead_letters import Letter
from legalaid.bus.topics import groups
from legalaid.errors import TransientError
from legalaid.settings import KafkaSettings, ServiceSettings

_LATEST = 20


async def _topics(settings: KafkaSettings, _given: argparse.Namespace) -> int:
    await create_topics(settings)
    return 0


async def _list(settings: KafkaSettings, given: argparse.Namespace) -> int:
    for group in [given.group] if given.group else groups():
        await _list_group(settings, group)
    return 0


async def _list_group(settings: KafkaSettings, group: str) -> None:
    done = await replay.replayed(settings, group)
    counts: Counter[tuple[str, str, str]] = Counter()
    latest: deque[tuple[str, ...]] = deque(maxlen=_LATEST)
    async for letter in replay.letters(settings, group):
        state = "replayed" if done.has(letter) else "waiting"
        counts[letter.reason, letter.topic, state] += 1
        latest.append((str(letter.offset), state, letter.reason, letter.about.get("error", ""), *_where(letter)))
    if not counts:
        print(f"{group} has no dead letters\n")
        return
    print(f"{group} has {counts.total()}")
    _table(("reason", "topic", "state", "count"), [(*key, str(count)) for key, count in sorted(counts.items())])
    print(f"\nthe latest {len(latest)}")
    _table(("offset", "state", "reason", "error", "came from", "at"), list(latest))
    print()


async def _show(settings: KafkaSettings, given: argparse.Namespace) -> int:
    found = [letter async for letter in replay.letters(settings, given.group) if letter.offset == given.offset]
    if not found:
        print(f"{given.group} has no dead letter at offset {given.offset}", file=sys.stderr)
        return 1
    [letter] = found
    original = letter.original
    rows = [(f"dlq_{name}", text) for name, text in letter.about.items()]
    rows += [(name, _text(value)) for name, value in original.headers]
    rows += [("key", _text(original.key)), ("value", f"{len(original.value or b'')} bytes")]
    _table(("name", "what it holds"), rows)
    if given.payload:
        print(f"\n{_text(original.value)}")
    return 0


async def _replay(settings: KafkaSettings, given: argparse.Namespace) -> int:
    counts = await replay.replay(settings, given.group, reason=given.reason, limit=given.limit, dry_run=given.dry_run)
    if not counts:
        print("nothing waits to be replayed")
        return 0
    _table(("reason", "would be replayed" if given.dry_run else "replayed"), [(r, str(n)) for r, n in counts.items()])
    return 0


def _where(letter: Letter) -> tuple[str, str]:
    return f"{letter.topic}/{letter.partition}@{letter.origin}", letter.about.get("at", "")


def _text(value: bytes | None) -> str:
    return "(none)" if value is None else value.decode(errors="backslashreplace")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m legalaid.bus", description=__doc__)
    commands = parser.add_subparsers(required=True)
    topics = commands.add_parser("topics", help="make the topics of the registry; doing it again changes nothing")
    topics.set_defaults(act=_topics)
    letters = commands.add_parser("dead-letters", help="what a consumer group could not process").add_subparsers(
        required=True
    )
    listing = letters.add_parser("list", help="count them, and show the latest; of all groups when none is named")
    listing.set_defaults(act=_list)
    listing.add_argument("group", choices=groups(), nargs="?")
    showing = letters.add_parser("show", help="one of them: its headers and its size")
    showing.set_defaults(act=_show)
    replaying = letters.add_parser("replay", help="send them back to where they came from, each once")
    replaying.set_defaults(act=_replay)
    for command in (showing, replaying):
        command.add_argument("group", choices=groups())
    showing.add_argument("offset", type=int, help="in the dead-letter topic, as list shows it")
    showing.add_argument("--payload", action="store_true", help="print the value too; what is personal in it is sealed")
    replaying.add_argument("--reason", help="only those with this reason; the others keep waiting")
    replaying.add_argument("--limit", type=int, help="at most so many, oldest first")
    replaying.add_argument("--dry-run", action="store_true", help="count, and send nothing")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give the exit code of the process."""
    given = _parser().parse_args(arguments)
    try:
        code: int = asyncio.run(given.act(ServiceSettings.load().kafka, given))
    except (KafkaError, TransientError) as error:
        print(f"the brokers did not do it: {type(error).__name__}: {error}", file=sys.stderr)
        code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
