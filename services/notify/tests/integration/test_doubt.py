"""A message whose answer was lost: asked for, repeated while its gateway knows the first, or a person's to decide."""

from contextlib import suppress
from datetime import timedelta

import pytest

from legalaid import clock
from legalaid.testing.events import AT
from notify.gateways import Lost, NotNow, Ours, Outcome, RouteCannot
from notify.notice import State

from .conftest import KilledError, Life, World, batch


@pytest.mark.parametrize(
    ("drops", "asked", "state", "delivered"),
    [
        (True, True, State.SENT_TO_GATEWAY, 1),
        (True, False, State.SENT_TO_GATEWAY, 1),
        (False, True, State.SENT_TO_GATEWAY, 1),
        (False, False, State.UNKNOWN, 1),
    ],
)
async def test_a_lost_answer(
    world: World, drops: bool, asked: bool, state: State, delivered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = drops, asked
    world.gateway.answers = [Lost("cut")]
    monkeypatch.setattr("notify.choosing._ASK_SOON_SECONDS", 0.05)
    fixed = clock.FixedClock(AT)
    with clock.use(fixed):
        async with world.process(timeout_seconds=0.05) as process:
            await process.handlers.on_cases(batch(await world.case()))
            if drops and not asked:
                await world.settled()
                fixed.advance(timedelta(seconds=1))
                process.sender.wake()
            (notice,) = await world.settled()
    assert notice.state is state
    assert len(world.gateway.delivered) == delivered
    assert world.published.types() == [{State.UNKNOWN: "unknown"}.get(state, "sent")]


@pytest.mark.parametrize("crashed", [False, True])
async def test_no_repeat_goes_out_once_the_gateway_may_have_forgotten_the_first(world: World, crashed: bool) -> None:
    """eSMS knows a request id for 24 hours: what is settled after a longer outage would be a second message."""
    world.gateway.can_be_asked, world.gateway.forgets_after = False, timedelta(hours=24)
    world.gateway.answers = [Lost("cut")]
    fixed, life = clock.FixedClock(AT), Life("save", 2) if crashed else Life()
    with clock.use(fixed):
        async with world.process(life) as first:
            with suppress(KilledError):
                await first.handlers.on_cases(batch(await world.case()))
                if crashed:
                    await world.ended_or(lambda: life.dead)
                else:
                    await world.settled()
        fixed.advance(timedelta(hours=24, minutes=1))
        with pytest.MonkeyPatch.context() as patch:
            later = clock.real_now() + timedelta(hours=25)
            patch.setattr(clock, "real_now", lambda: later)
            async with world.process():
                (notice,) = await world.ended()
    assert len(world.gateway.delivered) == 1
    assert notice.state is State.UNKNOWN


@pytest.mark.parametrize("hours", [0.5, 23.5])
async def test_a_repeat_within_the_window_is_sent_and_dropped(world: World, hours: float) -> None:
    world.gateway.can_be_asked, world.gateway.forgets_after = False, timedelta(hours=24)
    world.gateway.answers = [Lost("cut")]
    fixed = clock.FixedClock(AT)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await world.case()))
            await world.settled()
            fixed.advance(timedelta(hours=hours))
            process.sender.wake()
            (notice,) = await world.ended()
    assert (len(world.gateway.delivered), notice.state) == (1, State.SENT_TO_GATEWAY)
    assert world.gateway.received.total() == 2


@pytest.mark.parametrize("code", ["busy", "ours", "route"])
async def test_what_a_repeat_is_answered_says_nothing_of_the_first(world: World, code: str) -> None:
    """The first may have gone out: not now is no proof that it did not, and in the end a person decides."""
    answers: dict[str, Outcome] = {
        "busy": NotNow("http-503"),
        "ours": Ours("esms-101"),
        "route": RouteCannot("esms-177"),
    }
    world.gateway.can_be_asked, world.gateway.answers = False, [Lost("cut"), answers[code], answers[code]]
    fixed = clock.FixedClock(AT)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await world.case()))
            (notice,) = await world.settled()
            fixed.advance(timedelta(minutes=1))
            process.sender.wake()
            (notice,) = await world.settled()
            assert notice.state is State.PENDING
            fixed.advance(timedelta(hours=5))
            process.sender.wake()
            (notice,) = await world.ended()
    assert (notice.state, len(world.gateway.delivered)) == (State.UNKNOWN, 1)
    assert world.published.types() == ["unknown"]
