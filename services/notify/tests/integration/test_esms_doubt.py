"""The real eSMS adapter under the real sender: nobody is told twice, whatever eSMS forgets or does not list yet."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from dev.gateway.app import create_gateway
from dev.gateway.record import Inbox
from dev.gateway.serving import served
from dev.gateway.simulator import API_KEY, SECRET_KEY
from legalaid import clock
from legalaid.testing.events import AT
from notify.gateways import connect
from notify.notice import State
from notify.settings import GatewaySettings

from .conftest import World, batch


class Esms:
    """The simulated eSMS, and what went on to telephones."""

    def __init__(self, world: World, url: str, record: Inbox) -> None:
        self._url, self._record = url, record
        keys = {"api_key": SecretStr(API_KEY), "secret_key": SecretStr(SECRET_KEY)}
        settings = GatewaySettings(kind="esms", url=url, repeats_known_for_hours=24, timeout_seconds=5, **keys)
        real: Any = connect(settings)
        real.proves_within = timedelta(0)
        world.gateway = real

    async def behave(self, **how: Any) -> None:
        async with httpx.AsyncClient() as http:
            (await http.put(f"{self._url}/v1/behaviour", json=how)).raise_for_status()

    @property
    def delivered(self) -> int:
        return sum(reception.delivered for reception in self._record.all())

    @property
    def received(self) -> int:
        return len(list(self._record.all()))


@pytest.fixture
async def esms(world: World, tmp_path: Path) -> AsyncIterator[Esms]:
    record = Inbox(tmp_path / "gateway.jsonl")
    async with served(create_gateway(record)) as url:
        yield Esms(world, url, record)
        await world.gateway.close()


async def test_a_message_that_is_not_listed_yet_is_repeated_and_dropped_and_found(world: World, esms: Esms) -> None:
    fixed = clock.FixedClock(AT)
    await esms.behave(drop_answers_rate=1, can_be_asked=False)
    with clock.use(fixed):
        async with world.process(timeout_seconds=5) as process:
            await process.handlers.on_cases(batch(await world.case()))
            (notice,) = await world.settled()
            assert (notice.state, notice.doubted) == (State.PENDING, True)
            await esms.behave()
            fixed.advance(timedelta(minutes=1))
            process.sender.wake()
            (notice,) = await world.ended()
    assert (notice.state, esms.delivered, esms.received) == (State.SENT_TO_GATEWAY, 1, 2)


@pytest.mark.parametrize(("listed", "state"), [(True, State.SENT_TO_GATEWAY), (False, State.UNKNOWN)])
async def test_after_its_day_a_message_in_doubt_is_asked_for_and_not_repeated(
    world: World, esms: Esms, listed: bool, state: State
) -> None:
    fixed = clock.FixedClock(AT)
    await esms.behave(drop_answers_rate=1, can_be_asked=False)
    with clock.use(fixed):
        async with world.process(timeout_seconds=5) as process:
            await process.handlers.on_cases(batch(await world.case()))
            (notice,) = await world.settled()
            assert notice.doubted
            await esms.behave(can_be_asked=listed)
            fixed.advance(timedelta(hours=24))
            process.sender.wake()
            (notice,) = await world.ended()
    assert (notice.state, esms.delivered, esms.received) == (state, 1, 1)


async def test_a_locked_account_makes_nobody_a_call(world: World, esms: Esms) -> None:
    fixed = clock.FixedClock(AT)
    await esms.behave(codes={"esms": "143"})
    with clock.use(fixed):
        async with world.process(timeout_seconds=5) as process:
            await process.handlers.on_cases(batch(await world.case()))
            (notice,) = await world.settled()
            assert (notice.state, esms.received) == (State.PENDING, 0)
            await esms.behave()
            fixed.advance(timedelta(hours=1))
            process.sender.wake()
            (notice,) = await world.ended()
    assert (notice.state, esms.delivered) == (State.SENT_TO_GATEWAY, 1)
