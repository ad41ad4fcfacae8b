"""/v1/calls over real HTTP: what the exchange reports, in any order, and what callers are promised."""

import asyncio
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from legalaid import clock, ids
from legalaid.clock import VIETNAM
from legalaid.events import Event, calls
from legalaid.events.people import Contact

from .conftest import Intake

NIGHT = datetime(2026, 11, 23, 20, 0, tzinfo=VIETNAM)


def report(name: str, state: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {"exchange_call_id": name, "state": state, "at": at.isoformat(), **more}


async def test_a_call_at_night_is_owed_back_and_the_caller_is_told_when(intake: Intake) -> None:
    with clock.use(clock.FixedClock(NIGHT)):
        answer = await intake.ring(report("c1", "STARTED", NIGHT, phone="0215 3825 123"))
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert not told["in_hours"]
        assert told["callback"]["due_at"] == "2026-11-25T02:00:00Z"
        assert told["callback"]["spoken"] == "Chúng tôi sẽ gọi lại trước 9 giờ sáng thứ Tư ngày 25 tháng 11."
        again = await intake.ring(report("c1", "STARTED", NIGHT, phone="0215 3825 123"))
        assert (again.status_code, again.json()) == (200, told)
        ended = await intake.ring(report("c1", "ENDED", NIGHT, outcome="MISSED"))
        assert ended.json()["callback"] == told["callback"]
    events = await intake.published(calls.TOPIC, 3)
    assert [(type(event.data).__name__, event.sequence) for event in events] == [
        ("CallStarted", 1),
        ("CallbackOwed", 2),
        ("CallEnded", 3),
    ]
    owed: calls.CallbackOwed = events[1].data
    keys = (await intake.keyring.fetch([owed.call_id]))[owed.call_id]
    assert keys.open(owed.contact, Contact).person.phone == "+842153825123"


async def test_the_queue_makes_later_promises_and_a_returned_call_leaves_it(intake: Intake) -> None:
    with clock.use(clock.FixedClock(NIGHT)):
        first = await intake.ring(report("q0", "STARTED", NIGHT, phone="0912345678"))
        for number in range(1, 12):
            await intake.ring(report(f"q{number}", "STARTED", NIGHT, phone=f"09123456{number:02}"))
        last = await intake.ring(report("q12", "STARTED", NIGHT, phone="0912345612"))
        assert first.json()["callback"]["due_at"] == "2026-11-25T02:00:00Z"
        assert last.json()["callback"]["due_at"] == "2026-11-25T03:00:00Z"
    assert await intake.collections.callbacks_waiting() == 13


async def test_every_order_of_reports_ends_the_same(intake: Intake) -> None:
    now = clock.now().astimezone(VIETNAM)
    start = now - timedelta(minutes=2)
    facts = [
        ("STARTED", start, {}),
        ("ANSWERED", start + timedelta(seconds=20), {}),
        ("ENDED", start + timedelta(seconds=40), {"outcome": "MISSED"}),
    ]
    orders = list(permutations(facts))
    for number, order in enumerate(orders):
        for state, at, more in (*order, *order[::-1]):
            own = {"phone": f"09123456{number:02}"} if state == "ANSWERED" else {}
            assert (await intake.ring(report(f"p{number}", state, at, **more, **own))).status_code in (200, 201)
    events = await intake.published(calls.TOPIC, 4 * len(orders))
    by_call: dict[str, list[Event[Any]]] = {}
    for event in events:
        by_call.setdefault(event.subject, []).append(event)
    assert len(by_call) == len(orders)
    ends = set()
    for call, by_it in by_call.items():
        assert [event.sequence for event in by_it] == [1, 2, 3, 4]
        assert {event.id for event in by_it} == {ids.event_id(call, event.type) for event in by_it}
        plain = [event.data.model_dump(exclude={"call_id", "contact", "owed_at", "due_at"}) for event in by_it]
        ends.add(repr(sorted(plain, key=repr)))
    assert len(ends) == 1


async def test_all_reports_at_once_lose_nothing(intake: Intake) -> None:
    now = clock.now().astimezone(VIETNAM)
    posts = [
        report(
            f"x{number}",
            state,
            now,
            phone=f"09123456{number:02}",
            **({"outcome": "MISSED"} if state == "ENDED" else {}),
        )
        for number in range(10)
        for state in ("STARTED", "ANSWERED", "ENDED")
        for _ in range(2)
    ]
    answers = await asyncio.gather(*(intake.ring(post) for post in posts))
    assert sorted(answer.status_code for answer in answers) == [200] * 50 + [201] * 10
    events = await intake.published(calls.TOPIC, 40)
    assert sorted((event.sequence) for event in events) == sorted([1, 2, 3, 4] * 10)


async def test_a_number_that_is_withheld_senseless_or_costs_is_not_called_back(intake: Intake) -> None:
    now = clock.now().astimezone(VIETNAM)
    for number, phone in enumerate([None, "", "anonymous", "1900 1234", "+881 612 345 678"]):
        answer = await intake.ring(report(f"w{number}", "ENDED", now, phone=phone, outcome="MISSED"))
        assert (answer.status_code, answer.json()["callback"]) == (201, None)
    known = await intake.ring(report("w0", "STARTED", now, phone="0912345678"))
    assert known.json()["callback"] is not None


async def test_an_outcome_belongs_to_the_end(intake: Intake) -> None:
    now = clock.now().astimezone(VIETNAM)
    for body in (report("o", "STARTED", now, outcome="MISSED"), report("o", "ENDED", now)):
        answer = await intake.ring(body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/outcome"
