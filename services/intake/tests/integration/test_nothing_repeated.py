"""Whatever is sent, no error body repeats it."""

import json
from typing import Any

import pytest

from dev.stack.keys import APP, EXCHANGE, OPERATOR
from legalaid import ids

from .conftest import Intake
from .test_requests_api import BODY

MARK = "quokka7731"


def planted(value: Any) -> Any:
    """Every text, and every name in a map of claims, becomes something personal."""
    if isinstance(value, dict):
        return {name: planted(each) for name, each in value.items()} | {MARK: MARK}
    if isinstance(value, list):
        return [planted(each) for each in value]
    return MARK


def one_by_one(body: dict[str, Any], bad: Any) -> list[dict[str, Any]]:
    """The body with one leaf at a time replaced."""
    made = []
    for name, value in body.items():
        made += [body | {name: each} for each in one_by_one(value, bad)] if isinstance(value, dict) else []
        made.append(body | {name: bad})
    return made


async def test_bad_requests_are_not_repeated(intake: Intake) -> None:
    bodies = [planted(BODY), *one_by_one(BODY, {MARK: MARK}), *one_by_one(BODY, MARK * 100), *one_by_one(BODY, [MARK])]
    refused = 0
    for body in bodies:
        answer = await intake.ask(body)
        assert answer.status_code in (201, 422), answer.text
        refused += answer.status_code == 422
        assert MARK not in answer.text
        assert MARK not in str(answer.headers)
        if answer.status_code == 422:
            assert all(error["detail"] and error["code"] for error in answer.json()["errors"])
    assert refused > len(BODY)


@pytest.mark.parametrize(
    ("content", "status"), [(f'{{"{MARK}', 400), (f'"{MARK}"', 422), (f'["{MARK}"]', 422), (f"{MARK}" * 9000, 413)]
)
async def test_bad_json_is_not_repeated(intake: Intake, content: str, status: int) -> None:
    headers = intake.headers(OPERATOR, "k") | {"Content-Type": "application/json"}
    answer = await intake.http.post("/v1/requests", content=content, headers=headers)
    assert answer.status_code == status
    assert MARK not in answer.text


async def test_other_paths_repeat_nothing(intake: Intake) -> None:
    request_id = (await intake.ask(BODY)).json()["request_id"]
    change = {"person": {"phone": MARK, "language": MARK}, MARK: MARK}
    call = {"exchange_call_id": MARK * 100, "phone": MARK * 9, "state": MARK, "at": MARK, MARK: MARK}
    answers = [
        await intake.change(request_id, change),
        await intake.change(request_id, {"person": {"phone": MARK}}),
        await intake.ring(call),
        await intake.check(MARK, MARK),
        await intake.check(ids.new_receipt_code(), MARK),
        await intake.http.get(f"/v1/requests/{MARK}", headers=intake.headers(OPERATOR)),
        await intake.http.get(f"/v1/{MARK}", headers=intake.headers(OPERATOR)),
        await intake.http.post("/v1/requests", json={}, headers=intake.headers(OPERATOR, f'{MARK}"')),
        await intake.http.post("/v1/requests", json={}, headers={"Authorization": f"Bearer {MARK}"}),
        await intake.http.post("/v1/calls", json={MARK: MARK}, headers=intake.headers(APP)),
        await intake.http.post("/v1/requests", content=json.dumps(MARK), headers=intake.headers(EXCHANGE)),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 422, 422, 404, 400, 401, 403, 415]
    for answer in answers:
        assert MARK not in answer.text
