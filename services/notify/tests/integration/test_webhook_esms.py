"""What eSMS tells us: heard at a path that nobody can guess, and believed only when eSMS says it again."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from pydantic import SecretStr

from dev.gateway.serving import served
from legalaid import ids
from legalaid.events.notices import NoticeReceipt
from legalaid.http import create_app
from legalaid.settings import ServiceSettings
from legalaid.store import Outgoing, publish_outboxes
from notify import api, metrics
from notify.commands.proofs import HandsetProofs
from notify.commands.receipts import Receipts
from notify.gateways import Lost, NotNow
from notify.gateways.base import Message
from notify.gateways.esms import EsmsGateway
from notify.gateways.esms_receipts import EsmsReceipts, Reported
from notify.notice import State
from notify.settings import GatewaySettings

from .conftest import PHONE, World, batch

KEY = "a-key-of-twenty-or-more"
SETTINGS = GatewaySettings(callback_url=SecretStr(f"https://tgpl.example/v1/webhooks/esms/{KEY}"))


class FakeEsms:
    """Answers what it is asked with what it is told to."""

    def __init__(self) -> None:
        self.says: Reported | NotNow | None = Reported(accepted=True, cost_vnd=790)
        self.asked: list[str] = []

    async def ask(self, reference: str) -> Reported | NotNow | None:
        self.asked.append(reference)
        return self.says


@pytest.fixture
def esms() -> FakeEsms:
    return FakeEsms()


@pytest.fixture
async def client(world: World, esms: Any) -> AsyncIterator[httpx.AsyncClient]:
    outgoing = Outgoing(world.notices, partial(publish_outboxes, world.published, world.notices))
    routes = api.esms.router(Receipts(world.notices, outgoing, HandsetProofs(world.notices, outgoing)), esms, SETTINGS)
    app = create_app(service="notify", title="t", description="d", settings=ServiceSettings(), routers=[routes])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as made:
        yield made
    await outgoing.flush()


async def called(client: httpx.AsyncClient, request_id: str, *, key: str = KEY, **more: str) -> int:
    about = {"SMSID": "e-1", "SendStatus": "5", "TotalPrice": "1", "telcoid": "1", "phonenumber": PHONE[1:]}
    answer = await client.get(f"/v1/webhooks/esms/{key}", params=about | {"RequestId": request_id} | more)
    assert PHONE[1:] not in answer.text
    return answer.status_code


async def sent(world: World) -> str:
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case()))
        [notice] = await world.settled()
    return notice.id


async def test_the_cost_that_esms_itself_says_is_kept_and_told_once(
    world: World, client: httpx.AsyncClient, esms: FakeEsms
) -> None:
    request_id = await sent(world)
    assert [await called(client, request_id) for _ in range(3)] == [200, 200, 200]
    assert esms.asked == ["e-1"] * 3
    [notice] = await world.settled()
    assert (notice.cost_vnd, notice.carrier, notice.reference, notice.proved_at) == (790, "viettel", "e-1", None)
    async with world.process(sending=False) as process:
        await world.swept(process)
    told = [event.data for event in world.published.events() if isinstance(event.data, NoticeReceipt)]
    assert [(each.provider, each.cost_vnd, each.carrier, each.proved_at) for each in told] == [
        ("esms", 790, "viettel", None)
    ]


async def test_it_settles_what_nobody_could_say(world: World, client: httpx.AsyncClient) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = False, False
    world.gateway.answers = [Lost("cut")]
    request_id = await sent(world)
    assert await called(client, request_id) == 200
    [notice] = await world.settled()
    assert notice.state is State.SENT_TO_GATEWAY


@pytest.mark.parametrize(
    ("says", "status", "heard"),
    [
        (None, 404, None),
        (NotNow("ConnectError"), 503, None),
        (Reported(accepted=None, cost_vnd=790), 200, "known"),
        (Reported(accepted=False, cost_vnd=0), 200, "failed"),
    ],
)
async def test_what_esms_does_not_confirm_is_not_believed(
    world: World, client: httpx.AsyncClient, esms: FakeEsms, says: Any, status: int, heard: str | None
) -> None:
    request_id = await sent(world)
    esms.says = says
    counted = metrics.RECEIPTS.labels("esms", heard or "new")
    before = counted._value.get()
    assert await called(client, request_id) == status
    assert counted._value.get() - before == (heard is not None)
    [notice] = await world.all()
    assert (notice.cost_vnd, notice.reference) == (None, None)


async def test_a_stranger_makes_us_ask_nobody(world: World, client: httpx.AsyncClient, esms: FakeEsms) -> None:
    request_id = await sent(world)
    assert await called(client, request_id, key="guessed-guessed-guessed") == 404
    assert await called(client, "84912345678") == 404
    assert await called(client, request_id, SMSID="") == 404
    assert esms.asked == []
    assert await called(client, ids.random_id()) == 200
    [notice] = await world.all()
    assert notice.cost_vnd is None


async def test_another_message_is_not_told_of_by_the_same_id(world: World, client: httpx.AsyncClient) -> None:
    request_id = await sent(world)
    assert await called(client, request_id) == 200
    assert await called(client, request_id, SMSID="e-2") == 200
    [notice] = await world.settled()
    assert notice.reference == "e-1"


def test_a_short_key_is_none() -> None:
    assert GatewaySettings(callback_url=SecretStr("https://tgpl.example/esms/short")).callback_key == ""
    assert KEY not in repr(SETTINGS)


async def test_nothing_of_the_person_is_logged_or_kept(world: World, client: httpx.AsyncClient) -> None:
    request_id = await sent(world)
    with structlog.testing.capture_logs() as lines:
        await called(client, request_id)
        await called(client, request_id, key="guessed-guessed-guessed")
    stored = [document async for document in world.notices.collection.find({})]
    assert PHONE[1:] not in repr(lines) + repr(stored) + repr(world.published.messages)


ANSWERS: list[tuple[dict[str, Any], Reported | None]] = [
    (
        {"CodeResponse": "100", "SendStatus": 5, "SendSuccess": 1, "TotalPrice": 790},
        Reported(accepted=True, cost_vnd=790),
    ),
    (
        {"CodeResult": "100", "SendStatus": "5", "SendSuccess": "1", "TotalPrice": "790.4"},
        Reported(accepted=True, cost_vnd=791),
    ),
    (
        {"CodeResponse": "100", "SendStatus": 5, "SendSuccess": 0, "SendFailed": 1},
        Reported(accepted=False, cost_vnd=None),
    ),
    ({"CodeResponse": "100", "SendStatus": 4, "TotalPrice": "84912345678"}, Reported(accepted=False, cost_vnd=None)),
    ({"CodeResponse": "100", "SendStatus": 7, "TotalPrice": "x"}, Reported(accepted=None, cost_vnd=None)),
    ({"CodeResponse": "101"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("answer", "reported"), ANSWERS)
async def test_how_its_answers_are_read(answer: dict[str, Any], reported: Reported | None) -> None:
    asked: list[httpx.QueryParams] = []
    app = FastAPI()

    @app.get("/MainService.svc/json/GetSendStatus")
    async def status(request: Request) -> dict[str, Any]:
        asked.append(httpx.QueryParams(dict(request.query_params)))
        return answer

    async with served(app) as url:
        asking = EsmsReceipts(GatewaySettings(url=url, api_key=SecretStr("k"), secret_key=SecretStr("s")))
        assert await asking.ask("e-1") == reported
        await asking.close()
    assert dict(asked[0]) == {"ApiKey": "k", "SecretKey": "s", "RefId": "e-1"}


async def test_who_is_not_reached_has_not_said_anything() -> None:
    asking = EsmsReceipts(GatewaySettings(url="http://127.0.0.1:9", timeout_seconds=0.3))
    assert await asking.ask("e-1") == NotNow("ConnectError")
    await asking.close()


async def test_esms_is_told_where_to_call() -> None:
    bodies: list[dict[str, Any]] = []
    app = FastAPI()

    @app.post("/MainService.svc/json/SendMultipleMessage_V4_post_json/")
    async def send(request: Request) -> dict[str, Any]:
        bodies.append(await request.json())
        return {"CodeResult": "100", "SMSID": "e-1"}

    message = Message(ids.random_id(), PHONE, "Yeu cau", "case-assigned", 1, "vie", {}, urgent=False)
    async with served(app) as url:
        for settings in (SETTINGS, GatewaySettings()):
            gateway = EsmsGateway(settings.model_copy(update={"url": url}))
            await gateway.send(message)
            await gateway.close()
    assert bodies[0]["CallbackUrl"] == SETTINGS.callback_url.get_secret_value()
    assert "CallbackUrl" not in bodies[1]
