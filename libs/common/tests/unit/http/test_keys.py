import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.http import keys
from legalaid.http.keys import KeySet
from legalaid.settings import AuthSettings


class Issuer:
    """Hangs until it is told to answer; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = asyncio.Event()
        self.keys = b'{"keys": []}'
        self.fails: Exception | None = None

    async def read(self) -> bytes:
        self.asked += 1
        await self.answer.wait()
        if self.fails:
            raise self.fails
        return self.keys


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now[0])
    monkeypatch.setattr(keys, "_WAIT_SECONDS", 0.05)
    return now


@pytest.fixture
async def hanging(elapsed: list[float], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[KeySet, Issuer]]:
    del elapsed
    issuer, known = Issuer(), KeySet(AuthSettings(jwks_url="https://issuer.example/jwks"))
    monkeypatch.setattr(known, "_read", issuer.read)
    yield known, issuer
    issuer.answer.set()
    await asyncio.sleep(0.01)


async def test_an_issuer_that_hangs_is_asked_once_and_nobody_waits_for_it(hanging: tuple[KeySet, Issuer]) -> None:
    known, issuer = hanging
    async with asyncio.timeout(0.5):
        answers = await asyncio.gather(*(known.find("r1") for _ in range(6)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [TransientError] * 6
    assert issuer.asked == 1


async def test_an_issuer_that_fails_is_left_in_peace_for_a_while(
    hanging: tuple[KeySet, Issuer], elapsed: list[float]
) -> None:
    known, issuer = hanging
    issuer.fails = OSError("away")
    issuer.answer.set()
    for _ in range(5):
        with pytest.raises(TransientError):
            await known.find("r1")
    assert issuer.asked == 1
    elapsed[0] += 11
    with pytest.raises(TransientError):
        await known.find("r1")
    assert issuer.asked == 2


async def test_readiness_says_when_no_keys_could_be_read(hanging: tuple[KeySet, Issuer], elapsed: list[float]) -> None:
    known, issuer = hanging
    assert (await known.ready()).ok  # nobody has needed a key: a consumer never does
    assert issuer.asked == 0
    issuer.fails = OSError("away")
    issuer.answer.set()
    with pytest.raises(TransientError):
        await known.find("r1")
    check = await known.ready()
    assert (check.name, check.ok) == ("token-keys", False)
    assert issuer.asked == 1
    issuer.fails = None
    elapsed[0] += 11
    await known.ready()  # no request comes to a process that is not ready, so this asks again
    await asyncio.sleep(0.01)
    assert issuer.asked == 2
    assert (await known.ready()).ok


async def test_with_keys_of_old_a_hanging_issuer_costs_nobody_an_answer(
    elapsed: list[float], issuer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = KeySet(AuthSettings(jwks_file=issuer.jwks))
    assert await known.find("r1")
    elapsed[0] += 601
    slow = Issuer()
    monkeypatch.setattr(known, "_read", slow.read)
    async with asyncio.timeout(0.5):
        assert all(await asyncio.gather(*(known.find("r1") for _ in range(6))))
    assert slow.asked == 1
    assert (await known.ready()).ok
    slow.answer.set()
    await asyncio.sleep(0.01)


async def test_who_gives_up_does_not_end_the_reading_of_the_others(hanging: tuple[KeySet, Issuer]) -> None:
    known, issuer = hanging
    impatient = asyncio.create_task(known.find("r1"))
    patient = asyncio.create_task(known.find("r1"))
    await asyncio.sleep(0)
    impatient.cancel()
    issuer.answer.set()
    assert await patient is None


@pytest.mark.parametrize("jwks", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": {}}', b"\xff", b"null", b"[" * 3000])
async def test_what_is_no_set_of_keys_is_no_reading(tmp_path: Path, jwks: bytes) -> None:
    (tmp_path / "jwks.json").write_bytes(jwks)
    known = KeySet(AuthSettings(jwks_file=tmp_path / "jwks.json"))
    with pytest.raises(TransientError):
        await known.find("r1")


async def test_entries_that_are_no_keys_are_passed_over(tmp_path: Path, issuer: Any) -> None:
    good = json.loads(issuer.jwks.read_bytes())["keys"]
    broken = [{"kty": ["RSA"]}, {"kty": "EC", "crv": 7, "kid": "y"}]
    odd: list[Any] = [7, None, "r1", [], {}, {"kty": "RSA", "kid": "x"}, *broken]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [*odd, *good]}))
    assert await KeySet(AuthSettings(jwks_file=tmp_path / "jwks.json")).find("r1")
