"""``python -m legalaid.republish SERVICE …``: publish again what the topics have lost (docs/backup.md)."""

import argparse
import asyncio
import sys
from datetime import datetime

from legalaid.errors import PermanentError, TransientError
from legalaid.republish import republish
from legalaid.settings import ServiceSettings


def main() -> int:
    """The exit code: 0 when nothing is lost any more, 1 when something is (dry run), 2 when it cannot be told."""
    parser = argparse.ArgumentParser(prog="python -m legalaid.republish", description=__doc__)
    parser.add_argument("services", nargs="+", metavar="SERVICE", help="whose events: intake, routing, notify")
    parser.add_argument(
        "--since", type=datetime.fromisoformat, metavar="TIME", help="published since then, with offset"
    )
    parser.add_argument("--dry-run", action="store_true", help="count, and send nothing")
    given = parser.parse_args()
    if given.since is not None and given.since.tzinfo is None:
        parser.error("--since needs an offset, such as 2026-11-23T00:00+07:00")
    try:
        looked, counts = asyncio.run(
            republish(ServiceSettings.load(), given.services, since=given.since, dry_run=given.dry_run)
        )
    except (TransientError, PermanentError) as error:
        print(error, file=sys.stderr)
        return 2
    for topic, count in sorted(counts.items()):
        print(f"{topic}: {count} {'lost' if given.dry_run else 'published again'}")
    print(f"{looked} events in the journals, {counts.total()} of them not in the topics")
    if not looked:
        print("nothing to look at: is this the right store, and the right service?", file=sys.stderr)
        return 2
    return 1 if given.dry_run and counts else 0


if __name__ == "__main__":
    sys.exit(main())
