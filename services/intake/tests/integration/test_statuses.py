"""Status checks, and the case events that they tell of."""

import asyncio
from datetime import timedelta
from typing import Any

from dev.stack.keys import OPERATOR
from legalaid import clock, ids
from legalaid.bus import Producer
from legalaid.events import encode
from legalaid.events.cases import CaseClosed, CaseOpened, CaseState
from legalaid.events.words import CaseKind, Status
from legalaid.testing.events import make, numbered

from .conftest import Intake

PHONE, OTHER = "0912 345 678", "0981 234 567"
BODY: dict[str, Any] = {
    "channel": "APP",
    "person": {"phone": PHONE},
    "applicant": {"name": "x", "phone": OTHER},
    "matter": {"story": "quokka"},
}


def case(case_id: str, status: Status, kind: CaseKind = CaseKind.REQUEST) -> CaseState:
    return make(CaseOpened if status.is_open else CaseClosed, case_id=case_id, status=status, kind=kind)


async def publish(intake: Intake, *states: CaseState) -> None:
    """Each as the next event of its case."""
    messages = [encode(event) for event in numbered(*states)]
    async with Producer(intake.settings.kafka, client_id="test") as producer:
        await producer.publish(messages)


async def until_status(intake: Intake, request_id: str, status: str) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            answer = await intake.http.get(f"/v1/requests/{request_id}", headers=intake.headers(OPERATOR))
            found: dict[str, Any] = answer.json()
            if found["status"] == status:
                return found
            await asyncio.sleep(0.05)


async def test_either_number_is_told_how_it_stands(intake: Intake) -> None:
    receipt = (await intake.ask(BODY)).json()
    for phone in (PHONE, OTHER):
        answer = await intake.check(receipt["receipt_code_spoken"], phone)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "status_text": "Yêu cầu đã được tiếp nhận và đang được xử lý.",
            "updated_at": receipt["received_at"],
        }


async def test_a_wrong_number_and_an_unknown_code_look_the_same(intake: Intake) -> None:
    code = (await intake.ask(BODY)).json()["receipt_code"]
    wrong, unknown = await intake.check(code, "0977777777"), await intake.check(ids.new_receipt_code(), PHONE)
    assert wrong.status_code == unknown.status_code == 404
    assert {**wrong.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


async def test_guessing_is_stopped_and_asking_is_not(intake: Intake) -> None:
    code, guessed = (await intake.ask(BODY)).json()["receipt_code"], (await intake.ask(BODY)).json()["receipt_code"]
    for _ in range(6):
        assert (await intake.check(code, PHONE)).status_code == 200
    numbers = [f"09123456{number:02}" for number in range(10, 14)]
    assert [(await intake.check(guessed, each)).status_code for each in numbers] == [404, 404, 404, 429]
    assert (await intake.check(guessed, PHONE)).status_code == 429
    stopped = await intake.check(guessed, OTHER)
    assert 0 < int(stopped.headers["Retry-After"]) <= 3600
    assert (await intake.check(code, OTHER)).status_code == 200
    for _ in range(4):
        await intake.check(ids.new_receipt_code(), "0966666666")
    assert (await intake.check(ids.new_receipt_code(), "0966666666")).status_code == 429


async def test_many_guesses_at_once_gain_nothing(intake: Intake) -> None:
    code = (await intake.ask(BODY)).json()["receipt_code"]
    answers = await asyncio.gather(*(intake.check(code, f"09123456{number}") for number in range(10, 25)))
    assert [answer.status_code for answer in answers].count(404) == 3


async def test_a_misread_code_is_told_so_and_not_counted(intake: Intake) -> None:
    for _ in range(8):
        answer = await intake.check("123 456 7891", PHONE)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/receipt_code")


async def test_the_status_follows_the_case(intake: Intake) -> None:
    receipt = (await intake.ask(BODY, client=OPERATOR)).json()
    request_id = receipt["request_id"]
    await publish(intake, case(request_id, Status.NEED_MORE_INFO), case(request_id, Status.REFUSED))
    await until_status(intake, request_id, "REFUSED")
    told = await intake.check(receipt["receipt_code"], PHONE)
    assert told.json()["status_text"].startswith("Việc xử lý yêu cầu đã kết thúc.")
    assert (await intake.change(request_id, {"address": "x"})).status_code == 409
    withdrawal = f"/v1/requests/{request_id}/withdrawal"
    assert (await intake.http.post(withdrawal, headers=intake.headers(OPERATOR))).status_code == 409


async def test_an_erased_request_is_unknown(intake: Intake) -> None:
    receipt = (await intake.ask(BODY)).json()
    await intake.keyring.erase(receipt["request_id"])
    assert (await intake.check(receipt["receipt_code"], PHONE)).status_code == 404


async def test_a_returned_call_no_longer_waits(intake: Intake) -> None:
    now = clock.now()
    post = {"exchange_call_id": "c", "state": "ENDED", "at": now.isoformat(), "outcome": "MISSED", "phone": PHONE}
    call_id = (await intake.ring(post)).json()["call_id"]
    assert await intake.collections.callbacks_waiting() == 1
    opened, linked = (case(call_id, each, CaseKind.CALLBACK) for each in (Status.ASSIGNED, Status.LINKED))
    await publish(intake, opened, linked)
    async with asyncio.timeout(15):
        while await intake.collections.callbacks_waiting():  # noqa: ASYNC110 - asks another process's store
            await asyncio.sleep(0.05)
    later = now + timedelta(seconds=1)
    again = await intake.ring({**post, "state": "STARTED", "at": later.isoformat(), "outcome": None})
    assert again.json()["callback"] is not None
    assert await intake.collections.callbacks_waiting() == 0
