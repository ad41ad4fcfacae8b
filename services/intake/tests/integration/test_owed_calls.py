"""One call is owed to a number at a time, whoever hears of its calls and whenever one is returned."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from legalaid import clock
from legalaid.events import calls
from legalaid.events.words import CaseKind, Status

from .conftest import Intake
from .test_calls_api import NIGHT, report
from .test_statuses import case, publish

PHONE = "0912345678"
DUE = "2026-11-25T02:00:00Z"


async def owed(intake: Intake, at_least: int) -> list[str]:
    """The calls of which an event says that they are owed, once the topic has so many records."""
    events = await intake.published(calls.TOPIC, at_least)
    return [event.subject for event in events if isinstance(event.data, calls.CallbackOwed)]


async def until_waiting(intake: Intake, call_id: str) -> None:
    """Until this one call waits, and no other."""
    async with asyncio.timeout(15):
        while [each.id for each in await intake.collections.calls.find({"callback_waiting": True})] != [call_id]:  # noqa: ASYNC110 - asks another process's store
            await asyncio.sleep(0.05)


async def settle(intake: Intake, call_id: str, at: datetime) -> None:
    """The Desk has called back."""
    await publish(
        intake, case(call_id, Status.LINKED, CaseKind.CALLBACK).model_copy(update={"changed_at": at.astimezone(UTC)})
    )


async def test_thirteen_calls_of_one_number_are_one_call_to_return(intake: Intake) -> None:
    with clock.use(clock.FixedClock(NIGHT)):
        at_once = [report(f"j{number}", "STARTED", NIGHT, phone=PHONE) for number in range(12)]
        answers = await asyncio.gather(*map(intake.ring, at_once))
        later = await intake.ring(report("later", "STARTED", NIGHT, phone="+84 912 345 678"))
        resent = await intake.ring(at_once[3])
        other = await intake.ring(report("other", "STARTED", NIGHT, phone="0987654321"))
    assert {answer.status_code for answer in (*answers, later)} == {201}
    assert resent.status_code == 200
    assert {answer.json()["callback"]["due_at"] for answer in (*answers, later, resent)} == {DUE}
    assert other.json()["callback"]["due_at"] == "2026-11-25T02:30:00Z"
    assert await intake.collections.callbacks_waiting() == 2
    assert len(await owed(intake, 16)) == 2


async def test_a_call_after_the_owed_one_was_returned_is_owed_anew(intake: Intake) -> None:
    with clock.use(clock.FixedClock(NIGHT)):
        first = (await intake.ring(report("n1", "STARTED", NIGHT, phone=PHONE))).json()["call_id"]
        await intake.ring(report("n2", "STARTED", NIGHT, phone=PHONE))
        await settle(intake, first, NIGHT + timedelta(hours=14))
        async with asyncio.timeout(15):
            while await intake.collections.callbacks_waiting():  # noqa: ASYNC110 - asks another process's store
                await asyncio.sleep(0.05)
    with clock.use(clock.FixedClock(NIGHT + timedelta(hours=15))):
        again = (await intake.ring(report("n3", "STARTED", NIGHT + timedelta(hours=15), phone=PHONE))).json()
        assert (await intake.ring(report("n2", "ENDED", NIGHT, outcome="MISSED"))).json()["callback"]["due_at"] == DUE
    await until_waiting(intake, again["call_id"])
    assert sorted(await owed(intake, 6)) == sorted([first, again["call_id"]])


async def test_a_call_that_joined_one_already_returned_is_owed_once_we_hear_of_it(intake: Intake) -> None:
    with clock.use(clock.FixedClock(NIGHT + timedelta(hours=2))):
        told: list[dict[str, Any]] = [
            (await intake.ring(report(f"l{hour}", "STARTED", NIGHT + timedelta(hours=hour), phone=PHONE))).json()
            for hour in range(3)
        ]
        assert await intake.collections.callbacks_waiting() == 1
        await settle(intake, told[0]["call_id"], NIGHT + timedelta(hours=1, minutes=30))
        await until_waiting(intake, told[2]["call_id"])
    assert sorted(await owed(intake, 5)) == sorted([told[0]["call_id"], told[2]["call_id"]])
    assert len({each["callback"]["due_at"] for each in told}) == 1


async def test_a_call_joins_none_that_was_erased(intake: Intake) -> None:
    with clock.use(clock.FixedClock(NIGHT)):
        first = (await intake.ring(report("e1", "STARTED", NIGHT, phone=PHONE))).json()["call_id"]
        await intake.keyring.erase(first)
        second = (await intake.ring(report("e2", "STARTED", NIGHT, phone=PHONE))).json()["call_id"]
    assert sorted(await owed(intake, 4)) == sorted([first, second])
