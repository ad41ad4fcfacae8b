"""What operators see of the providers, and order of them, over a real store."""

import json
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from legalaid import clock, ids
from legalaid.audit import Trail, attach
from legalaid.http import create_app
from legalaid.settings import AuthSettings, ServiceSettings
from notify import api
from notify.attempts import Attempts
from notify.choosing import Choosing
from notify.commands.providers import Operators
from notify.gateways import NotNow
from notify.settings import GatewaySettings
from notify.store import DATABASE

from .conftest import FakeGateway, World, batch
from .test_desk import KEY, headers

SCOPES = "providers:read providers:write"


def said(key: str = "", scope: str = SCOPES) -> dict[str, str]:
    return headers(None, scope, key)


@pytest.fixture
async def operators(world: World, tmp_path: Path) -> httpx.AsyncClient:
    """The API of another process than those that send."""
    world.others = [FakeGateway(name="second")]
    attempts = Attempts(world.store, DATABASE)
    await attempts.create_indexes()
    jwks = tmp_path / "jwks.json"
    public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    jwks.write_text(json.dumps({"keys": [public | {"kid": "k"}]}))
    gateways: dict[str, Any] = {each.name: each for each in (world.gateway, *world.others)}
    choosing = Choosing(gateways, dict.fromkeys(gateways, GatewaySettings()), attempts)
    settings = ServiceSettings(auth=AuthSettings(jwks_file=jwks))
    routes = api.providers.router(Operators(choosing, attempts))
    app = create_app(service="notify", title="t", description="d", settings=settings, routers=[routes])
    attach(app, Trail(world.store, "notify"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def listed(operators: httpx.AsyncClient) -> dict[str, Any]:
    answer = await operators.get("/v1/providers", headers=said())
    return {each["name"]: each for each in answer.raise_for_status().json()["providers"]}


async def test_why_a_provider_is_shut_is_seen(operators: httpx.AsyncClient, world: World) -> None:
    assert {each["because"] for each in (await listed(operators)).values()} == {"well"}
    world.others[0].answers = [NotNow("http-503")] * 50
    async with world.process() as process:
        for _ in range(20):
            await process.handlers.on_cases(batch(await world.case()))
        await world.settled(20)
    found = await listed(operators)
    assert (found["simulated"]["state"], found["second"]["state"]) == ("open", "shut")
    assert found["second"]["because"] == "faults"
    assert [each["code"] for each in found["second"]["why"]] == ["http-503"] * 3
    assert found["second"]["shut_until"] > clock.now().isoformat()[:10]
    assert found["second"]["taken_lately"] == 0


async def test_a_person_shuts_and_opens_one_for_all_senders(operators: httpx.AsyncClient, world: World) -> None:
    order = {"reason": "announced maintenance"}
    shut = await operators.post("/v1/providers/second/shut", headers=said(), json=order)
    assert (shut.json()["state"], shut.json()["because"]) == ("shut", "order")
    assert shut.json()["order"]["by"] == "somebody"
    async with world.process() as process:
        await process.choosing.read_now()
        for _ in range(10):
            await process.handlers.on_cases(batch(await world.case()))
        await world.settled(10)
        assert not world.others[0].received
        opened = await operators.post("/v1/providers/second/open", headers=said(), json={"reason": "it is over"})
        assert opened.json()["state"] == "open"
        await process.choosing.read_now()
        for _ in range(20):
            await process.handlers.on_cases(batch(await world.case()))
        await world.settled(30)
    assert world.others[0].received


async def test_opening_one_forgets_what_went_wrong_before(operators: httpx.AsyncClient, world: World) -> None:
    world.others[0].answers = [NotNow("http-503")] * 50
    async with world.process() as process:
        for _ in range(20):
            await process.handlers.on_cases(batch(await world.case()))
        await world.settled(20)
    assert (await listed(operators))["second"]["state"] == "shut"
    with clock.use(clock.SimulatedClock(clock.now(), 1.0)):
        await operators.post("/v1/providers/second/open", headers=said(), json={"reason": "the provider says so"})
        assert (await listed(operators))["second"]["state"] == "open"


async def test_an_order_that_comes_again_is_the_same_order(operators: httpx.AsyncClient) -> None:
    shut = said(key=ids.random_id())
    await operators.post("/v1/providers/second/shut", headers=shut, json={"reason": "ill"})
    await operators.post("/v1/providers/second/open", headers=said(), json={"reason": "well"})
    again = await operators.post("/v1/providers/second/shut", headers=shut, json={"reason": "ill"})
    assert again.json()["state"] == "open", "a resend must not undo what came after it"


async def test_who_may_not_and_what_is_not_there(operators: httpx.AsyncClient) -> None:
    order = {"reason": "announced"}
    refused = await operators.post("/v1/providers/second/shut", headers=said(scope="providers:read"), json=order)
    assert refused.status_code == 403
    unknown = await operators.post("/v1/providers/third/shut", headers=said(), json=order)
    assert unknown.status_code == 404
    assert (await operators.get("/v1/providers", headers=headers())).status_code == 403
    empty = await operators.post("/v1/providers/second/shut", headers=said(), json={})
    assert empty.status_code == 422
