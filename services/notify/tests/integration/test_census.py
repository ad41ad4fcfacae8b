"""The gauges of what is still to be told, from a real store."""

from datetime import timedelta
from typing import Any

from legalaid import clock
from legalaid.events.people import Wishes
from legalaid.telemetry import metrics
from legalaid.testing.events import AT
from notify.gateways import NotNow
from notify.loops import census

from .conftest import World, a_contact, batch


def value(name: str, **labels: str) -> Any:
    return metrics.REGISTRY.get_sample_value(f"legalaid_notify_{name}", labels)


async def test_what_is_still_to_be_told_is_counted(world: World) -> None:
    asleep = await world.case(at=AT + timedelta(hours=14))  # 23:00 in Vietnam: it may go in the morning
    async with world.process(sending=False) as process:
        await process.handlers.on_cases(batch(await world.case(), await world.case(), asleep))
        await process.handlers.on_cases(batch(await world.case(contact=a_contact(wishes=Wishes(sms=False)))))
    with clock.use(clock.FixedClock(AT + timedelta(seconds=90))):
        await census.count(world.notices)
    assert value("notices", state="PENDING", channel="SMS") == 3
    assert value("notices", state="CALLBACK_OWED", channel="CALLBACK") == 1
    assert value("oldest_waiting_seconds") == 90
    assert [value("calls_owed", due=due) for due in ("overdue", "day", "later")] == [0, 0, 1]  # the 24th is a holiday
    with clock.use(clock.FixedClock(AT + timedelta(days=7))):
        await census.count(world.notices)
    assert [value("calls_owed", due=due) for due in ("overdue", "day", "later")] == [1, 0, 0]

    await world.notices.collection.delete_many({})
    await census.count(world.notices)
    assert value("notices", state="PENDING", channel="SMS") == 0
    assert value("oldest_waiting_seconds") == 0
    assert value("calls_owed", due="overdue") == 0


async def test_a_message_that_was_put_off_goes_on_waiting(world: World) -> None:
    world.pace = world.pace.model_copy(update={"retry_first_seconds": 600.0, "retry_most_seconds": 600.0})
    world.gateway.answers = [NotNow("http-503")]
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case()))
        await world.settled()
    with clock.use(clock.FixedClock(AT + timedelta(seconds=30))):
        await census.count(world.notices)
    assert value("oldest_waiting_seconds") == 30


async def test_the_wait_of_a_message_is_counted_once_the_gateway_took_it(world: World) -> None:
    before = (value("wait_seconds_count"), value("wait_seconds_sum"))
    async with world.process(sending=False) as process:
        await process.handlers.on_cases(batch(await world.case()))
    with clock.use(clock.FixedClock(AT + timedelta(seconds=7))):
        async with world.process():
            await world.ended()
    assert (value("wait_seconds_count"), value("wait_seconds_sum")) == (before[0] + 1, before[1] + 7)
