"""What people write to us: one document for each message of a provider, its words sealed before anything else.

It has no case, so it has a key of its own, in notify's database. The key is destroyed when the Desk has dealt with the
message; what it asked for, when, and the mark of its number stay.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Final

from pydantic import AwareDatetime

from legalaid import clock, ids
from legalaid.events import Compartment, Sealed
from legalaid.events.words import NoticeChannel
from legalaid.sealed import BlindIndex, Keyring
from legalaid.settings import KeyringSettings
from legalaid.store import Aggregate, Decided, Documents, Index, Store, transient
from notify.rules.answers import OneWord, wanted
from notify.store import DATABASE, MESSAGES

COLLECTION: Final = "incoming"
_OPEN: Final = {"done_at": None}
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_INDEXES: Final = (Index(("done_at", "received_at")), Index(("wants", "received_at")))


class IncomingText(Compartment):
    """What lies in the box."""

    compartment: ClassVar[str] = "contact"
    sender: str
    """The number (E.164), or the provider's own id of the person."""
    text: str


class IncomingMessage(Aggregate):
    """The document."""

    provider: str
    channel: NoticeChannel
    """By which it came, and which it may ask us to stop."""
    wants: OneWord
    received_at: AwareDatetime
    number: str | None
    """The mark of the number, as notices have it; None: not known."""
    box: Sealed[IncomingText]
    done_at: AwareDatetime | None = None


class Stops:
    """Which numbers wrote that messages shall stop, and when last, as far as this process has read.

    It is our own fact: consents are intake's, and the Desk withdraws them there. Kept by the mark of the number, so it
    ends where the key of the marks is changed.
    """

    def __init__(self, store: Store) -> None:
        self._incoming = store.collection(DATABASE, COLLECTION)
        self._at: dict[str, datetime] = {}
        self._read_to: datetime | None = None

    def at(self, number: str | None) -> datetime | None:
        """When the number of this mark last said so."""
        return self._at.get(number) if number else None

    async def refresh(self) -> None:
        """Read what is new. Raises ``TransientError``."""
        since = {"received_at": {"$gte": self._read_to - _CLOCKS_DIFFER}} if self._read_to else {}
        query = {"wants": OneWord.STOP.value, "channel": NoticeChannel.SMS.value, **since}
        with transient():
            found = await self._incoming.find(query, {"number": 1, "received_at": 1}).to_list(None)
        for each in found:
            number, at = each["number"], each["received_at"]
            if number is not None:
                self._at[number] = max(at, self._at.get(number, at))
            self._read_to = max(at, self._read_to or at)


class Inbox(Documents[IncomingMessage]):
    """All of them."""

    def __init__(self, store: Store, settings: KeyringSettings) -> None:
        super().__init__(store, DATABASE, COLLECTION, IncomingMessage, indexes=_INDEXES)
        self._keyring = Keyring(store, settings, database=DATABASE, compartments=(IncomingText.compartment,))
        self._marks = BlindIndex(settings)

    async def take(
        self, channel: NoticeChannel, provider: str, provider_id: str, content: IncomingText, *, keyword: str = ""
    ) -> IncomingMessage | None:
        """Keep a message; None when it is kept already. Raises ``TransientError``: the provider sends it again."""
        id_ = ids.incoming_id(provider, provider_id)
        if await self.load([id_]):
            return None
        keys = (await self._keyring.create({id_: None}))[id_]
        number = self._marks.mark(MESSAGES, content.sender.encode()) if content.sender.startswith("+") else None
        message = IncomingMessage(
            id=id_,
            provider=provider,
            channel=channel,
            wants=wanted(content.text, keyword),
            received_at=clock.now(),
            number=number,
            box=keys.seal(content),
        )
        return None if await self.insert([message]) else message

    async def waiting(self, limit: int) -> list[IncomingMessage]:
        """What nobody has dealt with, the oldest first."""
        return await self.find(_OPEN, sort="received_at", limit=limit)

    async def opened(self, messages: Iterable[IncomingMessage]) -> dict[str, IncomingText]:
        """What they say, by id."""
        found = {message.id: message for message in messages}
        keys = await self._keyring.fetch(found)
        return {id_: own.open(found[id_].box, IncomingText) for id_, own in keys.items()}

    async def done(self, id_: str) -> IncomingMessage | None:
        """Somebody has dealt with it: its words are destroyed. None: there is none. Done twice is done."""

        async def decide(found: IncomingMessage | None) -> Decided[IncomingMessage, IncomingMessage | None]:
            if found is None or found.done_at is not None:
                return Decided(found)
            found.done_at = clock.now()
            return Decided(found, write=found)

        done = await self.change(id_, decide)
        if done.answer is not None:
            await self._keyring.erase(id_)
        return done.answer

    async def oldest(self) -> datetime | None:
        """Since when the one waits that waits longest; None: none does."""
        found = await self.waiting(1)
        return found[0].received_at if found else None
