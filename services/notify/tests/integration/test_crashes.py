"""P2 for messages: a process dies before or after any step that reaches outside; another goes on."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from legalaid import clock
from legalaid.events import Event
from notify.notice import State

from .conftest import KilledError, Life, World, batch

GATEWAYS = [(True, True), (True, False), (False, True), (False, False)]
"""Whether it drops repeats, and whether it can be asked."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("step", "nth"),
    [("of_cases", 1), ("insert", 1), ("publish", 1), ("send", 1), ("save", 2), ("publish", 2), ("settle", 1)],
)
@pytest.mark.parametrize(("drops", "asked"), GATEWAYS)
async def test_a_death_between_the_event_and_the_end(
    world: World, drops: bool, asked: bool, step: str, nth: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ``save`` and ``publish`` are the handler's own, of nothing."""
    world.gateway.drops_repeats, world.gateway.can_be_asked = drops, asked
    event, life = await world.case(), Life(step, nth, after)
    async with world.process(life) as first:
        with suppress(KilledError):
            await first.handlers.on_cases(batch(event))
            await world.ended_or(lambda: life.dead)
    assert life.dead, "the test must reach the step it is about"
    await _goes_on(world, event, monkeypatch)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["due", "of_numbers", "claim", "send", "save", "publish", "settle"])
@pytest.mark.parametrize(("drops", "asked"), GATEWAYS)
async def test_a_death_of_a_sender_that_took_up_what_waited(
    world: World, drops: bool, asked: bool, step: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = drops, asked
    event, life = await world.case(), Life(step, 1, after)
    async with world.process(sending=False) as writer:
        await writer.handlers.on_cases(batch(event))
    async with world.process(life):
        await world.ended_or(lambda: life.dead)
    assert life.dead, "the test must reach the step it is about"
    await _goes_on(world, event, monkeypatch)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["claim_abandoned", "was_taken", "send", "save"])
@pytest.mark.parametrize(("drops", "asked"), GATEWAYS)
async def test_a_death_of_who_settles_a_death(
    world: World, drops: bool, asked: bool, step: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = drops, asked
    event, life = await world.case(), Life("save", 2)
    async with world.process(life) as first:
        with suppress(KilledError):
            await first.handlers.on_cases(batch(event))
            await world.ended_or(lambda: life.dead)
    later = clock.real_now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    second = Life(step, 1, after)
    with clock.use(clock.SimulatedClock(clock.now() + timedelta(minutes=2), 1.0)):
        async with world.process(second):
            await world.ended_or(lambda: second.dead)
    await _goes_on(world, event, monkeypatch)


async def _goes_on(world: World, event: Event[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    drops, asked = world.gateway.drops_repeats, world.gateway.can_be_asked
    later = clock.real_now() + timedelta(minutes=2)  # the lease of what the first left is over
    monkeypatch.setattr(clock, "real_now", lambda: later)
    with clock.use(clock.SimulatedClock(clock.now() + timedelta(minutes=2), 1.0)):  # it runs: a repeat is put off
        async with world.process() as second:
            await second.handlers.on_cases(batch(event))  # its offset was not committed
            await world.swept(second)
            (notice,) = await world.ended()
    count = len(world.gateway.delivered)
    assert count <= 1, "nobody gets a message twice"
    told = world.published.types()
    if drops or asked:
        assert (notice.state, count, told) == (State.SENT_TO_GATEWAY, 1, ["sent"])
    else:
        assert notice.state in {State.SENT_TO_GATEWAY, State.UNKNOWN}
        assert told == [{State.UNKNOWN: "unknown"}.get(notice.state, "sent")]
        assert count == 1 or notice.state is State.UNKNOWN, "what counts as sent was sent"
