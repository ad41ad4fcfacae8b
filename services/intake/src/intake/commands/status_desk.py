"""How a request stands, for whoever knows its receipt code and its number."""

from datetime import datetime

from intake.commands.changes import Changes
from intake.store import Request
from legalaid import ids
from legalaid.events.words import Status
from legalaid.sealed import Keyring
from legalaid.store import Documents


class StatusDesk:
    """Answers status checks."""

    def __init__(self, requests: Documents[Request], changes: Changes, keyring: Keyring) -> None:
        self._requests = requests
        self._changes = changes
        self._keyring = keyring

    async def find(self, receipt_code: str, phone: str) -> Request | None:
        """The request, or None when code and number (E.164) do not belong together.

        The keyring is asked for an unknown code too, so that the time of an answer does not tell which was wrong.
        """
        found = await self._requests.find({"state.receipt_code": receipt_code}, limit=1)
        owner = found[0].id if found else ids.random_id()
        return found[0] if await self._keyring.matches(owner, phone) else None

    async def status(self, request: Request) -> tuple[Status, datetime]:
        """Where it stands, and since when."""
        return await self._changes.status(request)
