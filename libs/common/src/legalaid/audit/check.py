"""Whether the record is whole, as the command asks it."""

from collections.abc import AsyncIterator

from legalaid.audit.chain import ChainCheck, Fault
from legalaid.audit.trail import Trail


async def look_through(trail: Trail, check: ChainCheck) -> AsyncIterator[list[Fault]]:
    """Read the whole record into ``check``, a page at a time: the faults of each. Raises ``TransientError``."""
    async for page in trail.documents():
        yield [fault for document in page for fault in check.see(document)]
    yield list(check.end())
