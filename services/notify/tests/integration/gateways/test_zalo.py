"""Zalo over a real socket: what it is sent, and what each of its answers means."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from dev.gateway import zalo
from dev.gateway.record import Inbox
from dev.gateway.serving import served
from legalaid import clock, ids
from legalaid.errors import TransientError
from notify import metrics
from notify.gateways.base import Lost, Message, NotNow, Ours, Outcome, Refused, RouteCannot, Taken
from notify.gateways.zalo import ZaloGateway
from notify.settings import ZaloSettings

AFTERNOON = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""15:00 in Vietnam."""


class FakeTokens:
    """Gives the tokens of a list; the provider knows the last."""

    def __init__(self, *tokens: Any) -> None:
        self.left = list(tokens)

    async def access(self, *, refused: str | None = None) -> Any:
        token = self.left[0] if refused is None else self.left.pop(1)
        if isinstance(token, Exception):
            raise token
        return token


class Installation:
    def __init__(self, provider: zalo.Zalo, url: str) -> None:
        self.provider, self.url = provider, url

    async def send(self, message: Message, *tokens: Any, **settings: Any) -> Outcome:
        about = {"url": self.url, "templates": {"case-assigned/1": "201"}, "timeout_seconds": 0.5} | settings
        gateway = ZaloGateway(ZaloSettings(**about), FakeTokens(*(tokens or (self.good(),))))  # type: ignore[arg-type]  # a double
        try:
            return await gateway.send(message)
        finally:
            await gateway.close()

    def good(self) -> str:
        self.provider._access["good"] = float("inf")
        return "good"


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    provider = zalo.Zalo(Inbox(tmp_path / "record.jsonl"))
    app = FastAPI()
    app.include_router(zalo.routes(provider))
    async with served(app) as url:
        with clock.use(clock.FixedClock(AFTERNOON)):
            yield Installation(provider, url)


def a_message(**changes: Any) -> Message:
    usual: dict[str, Any] = {
        "request_id": ids.random_id(),
        "recipient": "+84912345678",
        "text": "Yeu cau",
        "template": "case-assigned",
        "version": 1,
        "language": "vie",
        "values": {"receipt_code": "1234567897", "owner": "Trung tâm Trợ giúp pháp lý tỉnh Điện Biên"},
        "urgent": False,
    }
    return Message(**(usual | changes))


async def test_it_is_spoken_to_in_its_own_shape(installation: Installation) -> None:
    message = a_message()
    outcome = await installation.send(message)
    [taken] = installation.provider.record.all()
    assert outcome == Taken(taken.gateway_id)
    assert (taken.request_id, taken.to) == (message.request_id, "84912345678")
    assert "201" in taken.text
    assert "1234567897" in taken.text
    assert "Điện Biên" in taken.text
    assert metrics.QUOTA_LEFT.labels("zalo")._value.get() == 19_999
    assert metrics.QUOTA.labels("zalo")._value.get() == 20_000


async def test_where_nobody_owns_the_case_yet_the_text_says_so(installation: Installation) -> None:
    await installation.send(a_message(values={"receipt_code": "1234567897", "owner": ""}))
    [taken] = installation.provider.record.all()
    assert "đơn vị phụ trách" in taken.text


@pytest.mark.parametrize("changes", [{"template": "case-result"}, {"version": 2}, {"template": "no-such"}])
async def test_a_text_that_zalo_has_not_approved_goes_another_way(
    installation: Installation, changes: dict[str, Any]
) -> None:
    assert await installation.send(a_message(**changes)) == RouteCannot("zalo-unregistered")
    assert not list(installation.provider.record.all())


async def test_a_refused_token_is_renewed_once_and_the_message_goes_once(installation: Installation) -> None:
    assert isinstance(await installation.send(a_message(), "old", installation.good()), Taken)
    assert len(list(installation.provider.record.all())) == 1
    assert await installation.send(a_message(), "old", "worse") == Ours("zalo-124")
    assert len(list(installation.provider.record.all())) == 1


@pytest.mark.parametrize(
    ("token", "outcome"),
    [
        (Ours("zalo-no-grant"), Ours("zalo-no-grant")),
        (NotNow("zalo-no-token"), NotNow("zalo-no-token")),
        (TransientError("store"), NotNow("zalo-no-token")),
    ],
)
async def test_without_a_token_nothing_is_sent(installation: Installation, token: Any, outcome: Outcome) -> None:
    assert await installation.send(a_message(), token) == outcome
    assert not list(installation.provider.record.all())


TO_MORNING, TO_MIDNIGHT = timedelta(hours=16), timedelta(hours=9)
REFUSED = (108, 110, 114, 118, 119, 139, 140, 141)
OURS = (
    *(
        101,
        102,
        103,
        104,
        105,
        106,
        109,
        111,
        112,
        113,
        115,
        116,
        117,
        120,
        121,
        122,
        125,
        126,
        127,
        130,
        131,
        132,
        135,
    ),
    *(136, 137, 138, 145, 146, 1121, 1122, 1123, 1124, 1241, 1351, 99999),
)
MEANINGS: dict[int, Outcome] = {
    **{-code: Refused(f"zalo-{code}") for code in REFUSED},
    **{-code: Ours(f"zalo-{code}") for code in OURS},
    -133: NotNow("zalo-133", TO_MORNING),
    -234: NotNow("zalo-234", TO_MORNING),
    -144: NotNow("zalo-144", TO_MIDNIGHT),
    -147: RouteCannot("zalo-147"),
    -32: NotNow("zalo-32", timedelta(seconds=60)),
    -100: Lost("zalo-100"),
    84912345678: Ours("zalo-other"),
}


async def test_what_its_codes_mean(installation: Installation) -> None:
    installation.provider.behaviour.codes = list(MEANINGS)
    assert {code: await installation.send(a_message()) for code in MEANINGS} == MEANINGS
    assert not list(installation.provider.record.all())


@pytest.mark.parametrize("code", [-133, -234])
async def test_what_is_urgent_does_not_wait_for_the_morning_but_goes_another_way(
    installation: Installation, code: int
) -> None:
    installation.provider.behaviour.codes = [code]
    assert await installation.send(a_message(urgent=True)) == RouteCannot(f"zalo{code}")


async def test_a_lost_answer_is_not_sent_again(installation: Installation) -> None:
    installation.provider.behaviour.drop_answers = 1
    assert isinstance(await installation.send(a_message()), Lost)
    assert len(list(installation.provider.record.all())) == 1


ANSWERS: list[tuple[bytes, type[Any]]] = [
    (b"", Lost),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Lost),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Lost),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", Lost),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", Lost),
    (b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"error":0}', Taken),
    (b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", Lost),
    (b"HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n", Lost),
    (b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", NotNow),
    (b"HTTP/1.1 429 X\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", NotNow),
    (b"HTTP/1.1 302 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", NotNow),
    (b"HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n", Ours),
    (b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n", Ours),
    (b"silence", Lost),
]


@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
async def test_what_may_have_been_taken_is_told_from_what_was_not(
    installation: Installation, answer: bytes, kind: type[Any]
) -> None:
    requests, over = [], asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        if answer == b"silence":
            await over.wait()
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    outcome = await installation.send(a_message(), url=url)
    over.set()
    server.close()
    await server.wait_closed()
    assert isinstance(outcome, kind)
    if isinstance(outcome, NotNow) and b"429" in answer:
        assert outcome.retry_after == timedelta(seconds=17)
    assert len(requests) == 1


async def test_a_port_where_nobody_listens_took_nothing(installation: Installation) -> None:
    assert await installation.send(a_message(), url="http://127.0.0.1:9") == NotNow("ConnectError")


async def test_it_says_that_it_cannot_be_asked(installation: Installation) -> None:
    gateway = ZaloGateway(ZaloSettings(url=installation.url), FakeTokens())  # type: ignore[arg-type]  # a double
    assert not gateway.can_be_asked
    assert not gateway.repeats_known_for
    assert await gateway.was_taken(ids.random_id(), clock.now()) == NotNow("cannot-be-asked")
    await gateway.close()


def test_no_secret_stands_in_a_repr() -> None:
    shown = repr(ZaloSettings(secret_key=SecretStr("quokka"), oa_secret=SecretStr("wombat")))
    assert "quokka" not in shown
    assert "wombat" not in shown
