"""Every provider of SMS with its simulation, which knows who may ask it: over a real socket, in its own shape."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr

from dev.gateway.app import create_gateway
from dev.gateway.record import Inbox
from dev.gateway.serving import served
from dev.gateway.simulator import API_KEY, SECRET_KEY
from legalaid import clock
from legalaid.testing.events import AT
from notify.gateways import Gateway, Lost, NotNow, Ours, Outcome, Refused, RouteCannot, Taken, connect
from notify.settings import GatewaySettings

from .conftest import NUMBER, TEXT, Provider, sms

KINDS = ("esms", "vietguys", "vmg", "speedsms", "stringee")
OWN_IDS = ("esms", "vietguys", "vmg")


@dataclass
class Simulation:
    """One gateway that plays all of them."""

    url: str
    record: Inbox

    def connect(self, kind: Any, **more: Any) -> Gateway:
        usual: dict[str, Any] = {"api_key": SecretStr(API_KEY), "secret_key": SecretStr(SECRET_KEY), "url": self.url}
        return connect(GatewaySettings(kind=kind, **usual | more))

    async def behave(self, **how: Any) -> None:
        async with httpx.AsyncClient() as http:
            (await http.put(f"{self.url}/v1/behaviour", json=how)).raise_for_status()

    def delivered(self) -> int:
        return sum(reception.delivered for reception in self.record.all())


@pytest.fixture
async def simulation(tmp_path: Path) -> AsyncIterator[Simulation]:
    record = Inbox(tmp_path / "gateway.jsonl")
    async with served(create_gateway(record)) as url:
        yield Simulation(url, record)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_arrives_as_it_was_given(simulation: Simulation, kind: str) -> None:
    gateway, message = simulation.connect(kind), sms()
    outcome = await gateway.send(message)
    (received,) = simulation.record.all()
    assert (received.to, received.text, received.sender) == (NUMBER[1:], TEXT, "TGPL")
    assert isinstance(outcome, Taken)
    assert kind == "stringee" or outcome.reference == received.gateway_id
    assert kind not in OWN_IDS or received.request_id == message.request_id
    await gateway.close()


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("esms", Ours("esms-101")),
        ("vmg", Ours("vmg-100")),
        ("speedsms", Ours("speedsms-007")),
        ("vietguys", RouteCannot("vietguys-1")),  # what its codes mean is known of none
        ("stringee", RouteCannot("stringee-5")),
    ],
)
async def test_another_key_sends_nothing(simulation: Simulation, kind: str, outcome: Outcome) -> None:
    other = SecretStr("another-secret-of-32-bytes-and-more")
    gateway = simulation.connect(kind, api_key=other, secret_key=other)
    assert await gateway.send(sms()) == outcome
    assert not simulation.delivered()
    await gateway.close()


@pytest.mark.parametrize(
    ("kind", "code", "outcome"),
    [
        ("esms", "143", Ours("esms-143")),
        ("esms", "177", RouteCannot("esms-177")),
        ("vmg", "013", Refused("vmg-013")),
        ("vmg", "012", RouteCannot("vmg-012")),
        ("vmg", "904", Ours("vmg-904")),
        ("vmg", "999", Lost("vmg-999")),
        ("speedsms", "105", Refused("speedsms-105")),
        ("speedsms", "300", Ours("speedsms-300")),
        ("speedsms", "500", Lost("speedsms-500")),
        ("stringee", "9", RouteCannot("stringee-9")),
        ("vietguys", "-12", RouteCannot("vietguys-12")),
    ],
)
async def test_what_its_codes_mean(simulation: Simulation, kind: str, code: str, outcome: Outcome) -> None:
    await simulation.behave(codes={kind: code})
    gateway = simulation.connect(kind)
    assert await gateway.send(sms()) == outcome
    assert not simulation.delivered()
    await gateway.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_is_dropped_leaves_a_message_that_was_taken_in_doubt(
    simulation: Simulation, kind: str
) -> None:
    await simulation.behave(drop_answers_rate=1)
    gateway = simulation.connect(kind)
    assert isinstance(await gateway.send(sms()), Lost)
    assert simulation.delivered() == 1
    await gateway.close()


@pytest.mark.parametrize("kind", ["speedsms", "stringee"])
async def test_who_is_given_no_id_of_ours_knows_no_repeat_whatever_is_claimed(
    simulation: Simulation, kind: str
) -> None:
    assert not simulation.connect(kind, repeats_known_for_hours=24).repeats_known_for


async def test_vmg_takes_the_same_text_to_the_same_number_once_in_five_minutes(simulation: Simulation) -> None:
    gateway, fixed = simulation.connect("vmg"), clock.FixedClock(AT)
    with clock.use(fixed):
        assert isinstance(await gateway.send(sms()), Taken)
        assert await gateway.send(sms()) == NotNow("vmg-304", timedelta(minutes=5))
        fixed.advance(timedelta(minutes=5))
        assert isinstance(await gateway.send(sms()), Taken)
    assert simulation.delivered() == 2
    await gateway.close()


async def test_esms_knows_a_request_id_for_a_day_and_says_what_it_took(simulation: Simulation) -> None:
    gateway, message, fixed = simulation.connect("esms"), sms(), clock.FixedClock(AT)
    with clock.use(fixed):
        assert await gateway.was_taken(message.request_id, AT) == NotNow("esms-105")
        await simulation.behave(drop_answers_rate=1)
        assert isinstance(await gateway.send(message), Lost)
        await simulation.behave()
        assert isinstance(await gateway.was_taken(message.request_id, AT), Taken)
        fixed.advance(timedelta(hours=23, minutes=59))
        assert await gateway.send(message) == Lost("esms-124")
        assert simulation.delivered() == 1
        fixed.advance(timedelta(minutes=1))
        assert isinstance(await gateway.send(message), Taken)
        assert simulation.delivered() == 2, "so long after it is another message to eSMS"
        await simulation.behave(can_be_asked=False)
        assert await gateway.was_taken(message.request_id, AT) == NotNow("esms-105")
    await gateway.close()


async def test_what_stringee_is_shown_holds_no_longer_than_minutes(provider: Provider) -> None:
    provider.answers = [(200, {"result": [{"r": 0}]})] * 2
    gateway = connect(
        GatewaySettings(
            kind="stringee", url=provider.url, api_key=SecretStr("sid"), secret_key=SecretStr("s" * 32), sender="TGPL"
        )
    )
    for _ in range(2):
        await gateway.send(sms())
    tokens = [jwt.decode(each.headers["x-stringee-auth"], "s" * 32, algorithms=["HS256"]) for each in provider.requests]
    assert tokens[0]["jti"] != tokens[1]["jti"]
    assert 0 < tokens[0]["exp"] - clock.real_now().timestamp() <= 300
    assert provider.requests[0].body == {"sms": [{"from": "TGPL", "to": NUMBER[1:], "text": TEXT}]}
    await gateway.close()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"status": "success", "code": "00", "data": {"tranId": 9, "totalPrice": 850}}, Taken("9", Decimal(850))),
        ({"status": "success", "code": "00", "data": {"invalidPhone": [NUMBER[1:]]}}, Refused("speedsms-105")),
        ({"status": "success", "code": "00"}, Lost("no-code")),
        ({"status": "success", "code": "201", "data": {}}, Lost("no-code")),
        ({"status": "error", "code": "113", "message": NUMBER}, Ours("speedsms-113")),
    ],
)
async def test_what_speedsms_says_of_a_request_and_of_its_number(
    provider: Provider, body: dict[str, Any], outcome: Outcome
) -> None:
    provider.answers = [(200, body)]
    gateway = connect(GatewaySettings(kind="speedsms", url=provider.url, api_key=SecretStr("k")))
    assert await gateway.send(sms()) == outcome
    await gateway.close()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"smsSent": 1, "result": [{"r": 0, "msgId": "m1"}]}, Taken("m1")),
        ({"smsSent": 0, "result": [{"r": 7, "msg": NUMBER}]}, RouteCannot("stringee-7")),
        ({"r": 5, "msg": NUMBER}, RouteCannot("stringee-5")),
        ({"r": 0}, Lost("no-code")),
        ({"result": []}, Lost("no-code")),
        ({"result": [{"r": 0}, {"r": 1}]}, Lost("no-code")),
    ],
)
async def test_what_stringee_says_of_a_request_and_of_its_message(
    provider: Provider, body: dict[str, Any], outcome: Outcome
) -> None:
    provider.answers = [(200, body)]
    gateway = connect(GatewaySettings(kind="stringee", url=provider.url, secret_key=SecretStr("s" * 32)))
    assert await gateway.send(sms()) == outcome
    await gateway.close()


@pytest.mark.parametrize(
    ("kind", "text", "name", "value"),
    [
        ("vietguys", TEXT, "type", "0"),
        ("vietguys", "Yêu cầu", "type", "8"),
        ("vmg", TEXT, "useUnicode", 0),
        ("vmg", "Yêu cầu", "useUnicode", 1),
    ],
)
async def test_a_text_with_accents_is_said_to_be_one(
    provider: Provider, kind: Any, text: str, name: str, value: object
) -> None:
    provider.answers = [(200, {})]
    gateway = connect(GatewaySettings(kind=kind, url=provider.url))
    await gateway.send(sms(text=text))
    assert provider.requests[0].body[name] == value
    assert text in json.dumps(provider.requests[0].body, ensure_ascii=False)
    await gateway.close()
