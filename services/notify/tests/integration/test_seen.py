"""What a device says of a push that reached it: once in effect, whatever the sender is at."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from legalaid import clock, ids
from legalaid.events import Sealed, decode
from legalaid.events.notices import NoticeReceipt
from legalaid.events.words import NoticeChannel
from legalaid.http import create_app
from legalaid.settings import AuthSettings, ServiceSettings
from legalaid.store import Outgoing, publish_outboxes
from legalaid.testing.events import AT
from notify import api
from notify.booking import Booking
from notify.commands.proofs import HandsetProofs
from notify.commands.receipts import Receipts
from notify.commands.sightings import Sightings
from notify.notice import Notice, State

from .conftest import World

KEY = ec.generate_private_key(ec.SECP256R1())


def a_push(**changes: Any) -> Notice:
    event = ids.random_id()
    base: dict[str, Any] = {
        "id": ids.notice_id(event, "case-assigned", NoticeChannel.PUSH),
        "case_id": ids.random_id(),
        "case_event": event,
        "case_sequence": 1,
        "correlation_id": ids.random_id(),
        "template": "case-assigned",
        "template_version": 1,
        "channel": NoticeChannel.PUSH,
        "owner": "TGPL-11",
        "owner_name": "x",
        "province": "11",
        "receipt_code": None,
        "urgent": False,
        "requested_at": AT,
        "changed_at": AT,
        "contact": Sealed("1." + "a" * 64),
        "contact_sequence": 1,
        "not_before": AT,
        "allowed_at": AT,
        "state": State.SENT_TO_GATEWAY,
        "attempts": 1,
        "provider": "fcm",
    }
    return Notice(**(base | changes))


@pytest.fixture
async def app(world: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    jwks = tmp_path / "jwks.json"
    public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    jwks.write_text(json.dumps({"keys": [public | {"kid": "k"}]}))
    outgoing = Outgoing(world.notices, partial(publish_outboxes, world.published, world.notices))
    settings = ServiceSettings(auth=AuthSettings(jwks_file=jwks))
    routes = api.seen.router(
        Sightings(world.notices, Receipts(world.notices, outgoing, HandsetProofs(world.notices, outgoing)))
    )
    made = create_app(service="notify", title="t", description="d", settings=settings, routers=[routes])
    claims = {"iss": "https://legalaid.local", "aud": "legalaid", "sub": "app", "client_id": "app"}
    claims |= {"scope": "notices:seen", "exp": str(int(clock.real_now().timestamp()) + 60)}
    token = jwt.encode(claims | {"exp": int(claims["exp"])}, KEY, "ES256", headers={"kid": "k"})
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(made), base_url="http://test", headers=headers
    ) as client:
        yield client
    await outgoing.flush()


async def say(app: httpx.AsyncClient, notice_id: str) -> int:
    return (await app.post(f"/v1/notices/{notice_id}/seen")).status_code


async def stored(world: World, notice: Notice) -> Notice:
    return (await world.notices.load([notice.id]))[notice.id]


async def told(world: World) -> list[NoticeReceipt]:
    async with asyncio.timeout(5):
        while not world.published.messages:  # noqa: ASYNC110 - a list has no event
            await asyncio.sleep(0.01)
    events = {each.id: decode(each.value, each.headers).data for each in world.published.messages}
    found = events.values()
    return [each for each in found if isinstance(each, NoticeReceipt)]


async def test_a_device_says_so_once_however_often_it_says_it(app: httpx.AsyncClient, world: World) -> None:
    push = a_push()
    await world.notices.insert([push])
    answers = await asyncio.gather(*(say(app, push.id) for _ in range(10)))
    assert set(answers) == {204}
    assert await say(app, push.id) == 204
    found = await stored(world, push)
    assert (found.state, found.proved_at) == (State.SENT_TO_GATEWAY, AT)
    [seen] = await told(world)
    assert (seen.notice_id, seen.proved_at, seen.provider, seen.channel) == (push.id, AT, "fcm", NoticeChannel.PUSH)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.PENDING])
async def test_a_doubt_ends_when_the_device_has_it(app: httpx.AsyncClient, world: World, state: State) -> None:
    """A repeat that waits is not sent, and no person has to decide."""
    push = a_push(state=state, not_before=AT + timedelta(minutes=5), doubted=True)
    await world.notices.insert([push])
    assert await say(app, push.id) == 204
    found = await stored(world, push)
    assert (found.state, found.doubted, found.proved_at) == (State.SENT_TO_GATEWAY, False, AT)
    assert len(await told(world)) == 1


async def test_a_device_may_be_faster_than_the_answer_of_its_push_service(app: httpx.AsyncClient, world: World) -> None:
    push = a_push(state=State.SENDING, claim="c", claimed_until=clock.real_now() + timedelta(minutes=1))
    await world.notices.insert([push])
    assert await say(app, push.id) == 204
    push.sent(AT, 1, text="case-assigned", version=1)
    async with world.process() as process:
        await process.bookings.acknowledge(Booking([push]))
    found = await stored(world, push)
    assert (found.state, found.proved_at) == (State.SENT_TO_GATEWAY, AT), "the sender finds its own work done"
    assert len(await told(world)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ids.notice_id(ids.random_id(), "case-assigned", NoticeChannel.SMS), "channel": NoticeChannel.SMS},
        {"state": State.PENDING, "attempts": 0},
    ],
)
async def test_what_was_pushed_to_nobody_was_seen_by_nobody(
    app: httpx.AsyncClient, world: World, changes: dict[str, Any]
) -> None:
    push = a_push(**changes)
    await world.notices.insert([push])
    assert await say(app, push.id) == 404
    assert (await stored(world, push)).version == 1


async def test_what_became_a_call_meanwhile_stays_one_and_the_proof_is_kept(
    app: httpx.AsyncClient, world: World
) -> None:
    push = a_push(state=State.CALLBACK_OWED, channel=NoticeChannel.CALLBACK)
    await world.notices.insert([push])
    assert await say(app, push.id) == 204
    found = await stored(world, push)
    assert (found.state, found.proved_at) == (State.CALLBACK_OWED, AT)


async def test_who_guesses_is_slowed_and_who_knows_is_heard(
    app: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = a_push()
    await world.notices.insert([push])
    second = [100.0]
    monkeypatch.setattr(clock, "elapsed", lambda: second[0])
    assert {await say(app, push.id) for _ in range(150)} == {204}, "what is known costs nothing"
    answers = await asyncio.gather(*(say(app, ids.random_id()) for _ in range(150)))
    assert (answers.count(404), answers.count(429)) == (100, 50)
    assert await say(app, push.id) == 429
    second[0] += 1
    assert await say(app, push.id) == 204
    assert (await app.post("/v1/notices/quokka/seen")).status_code == 422


async def test_only_the_app_says_what_devices_have(app: httpx.AsyncClient) -> None:
    assert (await app.post(f"/v1/notices/{ids.random_id()}/seen", headers={"Authorization": ""})).status_code == 401
