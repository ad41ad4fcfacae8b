"""``python -m legalaid.audit verify SERVICE …``: whether the records are whole (docs/access-record.md)."""

import argparse
import asyncio
import sys

from legalaid.audit.chain import ChainCheck
from legalaid.audit.check import look_through
from legalaid.audit.trail import Trail
from legalaid.errors import PermanentError, TransientError
from legalaid.settings import ServiceSettings
from legalaid.store import Store

_SHOWN = 100


async def _verify(services: list[str], noted: dict[str, dict[int, str]]) -> int:
    store = Store(ServiceSettings.load().mongo, app_name="legalaid-audit")
    try:
        return max([await _verify_one(Trail(store, each), noted.get(each, {})) for each in services])
    finally:
        await store.close()


async def _verify_one(trail: Trail, noted: dict[int, str]) -> int:
    check, found = ChainCheck(noted=noted), 0
    async for faults in look_through(trail, check):
        for fault in faults[: max(0, _SHOWN - found)]:
            print(f"{trail.service}: {fault.line}")
        found += len(faults)
    print(f"{trail.service}: {check.count} entries, {found} faults, head {trail.service}:{check.last}:{check.head}")
    return 1 if found else 0


def _head(text: str) -> tuple[str, int, str]:
    service, _, rest = text.partition(":")
    sequence, _, digest = rest.partition(":")
    if not service or not sequence.isdecimal() or len(digest) != 64:  # noqa: PLR2004 - SHA-256 in hexadecimal
        raise argparse.ArgumentTypeError("must be a head as the command prints it: service:count:hash")
    return service, int(sequence), digest


def main() -> int:
    """The exit code: 0 when all records are whole, 1 when one is not, 2 when it cannot be told."""
    parser = argparse.ArgumentParser(prog="python -m legalaid.audit", description=__doc__)
    verify = parser.add_subparsers(dest="command", required=True).add_parser("verify", help="check the chains")
    verify.add_argument("services", nargs="+", metavar="SERVICE", help="such as intake, routing, notify")
    verify.add_argument(
        "--noted", action="append", default=[], type=_head, metavar="HEAD", help="a head that was printed before"
    )
    options = parser.parse_args()
    noted: dict[str, dict[int, str]] = {}
    for service, sequence, digest in options.noted:
        if service not in options.services:
            parser.error(f"--noted speaks of {service}, which is not checked")
        noted.setdefault(service, {})[sequence] = digest
    try:
        return asyncio.run(_verify(options.services, noted))
    except (TransientError, PermanentError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
