"""What Zalo tells us: believed by its signature, counted once, and nothing of the person kept or told."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr

from dev.gateway import zalo
from legalaid import clock, ids
from legalaid.events.notices import NoticeReceipt
from legalaid.http import create_app
from legalaid.settings import ServiceSettings
from legalaid.store import Outgoing, publish_outboxes
from notify import api, metrics
from notify.commands.proofs import HandsetProofs
from notify.commands.receipts import Receipts
from notify.gateways import Lost
from notify.inbox import Inbox
from notify.notice import Notice, State
from notify.settings import ZaloSettings

from .conftest import PHONE, World, a_contact, batch

SETTINGS = ZaloSettings(app_id=zalo.APP_ID, oa_id="2222", oa_secret=SecretStr(zalo.OA_SECRET))


class Webhook:
    """Zalo's end of the webhook."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def __call__(self, event: dict[str, Any], **signing: Any) -> int:
        body, headers = zalo.signed(event, **signing)
        return await self.raw(body, headers)

    async def raw(self, body: bytes, headers: Mapping[str, Any]) -> int:
        answer = await self._client.post("/v1/webhooks/zalo", content=body, headers=headers)
        assert PHONE[1:] not in answer.text
        return answer.status_code


@pytest.fixture
async def webhook(world: World) -> AsyncIterator[Webhook]:
    outgoing = Outgoing(world.notices, partial(publish_outboxes, world.published, world.notices))
    receipts = Receipts(world.notices, outgoing, HandsetProofs(world.notices, outgoing))
    routes = api.zalo.router(receipts, Inbox(world.store, world.keys), SETTINGS)
    app = create_app(service="notify", title="t", description="d", settings=ServiceSettings(), routers=[routes])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield Webhook(client)
    await outgoing.flush()


def heard(how: str) -> float:
    return float(metrics.RECEIPTS.labels("zalo", how)._value.get())


def refused() -> float:
    return float(metrics.WEBHOOKS_REFUSED.labels("zalo")._value.get())


async def sent(world: World) -> Notice:
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case()))
        [notice] = await world.settled()
    return notice


async def in_doubt(world: World, events: int = 1) -> list[Notice]:
    world.gateway.drops_repeats, world.gateway.can_be_asked = False, False
    world.gateway.answers = [Lost("cut")]
    async with world.process() as process:
        contact = a_contact()
        await process.handlers.on_cases(batch(*[await world.case(contact=contact) for _ in range(events)]))
        return await world.settled(events)


async def receipts(world: World) -> list[NoticeReceipt]:
    return [event.data for event in world.published.events() if isinstance(event.data, NoticeReceipt)]


async def test_a_message_that_reached_the_handset_is_proved_once(world: World, webhook: Webhook) -> None:
    notice = await sent(world)
    event = zalo.received(notice.id, "z-1", PHONE[1:])
    new, known = heard("new"), heard("known")
    assert await webhook(event) == 200
    assert await webhook(event) == 200
    assert await webhook(zalo.received(notice.id, "z-1", PHONE[1:])) == 200
    assert (heard("new") - new, heard("known") - known) == (1, 2)
    [proved] = await world.settled()
    assert proved.state is State.SENT_TO_GATEWAY
    assert (proved.provider, proved.reference) == ("zalo", "z-1")
    assert proved.proved_at is not None
    assert abs(proved.proved_at - clock.now()) < timedelta(minutes=1), "in the time of our domain"
    await asyncio.sleep(0.3)
    [told] = await receipts(world)
    assert (told.notice_id, told.provider, told.proved_at) == (notice.id, "zalo", proved.proved_at)


async def test_many_at_once_prove_once(world: World, webhook: Webhook) -> None:
    notice = await sent(world)
    event = zalo.received(notice.id, "z-1", PHONE[1:])
    assert set(await asyncio.gather(*(webhook(event) for _ in range(8)))) == {200}
    await asyncio.sleep(0.3)
    assert len(await receipts(world)) == 1


async def test_it_settles_what_nobody_could_say(world: World, webhook: Webhook) -> None:
    [notice] = await in_doubt(world)
    assert notice.state is State.UNKNOWN
    settled = heard("settled")
    assert await webhook(zalo.received(notice.id, "z-1", PHONE[1:])) == 200
    assert heard("settled") == settled + 1
    [now] = await world.settled()
    assert now.state is State.SENT_TO_GATEWAY
    await asyncio.sleep(0.3)
    assert world.published.types() == ["unknown", "sent", "receipt"]


async def test_who_was_told_by_the_same_message_is_told_with_it(world: World, webhook: Webhook) -> None:
    world.pace = world.pace.model_copy(update={"together_seconds": 0.05})
    await sent(world)  # what comes next to this number waits, and is told together
    world.gateway.drops_repeats, world.gateway.can_be_asked = False, False
    world.gateway.answers = [Lost("cut")]
    contact = a_contact()
    async with world.process() as process:
        await process.handlers.on_cases(batch(*[await world.case(contact=contact) for _ in range(3)]))
        clock._clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]  # the fixed clock of this world
        process.sender.wake()
        found = await world.settled(4)
    doubted = [notice for notice in found if notice.state is State.UNKNOWN]
    assert len(doubted) == 3
    [lead] = {notice.message for notice in doubted if notice.message}
    assert await webhook(zalo.received(lead, "z-1", PHONE[1:])) == 200
    ids_ = {notice.id for notice in doubted}
    states = {notice.id: notice.state for notice in await world.all() if notice.id in ids_}
    assert states.pop(lead) is State.SENT_TO_GATEWAY
    assert set(states.values()) == {State.CANCELLED}


async def test_a_lost_answer_waits_for_its_receipt_before_a_person_has_to_decide(
    world: World, webhook: Webhook
) -> None:
    world.gateway.proves_within = timedelta(seconds=0.6)
    world.gateway.drops_repeats, world.gateway.can_be_asked = False, False
    world.gateway.answers = [Lost("cut"), Lost("cut")]
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case(), await world.case()))
        await asyncio.sleep(0.2)
        first, second = await world.all()
        assert (first.state, second.state) == (State.SENDING, State.SENDING)
        assert await webhook(zalo.received(first.id, "z-1", PHONE[1:])) == 200
        states = {notice.id: notice.state for notice in await world.settled(2)}
    assert states == {first.id: State.SENT_TO_GATEWAY, second.id: State.UNKNOWN}
    assert len(world.gateway.delivered) == 2, "nothing is sent again"


async def test_a_receipt_that_comes_before_the_answer_counts(world: World, webhook: Webhook) -> None:
    world.gateway.slow_seconds = 0.4
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case()))
        [notice] = await world.all()
        assert notice.state is State.SENDING
        assert await webhook(zalo.received(notice.id, "z-1", PHONE[1:])) == 200
        [done] = await world.settled()
        await asyncio.sleep(0.6)
    assert (done.state, done.reference) == (State.SENT_TO_GATEWAY, "z-1")
    assert world.published.types() == ["sent", "receipt"]


async def test_of_no_message_of_ours_nothing_is_kept(world: World, webhook: Webhook) -> None:
    stranger = heard("stranger")
    assert await webhook(zalo.received(ids.random_id(), "z-1", PHONE[1:])) == 200
    assert heard("stranger") == stranger + 1
    assert await world.all() == []


async def test_only_who_knows_the_secret_is_believed(world: World, webhook: Webhook) -> None:
    notice = await sent(world)
    event = zalo.received(notice.id, "z-1", PHONE[1:])
    body, headers = zalo.signed(event)
    before = refused()
    wrong: list[tuple[bytes, Mapping[str, Any]]] = [
        zalo.signed(event, secret="guessed"),
        (body, {"Content-Type": "application/json"}),
        (body.replace(b"z-1", b"z-2"), headers),
        (body + b" ", headers),
        (b"{}", headers),
        (b"quokka", headers),
        (b'{"event_name": "user_received_message", "timestamp": "1e3"}', headers),
        (body, headers | {"X-ZEvent-Signature": headers["X-ZEvent-Signature"].removeprefix("mac=")}),
        (body, headers | {"X-ZEvent-Signature": b"m\xe1c"}),
    ]
    for each in wrong:
        assert await webhook.raw(*each) == 403
    assert refused() == before + len(wrong)
    [unproved] = await world.all()
    assert unproved.proved_at is None
    assert await webhook(event | {"app_id": "2222"}) == 200, "in some descriptions the account's id is signed"


@pytest.mark.parametrize(
    ("ago", "status"), [(timedelta(hours=2), 200), (timedelta(hours=4), 403), (-timedelta(minutes=9), 403)]
)
async def test_what_is_old_is_not_believed(world: World, webhook: Webhook, ago: timedelta, status: int) -> None:
    notice = await sent(world)
    event = zalo.received(notice.id, "z-1", PHONE[1:])
    event["timestamp"] = str(int((clock.real_now() - ago).timestamp() * 1000))
    assert await webhook(event) == status


async def test_without_a_secret_nobody_is_believed(world: World) -> None:
    outgoing = Outgoing(world.notices, partial(publish_outboxes, world.published, world.notices))
    receipts = Receipts(world.notices, outgoing, HandsetProofs(world.notices, outgoing))
    routes = api.zalo.router(receipts, Inbox(world.store, world.keys), ZaloSettings())
    app = create_app(service="notify", title="t", description="d", settings=ServiceSettings(), routers=[routes])
    body, headers = zalo.signed(zalo.received(ids.random_id(), "z-1", "1") | {"app_id": ""}, secret="")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.post("/v1/webhooks/zalo", content=body, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "message", [{"text": "Chào", "msg_id": "m"}, {"tracking_id": "x", "msg_id": "m", "delivery_time": "1"}, None]
)
async def test_another_event_changes_nothing(world: World, webhook: Webhook, message: Any) -> None:
    notice = await sent(world)
    event = zalo.received(notice.id, "z-1", PHONE[1:])
    assert await webhook(event | {"message": message}) == 200
    assert await webhook(event | {"event_name": "user_seen_message"}) == 200
    [unproved] = await world.all()
    assert unproved.proved_at is None


async def test_a_change_of_quota_or_of_a_text_is_counted(webhook: Webhook) -> None:
    changed = metrics.PROVIDER_CHANGES.labels("zalo", "template-quality")
    before = changed._value.get()
    event = {"app_id": zalo.APP_ID, "event_name": "change_template_quality", "timestamp": zalo.now_ms()}
    assert await webhook(event) == 200
    assert changed._value.get() == before + 1


async def test_nothing_of_the_person_is_logged_or_kept(world: World, webhook: Webhook) -> None:
    notice = await sent(world)
    with structlog.testing.capture_logs() as lines:
        assert await webhook(zalo.received(notice.id, "z-1", PHONE[1:])) == 200
        assert await webhook(zalo.received(notice.id, "z-1", PHONE[1:]), secret="guessed") == 403
    stored = [document async for document in world.notices.collection.find({})]
    for told in (repr(lines), repr(stored), json.dumps([str(message) for message in world.published.messages])):
        assert PHONE[1:] not in told
