"""What people write to us is kept once, sealed, shown to the Desk alone, and its words end when it is dealt with."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from dev.gateway import zalo
from legalaid import clock, ids
from legalaid.audit import Trail, attach
from legalaid.events.people import Contact, Person, Wishes
from legalaid.events.words import NoticeReason
from legalaid.http import create_app
from legalaid.settings import AuthSettings, ServiceSettings
from legalaid.store import Outgoing, publish_outboxes
from legalaid.testing.events import AT
from notify import api, metrics
from notify.commands.proofs import HandsetProofs
from notify.commands.receipts import Receipts
from notify.inbox import Inbox
from notify.loops import census
from notify.notice import Notice, State
from notify.settings import IncomingSettings, ZaloSettings

from .conftest import PHONE, World, a_contact, batch

KEY = ec.generate_private_key(ec.SECP256R1())
SHORT_CODE = IncomingSettings(cpid="cp", private_key=SecretStr("17417a0d20114d36"))
ZALO = ZaloSettings(app_id=zalo.APP_ID, oa_secret=SecretStr(zalo.OA_SECRET))
TEXT = "Tôi cần giúp"


class Front:
    """Both ends: who hands messages in, and who reads them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def esms(self, text: str = TEXT, *, smsid: str = "s-1", key: str = "17417a0d20114d36", **more: str) -> int:
        said = {"cpid": "cp", "smsid": smsid, "content": text, "receiverTime": "20261123090000"}
        digest = md5(("".join(said.values()) + key).encode(), usedforsecurity=False).digest()
        about = {"sender": PHONE[1:], "serviceNumber": "8041", "keyword": "TGPL", "sign": b64encode(digest).decode()}
        answer = await self._client.get("/v1/incoming/esms", params=said | about | more)
        assert PHONE[1:] not in answer.text
        assert TEXT not in answer.text
        if answer.status_code == 200:
            assert f"<Smsid>{smsid}</Smsid>" in answer.text
        return answer.status_code

    async def zalo(self, text: str, msg_id: str = "z-1") -> int:
        event = {"app_id": zalo.APP_ID, "event_name": "user_send_text", "timestamp": zalo.now_ms()}
        body, headers = zalo.signed(event | {"sender": {"id": "9871"}, "message": {"msg_id": msg_id, "text": text}})
        return (await self._client.post("/v1/webhooks/zalo", content=body, headers=headers)).status_code

    async def read(self, centre: str | None = "DESK") -> Any:
        answer = await self._client.get("/v1/incoming", headers=headers(centre))
        return answer.json()["messages"] if answer.status_code == 200 else answer.status_code

    async def done(self, id_: str, centre: str | None = "DESK") -> int:
        return (await self._client.post(f"/v1/incoming/{id_}/done", headers=headers(centre))).status_code


def headers(centre: str | None) -> dict[str, str]:
    claims: dict[str, Any] = {
        "iss": "https://legalaid.local",
        "aud": "legalaid",
        "sub": "somebody",
        "client_id": "desk",
        "scope": "notices:read notices:write",
        "exp": int(clock.real_now().timestamp()) + 60,
    }
    token = jwt.encode(claims | ({"centre": centre} if centre else {}), KEY, "ES256", headers={"kid": "k"})
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def front(world: World, tmp_path: Path) -> AsyncIterator[Front]:
    jwks = tmp_path / "jwks.json"
    public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    jwks.write_text(json.dumps({"keys": [public | {"kid": "k"}]}))
    inbox = Inbox(world.store, world.keys)
    await inbox.create_indexes()
    outgoing = Outgoing(world.notices, partial(publish_outboxes, world.published, world.notices))
    receipts = Receipts(world.notices, outgoing, HandsetProofs(world.notices, outgoing))
    routers = [api.incoming.router(inbox, world.notices, SHORT_CODE), api.zalo.router(receipts, inbox, ZALO)]
    settings = ServiceSettings(auth=AuthSettings(jwks_file=jwks))
    app = create_app(service="notify", title="t", description="d", settings=settings, routers=routers)
    attach(app, Trail(world.store, "notify"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield Front(client)


async def test_a_message_is_kept_once_and_shown_to_the_desk_alone(front: Front) -> None:
    counted = metrics.INCOMING.labels("esms", "OTHER")
    before = counted._value.get()
    assert [await front.esms() for _ in range(3)] == [200, 200, 200]
    assert set(await asyncio.gather(*(front.esms(smsid="s-2") for _ in range(6)))) <= {200, 503}
    assert counted._value.get() - before == 2
    first, _ = await front.read()
    assert (first["text"], first["sender"], first["wants"], first["channel"]) == (TEXT, PHONE, "OTHER", "SMS")
    for other in ("TGPL-11", None):
        assert await front.read(other) == 403
        assert await front.done(first["id"], other) == 403


async def test_what_one_word_asks_for_is_said(front: Front) -> None:
    await front.esms("TGPL DUNG", smsid="a")
    await front.zalo("gọi")
    assert [(each["wants"], each["channel"]) for each in await front.read()] == [("STOP", "SMS"), ("CALL", "ZALO")]
    assert (await front.read())[1]["sender"] == "9871"


async def test_the_desk_sees_whose_cases_it_may_be_about(world: World, front: Front) -> None:
    async with world.process() as process:
        mine, other = await world.case(), await world.case()
        await process.handlers.on_cases(batch(mine, other))
        await world.settled(2)
    await front.esms()
    assert [each["cases"] for each in await front.read()] == [[mine.subject]]


async def test_when_it_is_dealt_with_its_words_are_gone(world: World, front: Front) -> None:
    await front.esms()
    [message] = await front.read()
    assert await front.done(message["id"]) == 200
    assert await front.done(message["id"]) == 200
    assert await front.done(ids.random_id()) == 404
    assert await front.read() == []
    keys = world.store.collection("notify", "keys")
    assert await keys.count_documents({}) == 0
    assert await front.esms() == 200, "eSMS sends it again"
    assert await front.read() == []
    assert await keys.count_documents({}) == 0


async def test_only_what_is_signed_is_kept(front: Front) -> None:
    assert await front.esms(key="guessed") == 403
    assert await front.esms(cpid="another") == 403
    assert await front.esms(content="STOP") == 403
    assert await front.esms(smsid="") == 403
    assert await front.esms(sign="") == 403
    assert await front.read() == []


async def test_without_a_key_nothing_is_believed(world: World) -> None:
    routes = api.incoming.router(Inbox(world.store, world.keys), world.notices, IncomingSettings())
    app = create_app(service="notify", title="t", description="d", settings=ServiceSettings(), routers=[routes])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        digest = b64encode(md5(b"s", usedforsecurity=False).digest()).decode()
        answer = await client.get("/v1/incoming/esms", params={"cpid": "", "smsid": "s", "sign": digest})
    assert answer.status_code == 403


async def test_words_and_number_stand_nowhere_in_the_clear(world: World, front: Front) -> None:
    with structlog.testing.capture_logs() as lines:
        await front.esms()
        await front.zalo(TEXT)
        await front.esms(key="guessed")
    stored = [each async for each in world.store.collection("notify", "incoming").find({})]
    assert len(stored) == 2
    for secret in (TEXT, "giúp", PHONE[1:], "9871"):
        assert secret not in repr(stored)
        assert secret not in repr(lines)


async def test_how_long_somebody_has_waited_is_measured(world: World, front: Front) -> None:
    inbox = Inbox(world.store, world.keys)
    await census.count_incoming(inbox)
    assert metrics.INCOMING_WAITING_SECONDS._value.get() == 0
    await front.esms()
    with clock.use(clock.FixedClock(clock.now() + timedelta(hours=3))):
        await census.count_incoming(inbox)
    assert metrics.INCOMING_WAITING_SECONDS._value.get() == 3 * 3600


async def told(world: World, contact: Contact) -> Notice:
    """What becomes of news for somebody."""
    async with world.process() as process:
        event = await world.case(contact=contact)
        await process.handlers.on_cases(batch(event))
        return next(notice for notice in await world.settled() if notice.case_id == event.subject)


@pytest.mark.parametrize("text", ["DUNG", "TGPL dừng", "stop"])
async def test_who_wrote_stop_gets_no_more_messages_but_a_call(world: World, front: Front, text: str) -> None:
    await front.esms(text)
    notice = await told(world, a_contact())
    assert (notice.state, notice.reason) == (State.CALLBACK_OWED, NoticeReason.SMS_NOT_WANTED)
    assert world.gateway.delivered == []


async def test_stop_holds_after_the_desk_has_dealt_with_it(world: World, front: Front) -> None:
    await front.esms("STOP")
    [message] = await front.read()
    await front.done(message["id"])
    assert (await told(world, a_contact(wishes=Wishes(call=False)))).state is State.CANCELLED
    assert world.gateway.delivered == []


async def test_stop_reaches_a_sender_that_runs(world: World, front: Front) -> None:
    async with world.process() as process:
        await front.esms("STOP")
        await asyncio.sleep(0.3)
        await process.handlers.on_cases(batch(await world.case(contact=a_contact())))
        [notice] = await world.settled()
    assert notice.state is State.CALLBACK_OWED


@pytest.mark.parametrize("text", ["Đúng", "GOI", TEXT])
async def test_another_word_stops_nothing(world: World, front: Front, text: str) -> None:
    await front.esms(text)
    assert (await told(world, a_contact())).state is State.SENT_TO_GATEWAY


async def test_stop_is_for_that_number_and_until_a_later_consent(world: World, front: Front) -> None:
    await front.esms("STOP")
    other = a_contact(person=Person(name="Lò Thị Hoa", phone="+84987654321"))
    assert (await told(world, other)).state is State.SENT_TO_GATEWAY
    consent = a_contact().consent
    assert consent is not None
    renewed = a_contact(consent=consent.model_copy(update={"at": AT + timedelta(hours=1)}))
    assert (await told(world, renewed)).state is State.SENT_TO_GATEWAY
