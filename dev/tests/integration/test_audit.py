from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dev.gateway.record import Inbox
from dev.look.audit import Findings, audit
from legalaid import ids
from legalaid.bus import Producer, create_topics
from legalaid.events import encode
from legalaid.events.cases import CaseOpened
from legalaid.events.words import NextAction, NoticeChannel
from legalaid.settings import KafkaSettings, MongoSettings
from legalaid.store import Document, Store
from legalaid.testing.events import happened, make

REQUEST, NOTICE = ids.random_id(), ids.random_id()


class World:
    """One request that went well, in every place that the audit looks at; tests take one thing away or do it twice."""

    def __init__(self, store: Store, kafka: KafkaSettings, file: Path) -> None:
        self.store, self.kafka, self.file = store, kafka, file
        self.record = Inbox(file)

    async def case(self, case_id: str = REQUEST) -> None:
        state = {"receipt_code": "1234567890", "kind": "REQUEST"}
        await self.store.collection("routing", "cases").insert_one({"_id": case_id, "state": state})

    async def opened(self, *causes: str) -> None:
        event = happened(make(CaseOpened, case_id=REQUEST))
        async with Producer(self.kafka, client_id="test") as producer:
            event_ids = [ids.event_id(cause, event.type) for cause in causes]
            await producer.publish([encode(replace(event, id=each)) for each in event_ids])

    async def notice(
        self, notice_id: str = NOTICE, *, state: str = "SENT_TO_GATEWAY", sequence: int = 1, channel: str = "SMS"
    ) -> None:
        document: Document = {"_id": notice_id, "case_id": REQUEST, "state": state, "template": "case-assigned"}
        document |= {"channel": channel, "owner": "TGPL-11", "case_sequence": sequence}
        await self.store.collection("notify", "notices").insert_one(document)

    def sms(self, notice_id: str = NOTICE, *, drop_repeats: bool = True, provider: str = "simulated") -> None:
        self.record.take(
            notice_id, to="84912345678", text="x", sender="TGPL", drop_repeats=drop_repeats, provider=provider
        )

    def push(self, notice_id: str, device: str) -> None:
        self.record.take(
            notice_id,
            to=device,
            text="",
            sender="",
            drop_repeats=False,
            provider="fcm",
            channel=NoticeChannel.PUSH,
        )

    async def audit(self, owed: tuple[str, ...] = ()) -> Findings:
        return await audit(self.store, self.kafka, self.record.all(), {REQUEST}, owed)


@pytest.fixture
async def world(kafka: KafkaSettings, mongo: MongoSettings, tmp_path: Path) -> AsyncIterator[World]:
    await create_topics(kafka)
    store = Store(mongo, app_name="test")
    yield World(store, kafka, tmp_path / "gateway.jsonl")
    await store.close()


async def test_what_went_well_is_neither_lost_nor_doubled(world: World) -> None:
    await world.case()
    await world.opened("cause", "cause")  # published twice: a duplicate, not a second fact
    await world.notice()
    world.sms()
    world.sms()  # a repeat that the gateway recognised
    found = await world.audit()
    assert (found.lost, found.doubled) == ({}, {})
    assert found.outcomes == {NextAction.REVIEW: 1}
    assert found.messages == {NoticeChannel.SMS: 1}
    assert list(found.first_told) == [REQUEST]


async def test_news_on_two_channels_is_counted_and_is_told_twice_on_neither(world: World) -> None:
    await _said_sent(world)
    pushed = ids.random_id()
    await world.notice(pushed, channel="PUSH")
    world.push(pushed, "telephone")
    world.push(pushed, "browser")
    found = await world.audit()
    assert (found.lost, found.doubled, found.on_two) == ({}, {}, 0), "the push has told, and no SMS went out yet"
    world.sms()
    found = await world.audit()
    assert (found.lost, found.doubled, found.on_two) == ({}, {}, 1)
    assert found.messages == {NoticeChannel.PUSH: 2, NoticeChannel.SMS: 1}


Break = Callable[[World], Awaitable[None]]


async def _no_case(world: World) -> None:
    await world.opened("cause")


async def _case_only(world: World) -> None:
    await world.case()


async def _not_published(world: World) -> None:
    await world.case()
    await world.notice()
    world.sms()


async def _no_notice(world: World) -> None:
    await world.case()
    await world.opened("cause")


async def _said_sent(world: World) -> None:
    await _no_notice(world)
    await world.notice()


async def _next_rung_left_lying(world: World) -> None:
    await _no_notice(world)
    await world.notice(state="FAILED", channel="PUSH")
    await world.notice(ids.random_id(), state="PENDING")


async def _left_lying(world: World) -> None:
    await _no_notice(world)
    await world.notice(state="PENDING")


MISSING = [_no_case, _case_only, _not_published, _no_notice, _said_sent, _left_lying, _next_rung_left_lying]


@pytest.mark.parametrize("broken", MISSING)
async def test_whatever_is_missing_is_found(world: World, broken: Break) -> None:
    await broken(world)
    assert list((await world.audit()).lost) == [REQUEST]


@pytest.mark.parametrize("state", ["CALLBACK_OWED", "CANCELLED", "UNKNOWN", "FAILED"])
async def test_what_a_person_was_handed_is_not_lost(world: World, state: str) -> None:
    await _no_notice(world)
    await world.notice(state=state)
    assert (await world.audit()).lost == {}


async def test_an_owed_call_without_a_case_is_lost(world: World) -> None:
    await _said_sent(world)
    world.sms()
    call = ids.random_id()
    assert list((await world.audit((call,))).lost) == [call]


async def test_a_call_that_joined_another_is_owed_by_the_case_of_that_one(world: World) -> None:
    await _said_sent(world)
    world.sms()
    owed, joined, stray = ids.random_id(), ids.random_id(), ids.random_id()
    await world.case(owed)
    links: list[Document] = [{"_id": joined, "joined": owed}, {"_id": stray, "joined": ids.random_id()}]
    await world.store.collection("intake", "calls").insert_many(links)
    assert list((await world.audit((owed, joined, stray))).lost) == [stray]


async def _two_cases(world: World) -> None:
    await world.case(ids.random_id())


async def _opened_twice(world: World) -> None:
    await world.opened("another cause")


async def _sent_twice(world: World) -> None:
    world.sms(drop_repeats=False)


async def _sent_by_two(world: World) -> None:
    world.sms(provider="esms")


async def _pushed_twice(world: World) -> None:
    pushed = ids.random_id()
    await world.notice(pushed, channel="PUSH")
    world.push(pushed, "telephone")
    world.push(pushed, "telephone")


async def _told_twice(world: World) -> None:
    second = ids.random_id()
    await world.notice(second, sequence=2)
    world.sms(second)


async def _strange_message(world: World) -> None:
    world.sms(ids.random_id())


HAPPENED_TWICE = [_two_cases, _opened_twice, _sent_twice, _sent_by_two, _pushed_twice, _told_twice, _strange_message]


@pytest.mark.parametrize("broken", HAPPENED_TWICE)
async def test_whatever_happened_twice_is_found(world: World, broken: Break) -> None:
    await _said_sent(world)
    world.sms()
    await broken(world)
    found = await world.audit()
    assert len(found.doubled) == 1
    assert found.lost == {}
