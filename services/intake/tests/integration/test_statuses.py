"""Status checks, and the case events that they tell of."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx

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


async def patiently(intake: Intake, code: str, phone: str) -> tuple[httpx.Response, float]:
    """The answer once it is not 429, as a front end asks that waits as it is told, and the seconds until then."""
    began = clock.elapsed()
    async with asyncio.timeout(10):
        while (answer := await intake.check(code, phone)).status_code == 429:  # noqa: ASYNC110 - as it is told to
            await asyncio.sleep(int(answer.headers["Retry-After"]))
    return answer, clock.elapsed() - began


async def test_guesses_are_slowed_and_everybody_else_is_answered(intake: Intake) -> None:
    code, guessed = (await intake.ask(BODY)).json()["receipt_code"], (await intake.ask(BODY)).json()["receipt_code"]
    for _ in range(6):
        assert (await intake.check(code, PHONE)).status_code == 200
    answers = await asyncio.gather(*(intake.check(guessed, f"09123456{number}") for number in range(10, 40)))
    assert {answer.status_code for answer in answers} == {404, 429}
    for _ in range(30):
        await intake.check(ids.new_receipt_code(), "0966666666")
    assert (await intake.check(code, OTHER)).status_code == 200


async def test_whatever_others_tried_a_right_pair_is_answered_within_the_window(intake: Intake) -> None:
    code = (await intake.ask(BODY)).json()["receipt_code"]
    wrong = [(code, f"09123456{number}") for number in range(10, 40)]
    wrong += [(ids.new_receipt_code(), PHONE) for _ in range(30)]
    assert 429 in {answer.status_code for answer in await asyncio.gather(*(intake.check(*pair) for pair in wrong))}
    answer, seconds = await patiently(intake, code, PHONE)
    assert answer.status_code == 200
    assert seconds < intake.settings.guard.window_seconds + 2


async def test_a_slowed_guess_is_told_nothing(intake: Intake) -> None:
    """Right or wrong, it is not looked at: the answer over the budget is one answer."""
    code = (await intake.ask(BODY)).json()["receipt_code"]
    pairs = [(code, PHONE), *((ids.new_receipt_code(), PHONE) for _ in range(30))]
    await asyncio.gather(*(intake.check(*pair) for pair in pairs[1:]))
    told = [answer for answer in [await intake.check(*pair) for pair in pairs] if answer.status_code == 429]
    assert len({json.dumps({**answer.json(), "trace_id": ""}) for answer in told}) <= 1
    assert all(0 < int(answer.headers["Retry-After"]) <= intake.settings.guard.window_seconds for answer in told)


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
