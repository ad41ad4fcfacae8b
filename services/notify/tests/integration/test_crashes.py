"""P2 for messages: a process dies before or after any step that reaches outside; another goes on."""

from contextlib import suppress
from datetime import timedelta

import pytest

from legalaid import clock
from notify.notice import State

from .conftest import KilledError, Life, World, batch

STEPS = 8
"""of_cases and fetch, insert, then side by side send, save, publish, settle, and claims."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kill_at", range(1, STEPS + 1))
@pytest.mark.parametrize(("drops", "asked"), [(True, True), (True, False), (False, True), (False, False)])
async def test_a_death_at_any_step(
    world: World, drops: bool, asked: bool, kill_at: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = drops, asked
    event, life = await world.case(), Life(kill_at, after)
    async with world.process(life) as first:
        with suppress(KilledError):
            await first.handlers.on_cases(batch(event))
            await world.settled_or(lambda: life.dead)
    assert life.dead, "the test must reach the step it is about"
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
