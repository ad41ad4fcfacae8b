import re
from pathlib import Path
from typing import get_args

import httpx
import pytest

from dev.gateway.app import create_gateway
from dev.gateway.record import Inbox, read
from dev.gateway.simulator import API_KEY, SECRET_KEY
from dev.machine.paths import ROOT
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


async def test_the_inbox_page_is_in_vietnamese(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert 'lang="vi"' in page.text


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
