"""SMPP over a real socket: an SMSC of its own library, and one by hand at which anything can happen."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import smpp34
from pydantic import SecretStr

from dev.stack.keys import certificate
from dev.stack.process import free_port
from legalaid.testing.events import AT
from notify.gateways import Gateway, Lost, NotNow, Ours, Outcome, Refused, RouteCannot, Taken, connect
from notify.settings import GatewaySettings

from .conftest import NUMBER, TEXT, sms

BIND, BOUND, SUBMIT, SUBMITTED, UNBIND, UNBOUND, ALIVE = 9, 0x80000009, 4, 0x80000004, 6, 0x80000006, 0x15
NACK = 0x80000000
LONG = "Yeu cau so 123 456 7890 da duoc tiep nhan. " * 5


@dataclass
class Smsc:
    """Binds whoever comes, and does with messages as it is told; when told nothing more, it takes them."""

    troubles: list[Any] = field(default_factory=list)
    """A status, or a word."""
    submitted: int = 0
    binds: int = 0
    refuses: int | None = None
    """The status with which binds are refused."""
    silent: bool = False
    """Whether binds are not answered."""
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(4), "big")
                if self.troubles[:1] == ["cut during"] and self.binds:
                    self.troubles.pop(0)
                    return
                rest = await reader.readexactly(length - 4)
                if not await self._answer(int.from_bytes(rest[:4], "big"), rest[8:12], writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, command: int, sequence: bytes, writer: asyncio.StreamWriter) -> bool:
        if command == BIND:
            self.binds += 1
            if self.silent:
                return True
            await _write(writer, BOUND, self.refuses or 0, sequence, b"smsc\0")
        elif command == SUBMIT:
            self.submitted += 1
            return await self._submit(sequence, writer)
        elif command in {UNBIND, ALIVE}:
            await _write(writer, command | NACK, 0, sequence)
        return True

    async def _submit(self, sequence: bytes, writer: asyncio.StreamWriter) -> bool:
        match self.troubles.pop(0) if self.troubles else 0:
            case "cut":
                return False
            case "half":
                writer.write((30).to_bytes(4, "big") + SUBMITTED.to_bytes(4, "big"))
                await writer.drain()
                return False
            case "silent":
                return True
            case "nack":
                await _write(writer, NACK, 3, sequence)
            case "garbage":
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                await writer.drain()
            case int(status):
                await _write(writer, SUBMITTED, status, sequence, b"m1\0")
        return True


async def _write(writer: asyncio.StreamWriter, command: int, status: int, sequence: bytes, body: bytes = b"") -> None:
    head = b"".join(each.to_bytes(4, "big") for each in (16 + len(body), command, status))
    writer.write(head + sequence + body)
    await writer.drain()


def settings(port: int, **more: Any) -> GatewaySettings:
    usual: dict[str, Any] = {"url": f"smpp://127.0.0.1:{port}", "timeout_seconds": 0.5, "sender": "TGPL"}
    keys = {"api_key": SecretStr("legalaid"), "secret_key": SecretStr("password")}
    return GatewaySettings(**{"kind": "smpp"} | usual | keys | more)


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    made = Smsc()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture
async def gateway(smsc: Smsc) -> AsyncIterator[Gateway]:
    connected = connect(settings(smsc.port))
    yield connected
    await connected.close()


async def test_what_was_taken(smsc: Smsc, gateway: Gateway) -> None:
    assert await gateway.send(sms()) == Taken("m1")
    assert (smsc.binds, smsc.submitted) == (1, 1)
    assert await gateway.was_taken("x", AT) == NotNow("cannot-be-asked")


@pytest.mark.parametrize("trouble", ["cut during", "cut", "half", "silent", "nack", "garbage"])
async def test_a_message_whose_answer_did_not_come_is_in_doubt(smsc: Smsc, gateway: Gateway, trouble: str) -> None:
    smsc.troubles = [trouble]
    assert isinstance(await gateway.send(sms()), Lost)
    assert smsc.submitted == (trouble != "cut during"), "nothing is sent twice behind our back"
    assert await gateway.send(sms()) == Taken("m1"), "the next one finds a session"
    assert smsc.binds == 2


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x0B, Refused("smpp-11")),
        (0x14, NotNow("smpp-20", timedelta(seconds=1))),
        (0x58, NotNow("smpp-88", timedelta(seconds=1))),
        (0x08, NotNow("smpp-8")),  # the number that a cut has too
        (0x45, NotNow("smpp-69")),
        (0xFF, NotNow("smpp-255")),
        (0x0A, Ours("smpp-10")),
        (0x0E, Ours("smpp-14")),
        (0x33, Ours("smpp-51")),
        (0x61, Ours("smpp-97")),
        (0x400, RouteCannot("smpp-1024")),
    ],
)
async def test_what_an_answer_means(smsc: Smsc, gateway: Gateway, status: int, outcome: Outcome) -> None:
    smsc.troubles = [status]
    assert await gateway.send(sms()) == outcome
    assert await gateway.send(sms()) == Taken("m1")
    assert smsc.binds == 1


async def test_a_message_of_which_a_part_was_taken_is_in_doubt(smsc: Smsc, gateway: Gateway) -> None:
    smsc.troubles = [0, 0x58]
    assert isinstance(await gateway.send(sms(text=LONG)), Lost)
    smsc.troubles = [0x58]
    assert await gateway.send(sms(text=LONG)) == NotNow("smpp-88", timedelta(seconds=1))
    assert smsc.submitted == 3


async def test_a_session_that_was_cut_while_nobody_sent_is_not_used_again(smsc: Smsc, gateway: Gateway) -> None:
    smsc.troubles = [0, "cut during"]
    assert isinstance(await gateway.send(sms()), Taken)
    outcomes = [await gateway.send(sms()) for _ in range(2)]
    assert isinstance(outcomes[-1], Taken)
    assert smsc.binds == 2


async def test_a_session_in_which_one_was_silent_still_answers_the_others(smsc: Smsc, gateway: Gateway) -> None:
    smsc.troubles = ["silent"]
    lost = asyncio.create_task(gateway.send(sms()))
    await asyncio.sleep(0.1)
    assert await gateway.send(sms()) == Taken("m1")
    assert isinstance(await lost, Lost)
    assert await gateway.send(sms()) == Taken("m1")
    assert smsc.binds == 2


@pytest.mark.parametrize("how", ["silent", "refused"])
async def test_whoever_waits_for_a_bind_that_fails_was_certainly_not_sent(
    smsc: Smsc, gateway: Gateway, how: str
) -> None:
    """All share it: each trying by itself would last until the message counts as in doubt."""
    smsc.silent, smsc.refuses = how == "silent", 0x0E
    async with asyncio.timeout(1.5):
        outcomes = await asyncio.gather(*(gateway.send(sms()) for _ in range(10)))
    assert outcomes == [NotNow("ConnectTimeout")] * 10
    assert smsc.submitted == 0
    assert smsc.binds <= 2
    smsc.silent, smsc.refuses = False, None
    assert await gateway.send(sms()) == Taken("m1")


async def test_who_finds_the_window_full_was_not_sent(smsc: Smsc, gateway: Gateway) -> None:
    smsc.troubles = ["silent"] * 10
    open_ = [asyncio.create_task(gateway.send(sms())) for _ in range(10)]
    await asyncio.sleep(0.2)
    late = connect(settings(smsc.port, timeout_seconds=0.5))
    assert await late.send(sms()) == Taken("m1"), "another one has a window of its own"
    waiting = [asyncio.create_task(gateway.send(sms())) for _ in range(3)]
    assert all(isinstance(outcome, Lost) for outcome in await asyncio.gather(*open_))
    assert all(isinstance(outcome, Taken | NotNow) for outcome in await asyncio.gather(*waiting))
    await late.close()


async def test_a_port_where_nobody_listens_took_nothing() -> None:
    await took_nothing(connect(settings(free_port())), "ConnectError")


@pytest.mark.parametrize("url", ["127.0.0.1:2775", "http://127.0.0.1:2775", "smpp://", "smpp://127.0.0.1:99999", ""])
async def test_an_address_that_is_none_took_nothing(url: str) -> None:
    await took_nothing(connect(settings(1, url=url)), "ConnectError")


async def test_an_smsc_that_cannot_prove_who_it_is_gets_nothing(smsc: Smsc, tmp_path: Path) -> None:
    own, key = tmp_path / "own.pem", tmp_path / "key.pem"
    for file, pem in zip((own, key), certificate(), strict=True):
        file.write_text(pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(own, key)
    impostor = await asyncio.start_server(smsc.serve, "127.0.0.1", 0, ssl=tls)
    port = impostor.sockets[0].getsockname()[1]
    await took_nothing(connect(settings(port, url=f"smpps://127.0.0.1:{port}")), "ConnectError")
    impostor.close()
    assert smsc.binds == 0


async def took_nothing(gateway: Gateway, code: str) -> None:
    assert await gateway.send(sms()) == NotNow(code)
    await gateway.close()


@pytest.fixture
async def own() -> AsyncIterator[tuple[smpp34.Server, int]]:
    port = free_port()
    server = smpp34.Server("127.0.0.1", port)
    await server.start()
    yield server, port
    await server.stop()


async def _of(sending: Awaitable[Outcome], server: smpp34.Server, count: int) -> tuple[Outcome, list[Any]]:
    """What became of it, and what an SMSC of the library got, who takes everything."""
    task = asyncio.ensure_future(sending)
    got: list[Any] = []
    while len(got) < count:
        event = await server.next()
        if isinstance(event, smpp34.SubmitSmEvent):
            got.append(event)
            event.accept(f"id-{len(got)}")
    return await task, got


async def test_a_text_arrives_as_it_was_given(own: tuple[smpp34.Server, int]) -> None:
    server, port = own
    gateway = connect(settings(port))
    outcome, [got] = await _of(gateway.send(sms()), server, 1)
    assert outcome == Taken("id-1")
    assert (got.source_addr, got.source_addr_ton, got.source_addr_npi) == ("TGPL", 5, 0)
    assert (got.destination_addr, got.dest_addr_ton, got.dest_addr_npi) == (NUMBER[1:], 1, 1)
    assert (got.short_message, got.data_coding, got.esm_class, got.registered_delivery) == (TEXT.encode(), 0, 0, 1)
    assert [(tlv.tag, len(tlv.value)) for tlv in got.tlvs] == [(0x0204, 2)]
    await gateway.close()


@pytest.mark.parametrize("text", [LONG, "Yêu cầu đã được tiếp nhận. " * 6])
async def test_the_parts_of_a_long_text_belong_together(own: tuple[smpp34.Server, int], text: str) -> None:
    server, port = own
    gateway, message, count = connect(settings(port)), sms(text=text), 2 if text == LONG else 3
    outcome, got = await _of(gateway.send(message), server, count)
    assert outcome == Taken("id-1")
    heads = [each.short_message[:6] for each in got]
    assert [head[:3] + head[4:] for head in heads] == [bytes((5, 0, 3, count, each + 1)) for each in range(count)]
    assert len({head[3] for head in heads}) == 1
    assert {each.esm_class for each in got} == {0x40}
    body = b"".join(each.short_message[6:] for each in got)
    assert body.decode("ascii" if got[0].data_coding == 0 else "utf-16-be") == text
    await gateway.close()
