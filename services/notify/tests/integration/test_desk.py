"""The Desk's API over a real store."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from legalaid import clock, ids
from legalaid.audit import Trail, attach
from legalaid.errors import TransientError
from legalaid.events.people import Wishes
from legalaid.http import create_app
from legalaid.settings import AuthSettings, ServiceSettings
from legalaid.store import Outgoing, publish_outboxes
from notify import api
from notify.commands.desk import Desk
from notify.gateways import Lost
from notify.notice import Notice, State

from .conftest import World, a_contact, batch

KEY = ec.generate_private_key(ec.SECP256R1())


def headers(centre: str | None = "DESK", scope: str = "notices:read notices:write", key: str = "") -> dict[str, str]:
    claims: dict[str, Any] = {
        "iss": "https://legalaid.local",
        "aud": "legalaid",
        "sub": "somebody",
        "client_id": "desk",
        "scope": scope,
        "exp": int(clock.real_now().timestamp()) + 60,
    }
    token = jwt.encode(claims | ({"centre": centre} if centre else {}), KEY, "ES256", headers={"kid": "k"})
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or ids.random_id()}


@pytest.fixture
async def outgoing(world: World) -> AsyncIterator[Outgoing[Notice]]:
    made = Outgoing(world.notices, partial(publish_outboxes, world.published, world.notices))
    yield made
    await made.flush()


@pytest.fixture
async def desk(world: World, outgoing: Outgoing[Notice], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    jwks = tmp_path / "jwks.json"
    public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    jwks.write_text(json.dumps({"keys": [public | {"kid": "k"}]}))
    routes = api.router(Desk(world.notices, outgoing))
    settings = ServiceSettings(auth=AuthSettings(jwks_file=jwks))
    app = create_app(service="notify", title="t", description="d", settings=settings, routers=[routes])
    attach(app, Trail(world.store, "notify"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_whoever_decides_does_not_wait_for_the_brokers(
    desk: httpx.AsyncClient, owed: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer came after the brokers' time-out, ten seconds of a person's who had just made a call."""
    silence = asyncio.Event()

    async def silent(_messages: Any) -> None:
        await silence.wait()
        raise TransientError("no broker answers")

    monkeypatch.setattr(world.published, "publish", silent)
    async with asyncio.timeout(5):
        answer = await desk.post(f"/v1/callbacks/{owed}/done", headers=headers())
    assert answer.json()["state"] == "CALLBACK_DONE"
    silence.set()


@pytest.fixture
async def owed(world: World) -> str:
    """A call that centre TGPL-11 owes."""
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case(contact=a_contact(wishes=Wishes(sms=False)))))
    (notice,) = await world.settled()
    return notice.id


@pytest.fixture
async def unknown(world: World) -> str:
    """A message of which nobody knows whether it went out."""
    world.gateway.drops_repeats, world.gateway.can_be_asked = False, False
    world.gateway.answers = [Lost("cut")]
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case()))
        (notice,) = await world.settled()
    return notice.id


async def test_calls_are_listed_for_the_desk_and_for_their_own_centre(desk: httpx.AsyncClient, owed: str) -> None:
    for centre, expected in (("DESK", [owed]), ("TGPL-11", [owed]), ("TGPL-15", []), (None, [])):
        answer = await desk.get("/v1/callbacks", headers=headers(centre))
        assert [notice["id"] for notice in answer.json()["notices"]] == expected, centre
        assert "phone" not in answer.text
    assert (await desk.get("/v1/callbacks", headers=headers(scope="cases:read"))).status_code == 403
    assert (await desk.get("/v1/callbacks?limit=0", headers=headers())).status_code == 422


async def test_a_call_is_owed_in_the_hours_that_the_person_wishes(desk: httpx.AsyncClient, world: World) -> None:
    """Whoever shares a telephone says when it is safe: the hours bind calls as they bind messages."""
    wishes = Wishes(sms=False, hours_from="18:00", hours_to="20:00")
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case(contact=a_contact(wishes=wishes))))
    [listed] = (await desk.get("/v1/callbacks", headers=headers())).json()["notices"]
    for name in ("call_from", "due_at"):
        assert 18 <= datetime.fromisoformat(listed[name]).astimezone(clock.VIETNAM).hour < 20, name
    assert listed["call_from"] <= listed["due_at"]


async def test_a_call_is_done_once(
    desk: httpx.AsyncClient, owed: str, world: World, outgoing: Outgoing[Notice]
) -> None:
    assert (await desk.post(f"/v1/callbacks/{owed}/done", headers=headers("TGPL-15"))).status_code == 404
    read_only = headers(scope="notices:read")
    assert (await desk.post(f"/v1/callbacks/{owed}/done", headers=read_only)).status_code == 403
    for centre in ("TGPL-11", "TGPL-11", "DESK"):
        answer = await desk.post(f"/v1/callbacks/{owed}/done", headers=headers(centre))
        assert (answer.status_code, answer.json()["state"]) == (200, "CALLBACK_DONE")
    await outgoing.flush()
    assert world.published.types() == ["callback-owed", "callback-done"]
    assert [event.sequence for event in world.published.events()] == [1, 2]
    assert not (await desk.get("/v1/callbacks", headers=headers())).json()["notices"]
    other = await desk.post(f"/v1/callbacks/{ids.random_id()}/done", headers=headers())
    assert other.status_code == 404


async def test_a_person_has_it_sent_again(desk: httpx.AsyncClient, unknown: str, world: World) -> None:
    listed = (await desk.get("/v1/notices", headers=headers())).json()["notices"]
    assert [(notice["id"], notice["state"], notice["reason"]) for notice in listed] == [
        (unknown, "UNKNOWN", "ANSWER_LOST")
    ]
    body = {"decision": "resend"}
    for _ in range(2):  # the second finds it done
        answer = await desk.post(f"/v1/notices/{unknown}/decision", json=body, headers=headers())
        assert (answer.status_code, answer.json()["state"]) == (200, "PENDING")
    async with world.process():
        (notice,) = await world.ended()
    assert (notice.state, notice.attempts) == (State.SENT_TO_GATEWAY, 2)
    assert len(world.gateway.delivered) == 2
    assert world.published.types() == ["unknown", "sent"]
    assert (await desk.post(f"/v1/notices/{unknown}/decision", json=body, headers=headers())).status_code == 409


async def test_a_person_drops_it(
    desk: httpx.AsyncClient, unknown: str, world: World, outgoing: Outgoing[Notice]
) -> None:
    answer = await desk.post(f"/v1/notices/{unknown}/decision", json={"decision": "drop"}, headers=headers())
    assert answer.json()["state"] == "CANCELLED"
    async with world.process():
        await world.ended()
    await outgoing.flush()
    assert len(world.gateway.delivered) == 1
    assert world.published.types() == ["unknown", "cancelled"]
    wrong = await desk.post(f"/v1/notices/{unknown}/decision", json={"decision": "burn"}, headers=headers())
    assert wrong.status_code == 422
    assert "burn" not in wrong.text


async def test_without_brokers_a_decision_holds_and_is_told_later(
    desk: httpx.AsyncClient,
    owed: str,
    world: World,
    outgoing: Outgoing[Notice],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(_messages: Any) -> None:
        raise TransientError("no broker answers")

    monkeypatch.setattr(world.published, "publish", away)
    answer = await desk.post(f"/v1/callbacks/{owed}/done", headers=headers())
    assert answer.json()["state"] == "CALLBACK_DONE"
    await outgoing.flush()
    (left,) = await world.notices.unsent(0.0, 10)
    assert left.outbox[-1].id not in {message.id for message in world.published.messages}


async def test_who_looked_and_who_decided_is_on_record(world: World, desk: httpx.AsyncClient, unknown: str) -> None:
    await desk.get("/v1/notices", headers=headers())
    await desk.get("/v1/callbacks", headers=headers("TGPL-11"))
    await desk.post(f"/v1/notices/{unknown}/decision", json={"decision": "drop"}, headers=headers())
    await desk.post(f"/v1/callbacks/{ids.random_id()}/done", headers=headers("TGPL-15"))
    (notice,) = await world.settled()
    found = [
        each.entry for each in await Trail(world.store, "notify").find(case=None, subject="somebody", after=0, limit=10)
    ]
    assert [(each.action, each.centre, each.case, each.about is not None) for each in found if each] == [
        ("notices.list", "DESK", None, False),
        ("callbacks.list", "TGPL-11", None, False),
        ("notice.decide", "DESK", notice.case_id, True),
        ("callback.done", "TGPL-15", None, True),
    ]
