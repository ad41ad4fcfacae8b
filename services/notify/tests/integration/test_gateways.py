"""Every gateway over a real socket, at the other end of which anything can happen."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr

from dev.stack.keys import certificate
from legalaid import clock, ids
from notify.gateways import Bucket, Gateway, Lost, Message, NotNow, Ours, Outcome, Refused, Taken, connect
from notify.settings import GatewayKind, GatewaySettings

NUMBER, TEXT = "+84912345678", "Yeu cau so 123 456 7890."
CUT, SILENT, HALF = "cut", "silent", "half"
Answer = tuple[int, Any] | str


class Provider:
    """A server that answers as it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.headers = ""
        self.port = 0
        self.together = asyncio.Barrier(1)
        """How many must have come before any is answered."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                length = next((int(line[16:]) for line in lines if line.lower().startswith("content-length: ")), 0)
                body = await reader.readexactly(length)
                self.requests.append((lines[0].rpartition(" ")[0], json.loads(body) if body else {}))
                await self.together.wait()
                if not await self._answer(writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> bool:
        answer = self.answers.pop(0)
        if answer == SILENT:
            await asyncio.sleep(5)
        if isinstance(answer, str):
            if answer == HALF:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            return False
        status, content = answer
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{self.headers}"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        return True


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


def settings(provider: Provider, **more: Any) -> GatewaySettings:
    secrets = {"api_key": SecretStr("key"), "secret_key": SecretStr("secret")}
    usual = {"url": f"http://127.0.0.1:{provider.port}", "timeout_seconds": 0.3}
    return GatewaySettings(sender="TGPL", **secrets, **(usual | more))


def sms(request_id: str | None = None) -> Message:
    return Message(
        request_id=request_id or ids.random_id(),
        recipient=NUMBER,
        text=TEXT,
        template="case-assigned",
        version=1,
        language="vie",
        values={"receipt_code": "1234567890", "owner": ""},
        urgent=False,
    )


@pytest.fixture(params=get_args(GatewayKind))
async def gateway(provider: Provider, request: pytest.FixtureRequest) -> AsyncIterator[Gateway]:
    made = connect(settings(provider, kind=request.param))
    yield made
    await made.close()


@pytest.fixture
async def esms(provider: Provider) -> AsyncIterator[Gateway]:
    made = connect(settings(provider, kind="esms"))
    yield made
    await made.close()


async def test_esms_is_spoken_to_in_its_own_shape(provider: Provider, esms: Gateway) -> None:
    provider.answers = [(200, {"CodeResult": "100", "SMSID": "x"})]
    request_id = ids.random_id()
    await esms.send(sms(request_id))
    assert provider.requests == [
        (
            "POST /MainService.svc/json/SendMultipleMessage_V4_post_json/",
            {
                "ApiKey": "key",
                "SecretKey": "secret",
                "Phone": "84912345678",
                "Content": TEXT,
                "Brandname": "TGPL",
                "SmsType": "2",
                "IsUnicode": "0",
                "RequestId": request_id,
            },
        )
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, {"CodeResult": "124"}), Taken()),
        ((200, {"CodeResult": "101"}), Ours("esms-101")),
        ((200, {"CodeResult": 103, "ErrorMessage": "84912345678"}), Ours("esms-103")),
        ((200, {"CodeResult": "140"}), Ours("esms-140")),
        ((200, {"CodeResult": "99", "ErrorMessage": "84912345678"}), Refused("esms-99")),
        ((200, {"CodeResult": "146"}), Refused("esms-146")),
        ((200, {"CodeResult": "84912345678"}), Refused("esms-other")),
        ((200, {}), Lost("no-code")),
        ((200, []), Lost("no-code")),
        ((200, "<html>"), Lost("no-code")),
    ],
)
async def test_what_esms_answers(provider: Provider, esms: Gateway, answer: Answer, outcome: Outcome) -> None:
    provider.answers = [answer]
    assert await esms.send(sms()) == outcome
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (CUT, Lost("ServerDisconnectedError")),
        (SILENT, Lost("SocketTimeoutError")),
        (HALF, Lost("ClientPayloadError")),
        ((500, {}), Lost("http-500")),
        ((502, ""), Lost("http-502")),
        ((504, ""), Lost("http-504")),
        ((503, {}), NotNow("http-503")),
        ((429, {}), NotNow("http-429")),
        ((302, ""), NotNow("http-302")),
        ((401, {}), Ours("http-401")),
        ((400, {}), Refused("http-400")),
        ((422, {}), Refused("http-422")),
    ],
)
async def test_what_may_have_been_taken_is_told_from_what_was_not(
    provider: Provider, gateway: Gateway, answer: Answer, outcome: Outcome
) -> None:
    provider.answers = [answer]
    assert await gateway.send(sms()) == outcome
    assert len(provider.requests) == 1, "nothing is sent twice behind our back"


async def test_a_message_on_a_connection_that_is_cut_is_not_sent_again(provider: Provider, gateway: Gateway) -> None:
    """A connection that served before may have been closed before it was used again: nobody here knows."""
    provider.answers = [(200, {"CodeResult": "100"}), CUT]
    await gateway.send(sms())
    assert isinstance(await gateway.send(sms()), Lost)
    assert len(provider.requests) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_sent_elsewhere(provider: Provider, gateway: Gateway, status: int) -> None:
    """Keys, number and text go to the gateway of the settings and to nobody whom it names."""
    provider.headers, provider.answers = f"Location: http://127.0.0.1:{provider.port}/other\r\n", [(status, "")]
    assert await gateway.send(sms()) == NotNow(f"http-{status}")
    assert len(provider.requests) == 1


@pytest.mark.parametrize("kind", get_args(GatewayKind))
async def test_what_is_under_way_at_once_waits_for_no_other(provider: Provider, kind: GatewayKind) -> None:
    """How many that may be the sender says; one that waits behind others may be taken for one that is in doubt."""
    many = 100
    provider.together, provider.answers = asyncio.Barrier(many), [(200, {"CodeResult": "100"})] * many
    gateway = connect(settings(provider, kind=kind, timeout_seconds=5))
    await asyncio.gather(*(gateway.send(sms()) for _ in range(many)))
    await gateway.close()


@pytest.mark.parametrize("kind", get_args(GatewayKind))
async def test_a_port_where_nobody_listens_took_nothing(kind: GatewayKind) -> None:
    unused = Provider()
    server = await asyncio.start_server(unused.serve, "127.0.0.1", 0)
    unused.port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    await took_nothing(settings(unused, kind=kind), "ConnectError")


@pytest.mark.parametrize("kind", get_args(GatewayKind))
async def test_a_gateway_that_cannot_prove_who_it_is_gets_nothing(
    provider: Provider, kind: GatewayKind, tmp_path: Path
) -> None:
    own, key = tmp_path / "own.pem", tmp_path / "key.pem"
    for file, pem in zip((own, key), certificate(), strict=True):
        file.write_text(pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(own, key)
    impostor = await asyncio.start_server(provider.serve, "127.0.0.1", 0, ssl=tls)
    url = f"https://127.0.0.1:{impostor.sockets[0].getsockname()[1]}"
    await took_nothing(settings(provider, kind=kind, url=url), "ConnectError")
    impostor.close()
    assert provider.requests == []


@pytest.mark.parametrize("kind", get_args(GatewayKind))
async def test_a_connection_that_is_never_made_took_nothing(provider: Provider, kind: GatewayKind) -> None:
    """It is accepted, and then nobody greets back."""
    url = f"https://127.0.0.1:{provider.port}"
    await took_nothing(settings(provider, kind=kind, url=url), "ConnectTimeout")


@pytest.mark.parametrize("kind", get_args(GatewayKind))
@pytest.mark.parametrize("url", ["127.0.0.1:8010", "rest.esms.vn", "ftp://127.0.0.1", "http://", ""])
async def test_an_address_that_is_none_took_nothing(provider: Provider, kind: GatewayKind, url: str) -> None:
    await took_nothing(settings(provider, kind=kind, url=url), "ConnectError")


async def took_nothing(gateway_settings: GatewaySettings, code: str) -> None:
    """The message certainly stays ours, under a code that the runbook of GatewayFailing lists."""
    gateway = connect(gateway_settings)
    assert await gateway.send(sms()) == NotNow(code)
    await gateway.close()


@pytest.mark.parametrize(
    ("value", "seconds"), [("17", 17), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("9" * 4000, 0), ("1" + "0" * 12, 0)]
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_heard(
    provider: Provider, gateway: Gateway, status: int, value: str, seconds: int
) -> None:
    provider.headers, provider.answers = f"Retry-After: {value}\r\n", [(status, {})]
    assert await gateway.send(sms()) == NotNow(f"http-{status}", timedelta(seconds=seconds))


async def test_the_simulated_gateway_can_be_asked(provider: Provider) -> None:
    gateway = connect(settings(provider, kind="simulated"))
    provider.answers = [(202, {"gateway_id": "g"}), (200, {"gateway_id": "g"}), (404, {}), (501, {})]
    provider.answers += [CUT] * 2  # a question may be asked again: it sends nothing
    request_id = ids.random_id()
    await gateway.send(sms(request_id))
    assert provider.requests[0] == (
        "POST /v1/messages",
        {"request_id": request_id, "to": "84912345678", "text": TEXT, "sender": "TGPL"},
    )
    assert await gateway.was_taken(request_id) == Taken()
    assert await gateway.was_taken(request_id) is None
    assert await gateway.was_taken(request_id) == NotNow("http-501")
    assert await gateway.was_taken(request_id) == NotNow("ServerDisconnectedError")
    await gateway.close()


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ({}, 0),
        ({"drops_repeats": True}, 23),
        ({"repeats_known_for_hours": 48}, 47),
        ({"repeats_known_for_hours": 0.5}, 0),
        ({"repeats_known_for_hours": 12, "drops_repeats": True}, 11),
    ],
)
async def test_esms_counts_as_dropping_repeats_only_where_and_as_long_as_that_was_confirmed(
    provider: Provider, said: dict[str, Any], hours: float
) -> None:
    assert connect(settings(provider, kind="esms", **said)).repeats_known_for == timedelta(hours=hours)


async def test_the_pace_of_a_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]

    async def passes(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(clock, "elapsed", lambda: now[0])
    monkeypatch.setattr(asyncio, "sleep", passes)
    bucket = Bucket(10)
    for _ in range(50):
        await bucket.take()
    assert now[0] == pytest.approx(105)
    now[0] += 60  # an idle minute saves up one second's worth, no more
    begun = now[0]
    for _ in range(30):
        await bucket.take()
    assert now[0] - begun == pytest.approx(2)
    for _ in range(1000):
        await Bucket(0).take()
    assert now[0] - begun == pytest.approx(2)
