import re
from pathlib import Path
from typing import get_args

import httpx
import pytest

from dev.gateway.app import create_gateway
from dev.gateway.record import Arrival, Inbox, read
from dev.gateway.simulator import API_KEY, SECRET_KEY
from dev.machine.paths import ROOT
from legalaid.events.words import NoticeChannel
from notify.settings import GatewayKind

MESSAGE = {"request_id": "n-1", "to": "+84912345678", "text": "Xin chào", "sender": "TGPL"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.jsonl"


@pytest.fixture
async def client(file: Path) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_gateway(Inbox(file)))
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


async def test_a_repeat_is_answered_as_the_first_time_and_not_sent_on(client: httpx.AsyncClient, file: Path) -> None:
    first = await client.post("/v1/messages", json=MESSAGE)
    again = await client.post("/v1/messages", json=MESSAGE)

    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert [reception.delivered for reception in read(file)] == [True, False]
    inbox = (await client.get("/v1/messages")).json()
    assert (inbox["count"], inbox["messages"][0]["receptions"]) == (1, 2)


async def test_a_gateway_that_does_not_drop_repeats_sends_them_on(client: httpx.AsyncClient, file: Path) -> None:
    await client.put("/v1/behaviour", json={"drop_repeats": False})
    await client.post("/v1/messages", json=MESSAGE)
    await client.post("/v1/messages", json=MESSAGE)
    assert [reception.delivered for reception in read(file)] == [True, True]


async def test_it_can_be_asked_what_it_took(client: httpx.AsyncClient) -> None:
    await client.post("/v1/messages", json=MESSAGE)
    assert (await client.get("/v1/messages/n-1")).status_code == 200
    assert (await client.get("/v1/messages/n-2")).status_code == 404
    await client.put("/v1/behaviour", json={"can_be_asked": False})
    assert (await client.get("/v1/messages/n-1")).status_code == 501


async def test_a_refused_message_is_not_taken(client: httpx.AsyncClient, file: Path) -> None:
    await client.put("/v1/behaviour", json={"fail_rate": 1, "fail_status": 429})
    assert (await client.post("/v1/messages", json=MESSAGE)).status_code == 429
    assert list(read(file)) == []


async def test_the_record_outlives_the_process_and_a_torn_last_line(client: httpx.AsyncClient, file: Path) -> None:
    await client.post("/v1/messages", json=MESSAGE)
    with file.open("a") as torn:
        torn.write('{"request_id": "n-2", "gatew')

    again = httpx.AsyncClient(transport=httpx.ASGITransport(create_gateway(Inbox(file))), base_url="http://gateway")
    assert (await again.get("/v1/messages/n-1")).status_code == 200
    await again.post("/v1/messages", json={**MESSAGE, "request_id": "n-3"})
    assert [reception.request_id for reception in read(file)] == ["n-1", "n-3"]


async def test_it_speaks_the_shape_of_esms(client: httpx.AsyncClient, file: Path) -> None:
    message = {
        "ApiKey": API_KEY,
        "SecretKey": SECRET_KEY,
        "Phone": "84912345678",
        "Content": "Xin chào",
        "Brandname": "TGPL",
        "SmsType": "2",
        "RequestId": "n-9",
    }
    answer = await client.post("/MainService.svc/json/SendMultipleMessage_V4_post_json/", json=message)
    assert answer.json()["CodeResult"] == "100"
    assert next(read(file)).request_id == "n-9"


async def test_a_provider_knows_nothing_of_what_another_took(client: httpx.AsyncClient, file: Path) -> None:
    """Else a message sent by two of them would look like a repeat that was recognised."""
    await client.post("/v1/messages", json=MESSAGE)
    esms = {"ApiKey": API_KEY, "SecretKey": SECRET_KEY, "Phone": MESSAGE["to"], "Content": "x", "RequestId": "n-1"}
    await client.post("/MainService.svc/json/SendMultipleMessage_V4_post_json/", json=esms)
    assert [(each.provider, each.delivered) for each in read(file)] == [("simulated", True), ("esms", True)]
    inbox = (await client.get("/v1/messages")).json()
    assert [each["receptions"] for each in inbox["messages"]] == [1, 1]
    assert inbox["providers"] == {"simulated": 1, "esms": 1}


async def test_switches_may_be_for_one_provider_alone(client: httpx.AsyncClient) -> None:
    await client.put("/v1/behaviour", json={"only": ["esms"], "fail_rate": 1})
    esms = {"ApiKey": API_KEY, "SecretKey": SECRET_KEY, "Phone": MESSAGE["to"], "Content": "x", "RequestId": "n-2"}
    refused = await client.post("/MainService.svc/json/SendMultipleMessage_V4_post_json/", json=esms)
    assert refused.status_code == 503
    assert (await client.post("/v1/messages", json=MESSAGE)).status_code == 202


async def test_the_record_keeps_the_channel_of_a_message_and_the_proof_that_it_arrived(file: Path) -> None:
    record = Inbox(file)
    for telephone in ("token-1", "token-2"):
        record.take(
            "n-1", to=telephone, text="x", sender="", drop_repeats=True, provider="fcm", channel=NoticeChannel.PUSH
        )
    record.prove("n-1", "fcm", Arrival.DELIVERED)
    record.prove("n-1", "zalo", Arrival.DELIVERED)  # it never had it
    again = httpx.AsyncClient(transport=httpx.ASGITransport(create_gateway(Inbox(file))), base_url="http://gateway")
    assert (await again.get("/v1/messages")).json()["messages"][0]["proof"]["arrival"] == "delivered"
    await again.put("/v1/messages/n-1/proof", json={"provider": "fcm", "arrival": "seen"})

    reread = httpx.AsyncClient(transport=httpx.ASGITransport(create_gateway(Inbox(file))), base_url="http://gateway")
    await reread.post("/v1/messages", json=MESSAGE)
    inbox = (await reread.get("/v1/messages")).json()
    assert inbox["channels"] == {"PUSH": 2, "SMS": 1}
    assert [each["proof"] and each["proof"]["arrival"] for each in inbox["messages"]] == [None, "seen", "seen"]
    assert [each["to"] for each in (await reread.get("/v1/messages?channel=SMS")).json()["messages"]] == [MESSAGE["to"]]
    assert [each.delivered for each in read(file)] == [True, True, True]


async def test_the_inbox_page_is_in_vietnamese(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert 'lang="vi"' in page.text
    assert all(f"{each}:" in page.text for each in NoticeChannel if each is not NoticeChannel.CALLBACK)


@pytest.mark.parametrize("kind", sorted({*get_args(GatewayKind)} - {"simulated"}))
@pytest.mark.parametrize("where", ["deploy/k8s/components/{}/kustomization.yaml", "docs/runbooks/GatewayFailing.md"])
def test_a_real_gateway_can_be_installed_and_its_codes_looked_up(kind: str, where: str) -> None:
    file = ROOT / where.format(kind)
    assert file.exists(), f"{kind} has no {where}"
    assert re.search(rf"\b{kind}\b", file.read_text("utf-8")), f"{where} says nothing of {kind}"


@pytest.mark.parametrize("kind", get_args(GatewayKind))
@pytest.mark.parametrize(
    "file", [ROOT / "docs/metrics.md", *sorted((ROOT / "deploy/observability/grafana/dashboards").glob("*.json"))]
)
def test_what_is_said_of_every_gateway_names_no_code_of_one(file: Path, kind: str) -> None:
    """Whoever operates another one is sent to the runbook, which has the codes of each."""
    assert not re.search(rf"\b{kind}-", file.read_text("utf-8"))
