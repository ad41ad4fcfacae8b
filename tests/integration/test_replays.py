"""P2: topics are cut into batches anywhere, partitions overtake each other, records come again, processes die between
writing and publishing; the cases, the messages that people got and the facts are those of the undisturbed run.

The stages are the real ones over the real store. What stands in for Kafka is its promise alone: an order for each
partition, and delivery at least once.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalaid import clock, ids
from legalaid.bus import Batch, Handler
from legalaid.bus.producer import partition_of
from legalaid.errors import TransientError
from legalaid.events import Event, EventData, Message, Place, Topic, calls, cases, decode, notices, requests
from legalaid.events.people import Consent, Contact, Facts, Person, Story, Wishes
from legalaid.events.words import Answer, Household, NoticeChannel, Purpose
from legalaid.sealed import BlindIndex, Keyring, new_settings
from legalaid.settings import MongoSettings
from legalaid.store import Outgoing, Store, publish_outboxes
from legalaid.testing.events import AT, happened, make
from legalaid.vietnam import calendar
from notify.attempts import Attempts
from notify.booking import Bookings
from notify.choosing import Choosing
from notify.commands.proofs import HandsetProofs
from notify.gateways import Message as Sms
from notify.gateways import Taken
from notify.handlers import Handlers as NoticeMaker
from notify.inbox import Stops
from notify.loops.attempt import Attempt
from notify.loops.climber import Climber
from notify.loops.sender import Sender
from notify.marks import Marks
from notify.notice import State
from notify.rules.ladder import Ladders
from notify.settings import GatewaySettings, SenderSettings
from notify.store import DATABASE, Notices
from notify.suppression import Suppression
from notify.tables import ladder
from reports.handlers import Recorder
from reports.store import ReportsStore
from routing import tables
from routing.handlers import CaseMaker
from routing.rules.decision import DecisionRecord
from routing.rules.rulebook import Rulebook
from routing.settings import RoutingSettings
from routing.store import RoutingStore

NOW = AT + timedelta(minutes=10)  # when all of the story has happened
KEYS = new_settings()
WORKING = calendar.load()
RULES = Rulebook(
    tables.load_law(RoutingSettings().law_folder, AT.date()),
    tables.load_directory(RoutingSettings().directory_file),
    WORKING,
)
_examples = count()
_undisturbed: dict[str, "Outcome"] = {}
"""It is the same for every example, so it is run once."""


@dataclass(frozen=True)
class Caller:
    """One person of the story: what they tell, and what they do afterwards."""

    household: Household
    sms: bool = True
    from_hour: str | None = None
    amended: bool = False
    withdrawn: bool = False
    owed_call: bool = False
    """They called first, and nobody answered."""


PEOPLE = (
    Caller(Household.POOR),
    Caller(Household.UNKNOWN, amended=True),
    Caller(Household.POOR, owed_call=True, withdrawn=True),
    Caller(Household.NEITHER, sms=False, amended=True, withdrawn=True),
    Caller(Household.POOR, from_hour="14:00", amended=True),
    Caller(Household.POOR, owed_call=True),
)


class Log:
    """Topics as partitions of events, in the order in which they were published, repeats and all."""

    def __init__(self) -> None:
        self.partitions: dict[tuple[str, int], list[Event[Any]]] = {}

    def add(self, event: Event[Any]) -> None:
        number = partition_of(event.subject.encode(), range(event.topic.partitions), ())
        self.partitions.setdefault((event.topic.name, number), []).append(event)

    async def publish(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.add(decode(message.value, message.headers))

    def told(self) -> dict[str, list[tuple[str, int, datetime]]]:
        """What each aggregate told, each event once, in the order in which it was first published."""
        told: dict[str, dict[str, tuple[str, int, datetime]]] = {}
        for events in self.partitions.values():
            for event in events:
                own = told.setdefault(f"{event.topic.short} {event.subject}", {})
                own.setdefault(event.id, (event.type, event.sequence, event.time))
        return {key: list(events.values()) for key, events in told.items()}


class Flaky:
    """Publishes to a log, and sometimes dies first: everything is written then, and nothing published."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.dies = False

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.dies and messages:
            self.dies = False
            raise TransientError("the process dies here")
        await self.log.publish(messages)


@dataclass
class Gateway:
    """The edge that is not ours: it takes every message and drops repeats."""

    name: str = "simulated"
    channel: NoticeChannel = NoticeChannel.SMS
    repeats_known_for: timedelta = timedelta.max
    can_be_asked: bool = True
    got: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def send(self, message: Sms) -> Taken:
        self.got.setdefault(message.request_id, (message.recipient, message.text))
        return Taken()

    async def was_taken(self, request_id: str, since: datetime) -> Taken | None:
        del since
        return Taken() if request_id in self.got else None

    async def close(self) -> None:
        """Nothing is open."""


class Fate:
    """What happens to the delivery of topics, read from numbers; when they are used up, nothing happens any more."""

    def __init__(self, numbers: Sequence[int] = ()) -> None:
        self._numbers = iter(numbers)

    def pick(self, choices: int) -> int:
        return next(self._numbers, 0) % choices

    def length(self, most: int) -> int:
        return most - next(self._numbers, 0) % most

    def trouble(self) -> str:
        return ("none", "again", "death", "none")[next(self._numbers, 0) % 4]


async def deliver(
    source: Log, hire: Callable[[Flaky], dict[Topic, Handler]], into: Flaky, fate: Fate, names: Sequence[str]
) -> None:
    """Deliver these topics to handlers, at least once and in the order of each partition."""
    handlers = {topic.name: (topic, handler) for topic, handler in hire(into).items()}
    position = {where: 0 for where in sorted(source.partitions) if where[0] in names}
    troubles = 8
    while open_ := [where for where, at in position.items() if at < len(source.partitions[where])]:
        where = open_[fate.pick(len(open_))]
        at, events = position[where], source.partitions[where]
        end = at + fate.length(len(events) - at)
        trouble = fate.trouble() if troubles else "none"
        troubles -= trouble != "none"
        into.dies = trouble == "death"
        topic, handler = handlers[where[0]]
        batch = Batch(topic, where[1], events[at:end])
        try:
            await handler(batch)
        except TransientError:  # nothing is committed; another process begins again, and remembers nothing
            handlers = {topic.name: (topic, handler) for topic, handler in hire(into).items()}
            continue
        finally:
            into.dies = False
        assert not batch.rejected, "nothing here belongs to the dead letters"
        position[where] = max(0, at - 1) if trouble == "again" else end


@dataclass
class Outcome:
    """Everything that must not depend on how the events were delivered."""

    cases: dict[str, Any]
    told: dict[str, Any]
    notices: dict[str, Any]
    messages: dict[str, tuple[str, str]]
    facts: dict[str, Any]


class World:
    """One store, one run of the whole pipeline."""

    def __init__(self, mongo: MongoSettings) -> None:
        self.store = Store(mongo.model_copy(update={"prefix": f"{mongo.prefix}{next(_examples)}-"}), app_name="test")
        self.keyring = Keyring(self.store, KEYS)
        self.log = Log()
        self.gateway = Gateway()

    async def tell_story(self) -> None:
        """What intake would publish. Ids are the same in every run, so that runs can be compared."""
        for number, person in enumerate(PEOPLE):
            request, call = ids.request_id("test", str(number)), ids.call_id("test", str(number))
            contact = _contact(person)
            keys = await self.keyring.create({request: None, call: None})
            own = keys[request]
            if person.owed_call:
                sealed = keys[call].seal(contact)
                owed = make(calls.CallbackOwed, call_id=call, due_at=AT + timedelta(hours=1), contact=sealed)
                self._tell(make(calls.CallStarted, call_id=call), 1, AT)
                self._tell(owed, 2, AT)
            state: dict[str, Any] = {
                "request_id": request,
                "receipt_code": f"{number:010d}",
                "residence": Place(province="11"),
                "call_id": call if person.owed_call else None,
                "contact": own.seal(contact),
                "facts": own.seal(Facts(household=person.household, monthly_allowance=Answer.NO)),
                "story": own.seal(Story(text="…")),
            }
            sequence = 1
            self._tell(make(requests.RequestReceived, **state), sequence, AT)
            if person.amended:
                sequence += 1
                moved = state | {"facts": own.seal(Facts(household=Household.POOR)), "residence": Place(province="15")}
                self._tell(make(requests.RequestAmended, **moved), sequence, AT + timedelta(minutes=5))
            if person.withdrawn:
                sequence, at = sequence + 1, AT + timedelta(minutes=9)
                self._tell(make(requests.RequestWithdrawn, request_id=request, withdrawn_at=at), sequence, at)

    def _tell(self, data: EventData, sequence: int, at: datetime) -> None:
        self.log.add(happened(data, sequence, at=at))

    async def run(self, fate: Fate) -> Outcome:
        """All stages, one after the other; where events go on in a circle there is none."""
        try:
            await self.tell_story()
            into = Flaky(self.log)
            await deliver(self.log, self._routing, into, fate, [requests.TOPIC.name, calls.TOPIC.name])
            await self._notify(fate, into)
            names = [topic.TOPIC.name for topic in (requests, calls, cases, notices)]
            await deliver(self.log, self._reports, into, fate, names)
            return await self._outcome()
        finally:
            await self.store.close()

    def _routing(self, publisher: Flaky) -> dict[Topic, Handler]:
        documents = RoutingStore(self.store).cases
        maker = CaseMaker(documents, self.keyring, publisher, RULES)
        return {requests.TOPIC: maker.on_requests, calls.TOPIC: maker.on_calls}

    async def _notify(self, fate: Fate, into: Flaky) -> None:
        collection = Notices(self.store)
        await collection.create_indexes()
        pace = SenderSettings(poll_seconds=0.02, together_seconds=0)  # what comes together hangs on the delivery
        name, settings = self.gateway.name, GatewaySettings()
        choosing = Choosing({name: self.gateway}, {name: settings}, Attempts(self.store, DATABASE))
        marks, ladders = Marks(BlindIndex(KEYS)), Ladders(ladder.rungs(), {self.gateway.channel})
        suppression = Suppression(self.store, DATABASE, marks)
        attempt = Attempt(choosing, WORKING, pace, Stops(self.store), ladders, suppression, marks)
        outgoing = Outgoing(collection, partial(publish_outboxes, self.log, collection))
        bookings = Bookings(collection, outgoing, choosing, pace)
        proofs = HandsetProofs(collection, outgoing)
        climber = Climber(collection, bookings, outgoing, self.keyring, WORKING, marks, proofs)
        sender = Sender(bookings, self.keyring, attempt, climber, suppression, pace)
        stop = asyncio.Event()
        sending = asyncio.ensure_future(sender.part().run(stop))
        await asyncio.sleep(0)

        def hire(publisher: Flaky) -> dict[Topic, Handler]:
            maker = NoticeMaker(
                Notices(self.store), bookings, self.keyring, marks, publisher, WORKING, sender.wake, ladders
            )
            return {cases.TOPIC: maker.on_cases}

        try:
            await deliver(self.log, hire, into, fate, [cases.TOPIC.name])
            async with asyncio.timeout(20):
                while await self._is_sending(collection):  # noqa: ASYNC110 - the store has no event to wait for
                    await asyncio.sleep(0.01)
        finally:
            stop.set()
            await sending
            await outgoing.flush()

    async def _is_sending(self, collection: Notices) -> bool:
        return any(
            notice.state is State.SENDING or (notice.state is State.PENDING and notice.not_before <= NOW)
            for notice in await collection.find({})
        )

    def _reports(self, _: Flaky) -> dict[Topic, Handler]:
        return dict(Recorder(ReportsStore(self.store)).handlers())

    async def _outcome(self) -> Outcome:
        made = await RoutingStore(self.store).cases.find({})
        keys = await self.keyring.fetch(case.id for case in made)
        opened = {}
        for case in made:
            record = keys[case.id].open(case.record, DecisionRecord) if case.record else None
            opened[case.id] = (_without_boxes(case.state), record, case.link, case.applied, case.sequence, case.held_by)
        told = {
            notice.id: (notice.state, notice.channel, notice.reason, notice.template, notice.due_at, notice.sequence)
            for notice in await Notices(self.store).find({})
        }
        facts = {fact.id: (fact.fact, fact.applied) for fact in await ReportsStore(self.store).facts.find({})}
        return Outcome(opened, self.log.told(), told, self.gateway.got, facts)


def _without_boxes(state: Any) -> dict[str, Any]:
    return state.model_dump(exclude={"contact", "facts"}) if state else {}


def _contact(person: Caller) -> Contact:
    hours: dict[str, Any] = {"hours_from": person.from_hour, "hours_to": "17:00"} if person.from_hour else {}
    purposes = frozenset({Purpose.CASE_HANDLING, Purpose.SMS_UPDATES})
    return Contact(
        person=Person(name="Lò Thị Ban", phone=f"+8491234567{PEOPLE.index(person)}"),
        wishes=Wishes(sms=person.sms, **hours),
        consent=Consent(purposes=purposes, at=AT, text_version="1", evidence="app"),
    )


@pytest.mark.timeout(300)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.integers(0, 63), max_size=250))
def test_however_it_is_delivered_the_end_is_the_same(mongo: MongoSettings, numbers: list[int]) -> None:
    async def run(fate: Fate) -> Outcome:
        return await World(mongo).run(fate)

    with clock.use(clock.FixedClock(NOW)):
        undisturbed = _undisturbed.get("run") or _undisturbed.setdefault("run", asyncio.run(run(Fate())))
        disturbed = asyncio.run(run(Fate(numbers)))
    assert disturbed.cases == undisturbed.cases
    assert disturbed.told == undisturbed.told
    assert disturbed.notices == undisturbed.notices
    assert disturbed.messages == undisturbed.messages
    assert disturbed.facts == undisturbed.facts
    assert len(undisturbed.messages) > len(PEOPLE) / 2, "the story must make people get messages"
