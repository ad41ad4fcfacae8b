"""The pair of tokens that rotates, with a provider that ends the grant when a refresh token is spent twice."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from dev.gateway import zalo
from dev.gateway.record import Inbox
from dev.gateway.serving import served
from legalaid import clock
from legalaid.errors import TransientError
from legalaid.sealed import new_settings
from legalaid.settings import MongoSettings
from legalaid.store import Store
from notify import grant, metrics
from notify.gateways.base import NotNow, Ours
from notify.gateways.tokens import Granted, Held, Pair, RotatingTokens, own_tokens
from notify.gateways.zalo_oauth import REFRESH_LIVES, ZaloOAuth
from notify.loops.tokens import look
from notify.settings import NotifySettings, ZaloSettings

LIFE = timedelta(hours=25)
KEYS = new_settings()
NEVER_SAID = (zalo.FIRST_REFRESH, zalo.SECRET_KEY)


class Installation:
    """What outlives a process: the provider, the store, and the machine's clock."""

    def __init__(self, mongo: MongoSettings, provider: zalo.Zalo, url: str) -> None:
        self.mongo, self.provider, self.url = mongo, provider, url
        self.ahead = timedelta(0)
        self._open: list[tuple[Store, ZaloOAuth]] = []

    def process(self) -> RotatingTokens:
        """Another process's view of the tokens."""
        store = Store(self.mongo, app_name="test")
        oauth = ZaloOAuth(
            ZaloSettings(
                oauth_url=self.url, app_id=zalo.APP_ID, secret_key=SecretStr(zalo.SECRET_KEY), timeout_seconds=2
            )
        )
        self._open.append((store, oauth))
        return own_tokens(store, KEYS, oauth.name, oauth.exchange)

    async def granted(self) -> RotatingTokens:
        """A process of an installation to which a person brought the first pair."""
        made = self.process()
        await made.put(Granted(Pair(access="first", refresh=zalo.FIRST_REFRESH), LIFE, REFRESH_LIVES))
        return made

    def refreshes(self) -> int:
        return self.provider.refreshes.total()

    async def close(self) -> None:
        for store, oauth in self._open:
            await oauth.close()
            await store.close()


@pytest.fixture
async def installation(
    mongo: MongoSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    provider = zalo.Zalo(Inbox(tmp_path / "record.jsonl"))
    app = FastAPI()
    app.include_router(zalo.routes(provider))
    async with served(app) as url:
        made = Installation(mongo, provider, url)
        now: Callable[[], datetime] = clock.real_now
        monkeypatch.setattr(clock, "real_now", lambda: now() + made.ahead)
        yield made
        await made.close()


def how_often(how: str) -> float:
    return float(metrics.TOKEN_RENEWALS.labels("zalo", how)._value.get())


async def settled(*processes: RotatingTokens) -> None:
    """Until no renewal of theirs is under way."""
    for each in processes:
        await each.close()


async def test_without_a_grant_it_is_ours_to_bring_one(installation: Installation) -> None:
    assert await installation.process().access() == Ours("zalo-no-grant")


async def test_a_token_is_kept_until_a_fifth_of_its_life_is_left(installation: Installation) -> None:
    tokens = await installation.granted()
    installation.ahead = LIFE * 0.79
    assert await tokens.access() == "first"
    await settled(tokens)
    assert installation.refreshes() == 0
    installation.ahead = LIFE * 0.81
    assert await tokens.access() == "first", "nobody waits for the new one while the old one serves"
    await settled(tokens)
    assert installation.refreshes() == 1
    assert installation.provider.knows(str(await tokens.access()))
    assert installation.provider.knows(str(await installation.process().access())), "and every other process has it"


async def test_of_many_that_renew_at_once_one_does_and_the_others_lose(installation: Installation) -> None:
    first = await installation.granted()
    processes = [first, *(installation.process() for _ in range(5))]
    for each in processes:
        await each.held()
    beaten, adopted = how_often("beaten"), how_often("adopted")
    installation.ahead = LIFE * 0.9
    await asyncio.gather(*(each.access() for each in processes))
    await settled(*processes)
    assert installation.refreshes() == 1
    assert how_often("beaten") - beaten + how_often("adopted") - adopted == len(processes) - 1
    assert not installation.provider.over


async def test_who_loses_is_seen_to_lose_and_takes_the_winners_pair(installation: Installation) -> None:
    winner, loser = await installation.granted(), installation.process()
    held = await loser.held()
    assert held is not None
    assert await winner._claim(held, "the winner's", unusable=False)
    installation.ahead = LIFE * 0.9
    beaten = how_often("beaten")
    assert await loser.access() == "first"
    await settled(loser)
    assert how_often("beaten") == beaten + 1
    assert installation.refreshes() == 0


STEPS = ("_claim", "_exchange", "_written")


class KilledError(BaseException):
    """The process is dead."""


def dies(tokens: RotatingTokens, step: str, *, after: bool) -> None:
    """Let its process die before or after it takes a step of a renewal."""
    call: Callable[..., Awaitable[Any]] = getattr(tokens, step)

    async def last(*args: Any, **kwargs: Any) -> Any:
        if after:
            await call(*args, **kwargs)
        raise KilledError

    setattr(tokens, step, last)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
async def test_a_refresh_token_is_spent_once_wherever_a_process_dies(
    installation: Installation, step: str, after: bool
) -> None:
    dead = await installation.granted()
    dies(dead, step, after=after)
    installation.ahead = LIFE * 0.85
    await dead.access()
    assert dead._renewing is not None
    with pytest.raises(KilledError):
        await dead._renewing
    spent = installation.refreshes()
    next_one = dead
    for later in (0.85, 0.9, 0.99):
        installation.ahead = LIFE * later
        next_one = installation.process()
        assert isinstance(await next_one.access(), str), "the old token, or the new one, serves"
        await settled(next_one)
    assert installation.refreshes() == (spent or (step == "_claim" and not after))
    assert not installation.provider.over
    held = await next_one.held()
    assert held is not None
    written = (step, after) in {("_written", True), ("_claim", False)}
    assert held.in_doubt == (not written)


async def test_what_is_in_doubt_is_tried_once_more_when_nothing_can_be_lost(installation: Installation) -> None:
    """The process died before it called: the refresh token is good, and nobody could know that."""
    dead = await installation.granted()
    dies(dead, "_exchange", after=False)
    installation.ahead = LIFE * 0.85
    await dead.access()
    assert dead._renewing is not None
    with pytest.raises(KilledError):
        await dead._renewing
    installation.ahead = LIFE * 1.01
    token = await installation.process().access()
    assert installation.provider.knows(str(token))
    assert installation.refreshes() == 1


async def test_a_grant_that_is_over_is_ours_until_a_person_brings_another(installation: Installation) -> None:
    tokens = await installation.granted()
    installation.provider.behaviour.drop_tokens = 1
    installation.ahead = LIFE * 0.85
    doubt, refused = how_often("in-doubt"), how_often("refused")
    await tokens.access()
    await settled(tokens)
    assert how_often("in-doubt") == doubt + 1
    installation.ahead = LIFE * 0.95
    early = installation.process()
    assert await early.access() == "first"
    await settled(early)
    assert installation.refreshes() == 1, "while the old token serves, nobody spends what may be spent"
    installation.ahead = LIFE * 1.01
    late = installation.process()
    assert isinstance(await late.access(), NotNow)
    assert how_often("refused") == refused + 1
    assert installation.provider.over
    await late.put(Granted(Pair(access="second", refresh="another"), LIFE, REFRESH_LIVES))
    assert await installation.process().access() == "second"


async def test_who_was_not_reached_has_spent_nothing(installation: Installation) -> None:
    tokens = await installation.granted()
    url, installation.url = installation.url, "http://127.0.0.1:9"
    unreached = installation.process()
    installation.ahead = LIFE * 0.85
    assert await unreached.access() == "first"
    await settled(unreached)
    held = await tokens.held()
    assert held is not None
    assert held.leased_at is None
    installation.url = url
    next_one = installation.process()
    await next_one.access()
    await settled(next_one)
    assert installation.refreshes() == 1


async def test_the_new_pair_waits_for_the_store_and_is_not_lost(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await installation.granted()
    failures = 3
    held_before, written = tokens.held, list[int]()

    async def held() -> Any:
        if installation.refreshes() and len(written) < failures:
            written.append(1)
            raise TransientError("store: away")
        return await held_before()

    monkeypatch.setattr("notify.gateways.tokens._STORE_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(tokens, "held", held)
    installation.ahead = LIFE * 0.85
    await tokens.access()
    await settled(tokens)
    assert len(written) == failures
    assert installation.refreshes() == 1
    assert installation.provider.knows(str(await installation.process().access()))


async def test_a_time_out_of_who_asks_does_not_end_a_renewal(installation: Installation) -> None:
    tokens = await installation.granted()
    await tokens.held()
    exchange, answer = tokens._exchange, asyncio.Event()

    async def slow(refresh: str) -> Any:
        granted = await exchange(refresh)
        await answer.wait()
        return granted

    tokens._exchange = slow
    installation.ahead = LIFE * 1.1
    asked = asyncio.create_task(tokens.access())
    while not installation.refreshes():  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.005)
    asked.cancel()
    await asyncio.wait({asked})
    answer.set()
    token = await tokens.access()
    assert installation.provider.knows(str(token))
    assert installation.refreshes() == 1


async def test_no_token_stands_in_the_store_or_in_a_log(installation: Installation) -> None:
    with structlog.testing.capture_logs() as lines:
        tokens = await installation.granted()
        installation.ahead = LIFE * 0.85
        await tokens.access()
        await settled(tokens)
    held = await tokens.held()
    assert held is not None
    stored = await tokens._tokens.find_one({})
    for secret in (*NEVER_SAID, "first", held.pair.access, held.pair.refresh):
        assert secret not in repr(stored)
        assert secret not in repr(lines)
        assert secret not in repr(held)
    assert {"event": "tokens_rotated", "log_level": "info", "provider": "zalo", "generation": 2} in lines


async def test_the_life_of_tokens_is_measured_and_renewed_where_nobody_sends(installation: Installation) -> None:
    tokens = await installation.granted()
    await look(tokens)
    assert metrics.TOKEN_LEFT.labels("zalo")._value.get() == pytest.approx(1, abs=0.01)
    assert metrics.GRANT_ENDS_SECONDS.labels("zalo")._value.get() == pytest.approx(90 * 86400, abs=60)
    assert metrics.TOKEN_IN_DOUBT.labels("zalo")._value.get() == 0
    installation.ahead = LIFE * 0.85
    await look(tokens)
    assert metrics.TOKEN_LEFT.labels("zalo")._value.get() == pytest.approx(0.15, abs=0.01)
    await settled(tokens)
    await look(tokens)
    assert metrics.TOKEN_LEFT.labels("zalo")._value.get() == pytest.approx(1, abs=0.01)
    installation.provider.behaviour.drop_tokens = 1
    installation.ahead = LIFE * 1.8
    await look(tokens)
    await settled(tokens)
    installation.ahead += timedelta(minutes=11)
    await look(tokens)
    assert metrics.TOKEN_IN_DOUBT.labels("zalo")._value.get() == 1


def test_a_person_brings_the_first_pair_by_a_command(mongo: MongoSettings, capsys: pytest.CaptureFixture[str]) -> None:
    settings = NotifySettings(mongo=mongo, keyring=KEYS)
    told = json.dumps({"access_token": "quokka", "refresh_token": "wombat", "expires_in": "90000"})
    assert grant.main(settings, io.StringIO(told)) == 0

    async def held() -> Held | None:
        store = Store(mongo, app_name="test")
        oauth = ZaloOAuth(settings.zalo)
        found = await own_tokens(store, KEYS, oauth.name, oauth.exchange).held()
        await store.close()
        return found

    found = asyncio.run(held())
    assert found is not None
    assert found.pair == Pair(access="quokka", refresh="wombat")
    assert found.expires_at - found.issued_at == LIFE
    assert grant.main(settings, io.StringIO('{"access_token": "quokka"}')) == 1
    assert grant.main(settings, io.StringIO("quokka")) == 1
    shown = capsys.readouterr()
    assert "quokka" not in shown.out + shown.err
    assert "wombat" not in shown.out + shown.err
