"""One notify after another over the same store, with a gateway and brokers that only remember."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, TypeVar

import pytest

from legalaid import clock, ids
from legalaid.bus import Batch
from legalaid.events import Event, Message, decode
from legalaid.events.cases import TOPIC, CaseOpened, CaseState
from legalaid.events.people import Consent, Contact, Person, Wishes
from legalaid.events.words import NoticeChannel, Purpose, Status
from legalaid.sealed import BlindIndex, Keyring, new_settings
from legalaid.settings import KeyringSettings, MongoSettings
from legalaid.store import Outgoing, Store, publish_outboxes
from legalaid.testing.events import AT, happened, make
from legalaid.vietnam import calendar
from notify.attempts import Attempts
from notify.booking import Bookings
from notify.choosing import Choosing
from notify.commands.proofs import HandsetProofs
from notify.commands.receipts import Receipts
from notify.gateways import Lost, NotNow, Outcome, Refused, Taken
from notify.gateways import Message as Sms
from notify.handlers import Handlers
from notify.inbox import Stops
from notify.loops.attempt import Attempt
from notify.loops.climber import Climber
from notify.loops.sender import Sender
from notify.marks import Marks
from notify.notice import Notice, State
from notify.rules.ladder import Ladders
from notify.settings import GatewaySettings, SenderSettings
from notify.store import DATABASE, Notices
from notify.suppression import Suppression
from notify.tables import ladder as table

PHONE = "+84912345678"
R = TypeVar("R")


class KilledError(Exception):
    """The process is dead: nothing that it does from now on has an effect."""


@dataclass
class Life:
    """Ends a process before or after the ``nth`` time that it takes the step of this name."""

    kill_at: str = ""
    nth: int = 1
    after: bool = False
    steps: Counter[str] = field(default_factory=Counter)
    dead: bool = False

    def through(self, name: str, call: Callable[..., Awaitable[R]]) -> Callable[..., Awaitable[R]]:
        async def stepped(*args: Any, **kwargs: Any) -> R:
            if self.dead:
                raise KilledError
            self.steps[name] += 1
            mine = (name, self.steps[name]) == (self.kill_at, self.nth)
            if mine and not self.after:
                self.dead = True
                raise KilledError
            result = await call(*args, **kwargs)
            if mine:
                self.dead = True
            if self.dead:
                raise KilledError
            return result

        return stepped


@dataclass
class FakeGateway:
    """Takes messages, drops repeats or not, answers or not."""

    drops_repeats: bool = True
    forgets_after: timedelta = timedelta.max
    """How long after its first message a request id is known."""
    can_be_asked: bool = True
    name: str = "simulated"
    channel: NoticeChannel = NoticeChannel.SMS
    proves_within: timedelta = timedelta(0)
    received: Counter[str] = field(default_factory=Counter)
    delivered: list[tuple[str, str, str]] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)
    """What comes next; ``Lost`` comes after the message was taken."""
    slow_seconds: float = 0.0

    first: dict[str, datetime] = field(default_factory=dict)

    @property
    def repeats_known_for(self) -> timedelta:
        return self.forgets_after if self.drops_repeats else timedelta(0)

    async def send(self, message: Sms) -> Outcome:
        await asyncio.sleep(self.slow_seconds)
        outcome = self.answers.pop(0) if self.answers else Taken()
        if isinstance(outcome, Taken | Lost):
            first = self.first.get(message.request_id)
            if first is None or clock.now() - first >= self.repeats_known_for:
                self.first[message.request_id] = clock.now()
                self.delivered.append((message.request_id, message.recipient, message.text))
            self.received[message.request_id] += 1
        return outcome

    async def was_taken(self, request_id: str, since: datetime) -> Taken | Refused | NotNow | None:
        assert since <= self.first.get(request_id, since), "what came before could not be found"
        return Taken() if self.received[request_id] else None

    async def close(self) -> None:
        """Nothing is open."""


class Published:
    """The brokers: every message as it was published."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        self.messages += messages

    def events(self) -> list[Event[Any]]:
        """Without repeats, in the order of their first publication."""
        seen = {message.id: message for message in reversed(self.messages)}
        first = [seen[each] for each in dict.fromkeys(message.id for message in self.messages)]
        return [decode(message.value, message.headers) for message in first]

    def types(self) -> list[str]:
        return [event.type.removeprefix("vn.legalaid.notice.").removesuffix(".v1") for event in self.events()]


class Process:
    """One notify without Kafka and HTTP: handlers and a sender."""

    def __init__(self, world: "World", life: Life, pace: SenderSettings, gateway: GatewaySettings) -> None:
        store = Store(world.mongo, app_name="notify-test")
        self.life = life
        self.store, self.notices, keyring = store, Notices(store), Keyring(store, world.keys)
        self.publisher = Published()
        self.publisher.messages = world.published.messages
        stored = (
            "save",
            "insert",
            "settle",
            "load",
            "of_cases",
            "due",
            "of_numbers",
            "hold",
            "claim",
            "claim_abandoned",
            "without_proof",
        )
        for thing, names in ((self.notices, stored), (keyring, ("fetch",)), (self.publisher, ("publish",))):
            for name in names:
                setattr(thing, name, life.through(name, getattr(thing, name)))
        fakes: dict[str, Any] = {each.name: _Through(each, life) for each in (world.gateway, *world.others)}
        self.choosing = Choosing(fakes, dict.fromkeys(fakes, gateway), Attempts(store, DATABASE))
        days = calendar.load()
        self.outgoing = Outgoing(self.notices, partial(publish_outboxes, self.publisher, self.notices))
        self.bookings = Bookings(self.notices, self.outgoing, self.choosing, pace)
        ladders = Ladders(table.rungs(), {each.channel for each in (world.gateway, *world.others)})
        marks = Marks(BlindIndex(world.keys))
        suppression = Suppression(store, DATABASE, marks)
        self.proofs = HandsetProofs(self.notices, self.outgoing)
        self.receipts = Receipts(self.notices, self.outgoing, self.proofs)
        climber = Climber(self.notices, self.bookings, self.outgoing, keyring, days, marks, self.proofs)
        attempt = Attempt(self.choosing, days, pace, Stops(store), ladders, suppression, marks)
        self.sender = Sender(self.bookings, keyring, attempt, climber, suppression, pace)
        self.handlers = Handlers(
            self.notices, self.bookings, keyring, marks, self.publisher, days, self.sender.wake, ladders
        )


class _Through:
    def __init__(self, gateway: FakeGateway, life: Life) -> None:
        self.name, self.channel, self.repeats_known_for = gateway.name, gateway.channel, gateway.repeats_known_for
        self.proves_within = gateway.proves_within
        self.can_be_asked, self.close = gateway.can_be_asked, gateway.close
        self.send = life.through("send", gateway.send)
        self.was_taken = life.through("was_taken", gateway.was_taken)


class World:
    """What outlives a process."""

    def __init__(self, mongo: MongoSettings, keys: KeyringSettings) -> None:
        self.mongo = mongo
        self.keys = keys
        self.gateway = FakeGateway()
        self.others: list[FakeGateway] = []
        """More providers, where a test is about several."""
        self.published = Published()
        self.store = Store(mongo, app_name="test")
        self.keyring = Keyring(self.store, keys)
        self.notices = Notices(self.store)
        self.pace = SenderSettings(
            poll_seconds=0.02, climb_seconds=0.02, retry_first_seconds=0.01, retry_most_seconds=0.05, together_seconds=0
        )
        self._numbers = (f"+849{number}" for number in count(int(PHONE[4:])))
        """Everybody has a number of their own, unless a test says otherwise; the first is ``PHONE``."""

    async def case(
        self, kind: type[CaseState] = CaseOpened, status: Status = Status.ASSIGNED, **how: Any
    ) -> Event[Any]:
        """An event of a case; ``case_id``, ``sequence``, ``contact``, ``at`` and fields of the model."""
        case_id, at = how.pop("case_id", None) or ids.random_id(), how.pop("at", AT)
        sequence, person = how.pop("sequence", 1), Person(phone=next(self._numbers))
        contact = how.pop("contact", None) or a_contact(person=person)
        box = (await self.keyring.create({case_id: None}))[case_id].seal(contact)
        about = {"case_id": case_id, "status": status, "received_at": at, "changed_at": at, "contact": box}
        return replace(happened(make(kind, **(about | how)), sequence, at=at), id=ids.random_id())

    @asynccontextmanager
    async def process(
        self, life: Life | None = None, *, sending: bool = True, **gateway: Any
    ) -> AsyncIterator[Process]:
        """A process with its sender running, or with none; leaving it stops the sender as a shutdown would."""
        process = Process(self, life or Life(), self.pace, GatewaySettings(**gateway))
        stop, looked = asyncio.Event(), _looked(process.sender)
        running = asyncio.ensure_future(process.sender.part().run(stop) if sending else stop.wait())
        if sending:
            await self._until_idle(process, looked, running)
        try:
            yield process
        finally:
            stop.set()
            with suppress(KilledError):
                await running
            await process.outgoing.flush()
            await process.store.close()

    async def _until_idle(self, process: Process, looked: asyncio.Event, running: asyncio.Future[Any]) -> None:
        """It looks around first, and sends what it finds."""
        while not (running.done() or (looked.is_set() and process.bookings.room == self.pace.at_once)):  # noqa: ASYNC110 - room tells nobody
            await asyncio.sleep(0.005)

    async def all(self) -> list[Notice]:
        return sorted(await self.notices.find({}), key=lambda notice: (notice.case_id, notice.case_sequence))

    async def settled(self, count: int = 1) -> list[Notice]:
        """All notices, once ``count`` of them exist and none is about to change."""
        async with asyncio.timeout(60):
            while True:
                found = await self.all()
                quiet = all(notice.state is not State.SENDING and not notice.outbox_since for notice in found)
                due = [notice for notice in found if notice.state is State.PENDING and notice.not_before <= clock.now()]
                if len(found) >= count and quiet and not due:
                    return found
                await asyncio.sleep(0.05)

    async def ended(self) -> list[Notice]:
        """All notices, once none of them has anything before it and all is told."""
        async with asyncio.timeout(20):
            while True:
                if _all_ended(found := await self.all()):
                    return found
                await asyncio.sleep(0.01)

    async def ended_or(self, given_up: Callable[[], bool]) -> None:
        """Until all have ended, or the process is dead."""
        async with asyncio.timeout(20):
            while not given_up() and not _all_ended(await self.all()):  # noqa: ASYNC110 - the store has no event
                await asyncio.sleep(0.005)

    async def swept(self, process: Process) -> None:
        """What the sweeper does now and then."""
        left = await process.notices.unsent(0.0, 100)
        await process.publisher.publish([message for notice in left for message in notice.outbox])
        await process.notices.settle(left)


def _looked(sender: Sender) -> asyncio.Event:
    """When it has looked for the first time for what is due, and rests."""
    looked, rest = asyncio.Event(), sender._rest

    async def resting() -> None:
        looked.set()
        await rest()

    setattr(sender, "_rest", resting)  # noqa: B010 - a method, for once
    return looked


def _all_ended(notices: Sequence[Notice]) -> bool:
    waiting = {State.PENDING, State.SENDING}
    return bool(notices) and not any(notice.state in waiting or notice.outbox_since for notice in notices)


def a_contact(**changes: Any) -> Contact:
    """Somebody who wants everything."""
    purposes = frozenset({Purpose.CASE_HANDLING, Purpose.SMS_UPDATES})
    consent = Consent(purposes=purposes, at=AT, text_version="1", evidence="app")
    base: dict[str, Any] = {"person": Person(name="Giàng Thị Mỷ", phone=PHONE), "consent": consent, "wishes": Wishes()}
    return Contact(**(base | changes))


def batch(*events: Event[Any]) -> Batch:
    return Batch(TOPIC, 0, events)


@pytest.fixture
async def world(mongo: MongoSettings) -> AsyncIterator[World]:
    made = World(mongo, new_settings())
    await made.notices.create_indexes()
    with clock.use(clock.FixedClock(AT)):
        yield made
    await made.store.close()
