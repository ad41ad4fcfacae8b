"""What every adapter must make of the same misfortunes: the one question is whether the message may have been taken."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from dev.stack.keys import certificate
from legalaid.testing.events import AT
from notify.gateways import Gateway, Lost, Message, NotNow, Ours, Outcome, Refused
from notify.settings import GatewayKind

from .adapters import ADAPTERS, Adapter, made, messages, unknown
from .conftest import Provider, Trouble

SINCE = AT


@pytest.fixture(params=ADAPTERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def adapter(kind: str) -> Adapter:
    return ADAPTERS[kind]


@pytest.fixture
def sms(provider: Provider, kind: str) -> Callable[[], Message]:
    """Makes messages for this kind."""
    return messages(kind, provider.url)


@pytest.fixture
async def gateway(provider: Provider, kind: str) -> AsyncIterator[Gateway]:
    connected = made(provider, kind)
    yield connected
    await connected.close()


def test_every_kind_is_held_to_it() -> None:
    """SMPP speaks no HTTP: ``test_smpp.py`` does the same to it."""
    assert {*ADAPTERS, "smpp"} == {*get_args(GatewayKind), "zalo", "fcm", "webpush"}


async def test_what_was_taken(
    provider: Provider, gateway: Gateway, adapter: Adapter, sms: Callable[[], Message]
) -> None:
    provider.answers = [adapter.taken]
    assert await gateway.send(sms()) == adapter.outcome
    assert len(provider.requests) == 1


@pytest.mark.parametrize("trouble", Trouble)
async def test_a_message_whose_answer_did_not_come_is_in_doubt(
    provider: Provider, gateway: Gateway, trouble: Trouble, sms: Callable[[], Message]
) -> None:
    provider.answers = [trouble]
    assert isinstance(await gateway.send(sms()), Lost)
    assert len(provider.requests) == (trouble is not Trouble.CUT_BEFORE), "nothing is sent twice behind our back"
    assert provider.connections == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, Lost("http-500")),
        (502, Lost("http-502")),
        (504, Lost("http-504")),
        (408, Lost("http-408")),
        (503, NotNow("http-503")),
        (429, NotNow("http-429")),
        (302, NotNow("http-302")),
        (401, Ours("http-401")),
        (403, Ours("http-403")),
        (404, Ours("http-404")),
        (400, Refused("http-400")),
        (422, Refused("http-422")),
    ],
)
async def test_what_a_status_means(
    provider: Provider, gateway: Gateway, adapter: Adapter, status: int, outcome: Outcome, sms: Callable[[], Message]
) -> None:
    if status in adapter.renews:
        pytest.skip("it tries once more with another token")
    provider.answers = [(status, "")]
    assert await gateway.send(sms()) == adapter.says.get(status, outcome)
    assert len(provider.requests) == 1


async def test_an_unknown_code_took_nothing(
    provider: Provider, gateway: Gateway, kind: str, adapter: Adapter, sms: Callable[[], Message]
) -> None:
    if adapter.unknown is None:
        pytest.skip("it has no codes of its own")
    provider.answers = [adapter.unknown]
    assert await gateway.send(sms()) == unknown(kind)


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", "null", '{"a": '])
async def test_a_success_that_says_nothing(
    provider: Provider, gateway: Gateway, adapter: Adapter, body: str, sms: Callable[[], Message]
) -> None:
    provider.answers = [(200, body)]
    assert isinstance(await gateway.send(sms()), adapter.wordless)


async def test_an_answer_without_end_is_in_doubt(
    provider: Provider, gateway: Gateway, sms: Callable[[], Message]
) -> None:
    provider.answers = [(200, "x" * 5_000_000)]
    assert isinstance(await gateway.send(sms()), Lost)


@pytest.mark.parametrize(
    ("value", "seconds"), [("17", 17), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("9" * 4000, 0), ("1" + "0" * 12, 0)]
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_heard(
    provider: Provider,
    gateway: Gateway,
    adapter: Adapter,
    status: int,
    value: str,
    seconds: int,
    sms: Callable[[], Message],
) -> None:
    provider.headers, provider.answers = f"Retry-After: {value}\r\n", [(status, {})]
    usual = adapter.says.get(status, NotNow(f"http-{status}"))
    assert isinstance(usual, NotNow)
    expected = replace(usual, retry_after=max(usual.retry_after, timedelta(seconds=seconds)))
    assert await gateway.send(sms()) == expected


async def test_a_message_on_a_connection_that_is_cut_is_not_sent_again(
    provider: Provider, gateway: Gateway, adapter: Adapter, sms: Callable[[], Message]
) -> None:
    """A connection that served before may have been closed before it was used again: nobody here knows."""
    provider.answers = [adapter.taken, Trouble.CUT]
    await gateway.send(sms())
    assert isinstance(await gateway.send(sms()), Lost)
    assert len(provider.requests) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_sent_elsewhere(
    provider: Provider, gateway: Gateway, status: int, sms: Callable[[], Message]
) -> None:
    """Keys, number and text go to the gateway of the settings and to nobody whom it names."""
    provider.headers, provider.answers = f"Location: {provider.url}/other\r\n", [(status, "")]
    assert await gateway.send(sms()) == NotNow(f"http-{status}")
    assert len(provider.requests) == 1


async def test_what_is_under_way_at_once_waits_for_no_other(
    provider: Provider, kind: str, adapter: Adapter, sms: Callable[[], Message]
) -> None:
    """How many that may be the sender says; one that waits behind others may be taken for one that is in doubt."""
    many = 100
    provider.together, provider.answers = asyncio.Barrier(many), [adapter.taken] * many
    gateway = made(provider, kind, timeout_seconds=5)
    outcomes = await asyncio.gather(*(gateway.send(sms()) for _ in range(many)))
    await gateway.close()
    assert outcomes == [adapter.outcome] * many


async def test_a_port_where_nobody_listens_took_nothing(kind: str) -> None:
    unused = Provider()
    server = await asyncio.start_server(unused.serve, "127.0.0.1", 0)
    unused.port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    await took_nothing(made(unused, kind), messages(kind, unused.url)(), "ConnectError")


async def test_a_gateway_that_cannot_prove_who_it_is_gets_nothing(
    provider: Provider, kind: str, tmp_path: Path
) -> None:
    own, key = tmp_path / "own.pem", tmp_path / "key.pem"
    for file, pem in zip((own, key), certificate(), strict=True):
        file.write_text(pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(own, key)
    impostor = await asyncio.start_server(provider.serve, "127.0.0.1", 0, ssl=tls)
    url = f"https://127.0.0.1:{impostor.sockets[0].getsockname()[1]}"
    await took_nothing(made(provider, kind, url=url), messages(kind, url)(), "ConnectError")
    impostor.close()
    assert provider.requests == []


async def test_a_connection_that_is_never_made_took_nothing(provider: Provider, kind: str) -> None:
    """It is accepted, and then nobody greets back."""
    url = f"https://127.0.0.1:{provider.port}"
    await took_nothing(made(provider, kind, url=url), messages(kind, url)(), "ConnectTimeout")


@pytest.mark.parametrize("url", ["127.0.0.1:8010", "rest.esms.vn", "ftp://127.0.0.1", "http://", ""])
async def test_an_address_that_is_none_took_nothing(provider: Provider, kind: str, url: str) -> None:
    if not ADAPTERS[kind].addressed:
        pytest.skip("each of its messages has an address, of which its own tests ask more")
    await took_nothing(made(provider, kind, url=url), messages(kind, url)(), "ConnectError")


async def took_nothing(gateway: Gateway, message: Message, code: str) -> None:
    """The message certainly stays ours, under a code that the runbook of GatewayFailing lists."""
    assert await gateway.send(message) == NotNow(code)
    await gateway.close()


async def test_one_that_cannot_be_asked_never_says_that_nothing_was_taken(
    gateway: Gateway, provider: Provider, sms: Callable[[], Message]
) -> None:
    provider.answers = [(200, "")] * 3
    if not gateway.can_be_asked:
        assert await gateway.was_taken(sms().request_id, SINCE) == NotNow("cannot-be-asked")
        assert provider.requests == []
