"""Devices over HTTP: proved like a status check, kept in the contact box alone, and gone when they are removed."""

from typing import Any

import httpx

from dev.stack.keys import APP, OPERATOR
from legalaid import ids
from legalaid.events import requests
from legalaid.events.people import Contact, Device
from legalaid.events.words import Purpose, Speaker

from .conftest import Intake

PHONE, OTHER = "0912 345 678", "0981 234 567"
BODY: dict[str, Any] = {
    "channel": "APP",
    "person": {"phone": PHONE},
    "applicant": {"name": "x", "phone": OTHER},
    "consent": {
        "purposes": ["CASE_HANDLING"],
        "at": "2026-11-23T09:00:00+07:00",
        "text_version": "1",
        "evidence": "app",
    },
}
TOKEN = "dQuokka:APA91bQuokkaQuokkaQuokka"
SUBSCRIPTION = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/quokka",
    "expirationTime": None,
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
AGREED = {"purposes": ["PUSH_UPDATES"], "at": "2026-11-23T09:05:00+07:00", "text_version": "7", "evidence": "app"}


async def asked(intake: Intake) -> dict[str, Any]:
    answer = await intake.ask(BODY, client=APP)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def register(intake: Intake, code: str, phone: str = PHONE, **more: Any) -> httpx.Response:
    body = {"receipt_code": code, "phone": phone, "consent": AGREED, **({"token": TOKEN} | more)}
    body = {name: value for name, value in body.items() if value is not None}
    return await intake.http.post("/v1/devices", json=body, headers=intake.headers(APP))


async def remove(intake: Intake, device_id: str) -> int:
    return (await intake.http.delete(f"/v1/devices/{device_id}", headers=intake.headers(APP))).status_code


async def devices(intake: Intake, request_id: str) -> tuple[Device, ...]:
    """As they lie in the box of the last event."""
    stored = (await intake.collections.requests.load([request_id]))[request_id]
    keys = (await intake.keyring.fetch([request_id]))[request_id]
    found = keys.open(stored.state.contact, Contact).devices
    assert stored.devices == [each.id for each in found]
    return found


async def test_a_token_and_a_subscription_are_kept_in_the_contact_box(intake: Intake) -> None:
    receipt = await asked(intake)
    first = await register(intake, receipt["receipt_code_spoken"])
    second = await register(intake, receipt["receipt_code"], OTHER, token=None, subscription=SUBSCRIPTION)
    assert (first.status_code, second.status_code) == (201, 201), second.text
    one, other = await devices(intake, receipt["request_id"])
    assert (one.id, one.token, one.web, one.holder) == (first.json()["device_id"], TOKEN, None, Speaker.PERSON)
    assert one.consent.text_version == "7"
    assert one.consent.purposes == {Purpose.PUSH_UPDATES}
    assert other.web is not None
    assert (other.web.endpoint, other.holder) == (SUBSCRIPTION["endpoint"], Speaker.APPLICANT)
    *_, last = await intake.published(requests.TOPIC, 3)
    keys = (await intake.keyring.fetch([receipt["request_id"]]))[receipt["request_id"]]
    assert isinstance(last.data, requests.RequestAmended)
    assert keys.open(last.data.contact, Contact).devices == (one, other)


async def test_the_same_device_again_changes_nothing(intake: Intake) -> None:
    receipt = await asked(intake)
    answers = [await register(intake, receipt["receipt_code"]) for _ in range(3)]
    assert len({answer.json()["device_id"] for answer in answers}) == 1
    assert len(await devices(intake, receipt["request_id"])) == 1
    assert len(await intake.published(requests.TOPIC, 2)) == 2


async def test_a_device_comes_and_goes_and_comes(intake: Intake) -> None:
    receipt = await asked(intake)
    for _ in range(2):
        device_id = (await register(intake, receipt["receipt_code"])).json()["device_id"]
        assert [each.id for each in await devices(intake, receipt["request_id"])] == [device_id]
        assert [await remove(intake, device_id) for _ in range(2)] == [204, 204]
        assert await devices(intake, receipt["request_id"]) == ()
    events = await intake.published(requests.TOPIC, 5)
    assert len({event.id for event in events}) == len(events) == 5
    assert await remove(intake, ids.random_id()) == 204


async def test_of_many_the_newest_stay(intake: Intake) -> None:
    receipt = await asked(intake)
    made = [
        (await register(intake, receipt["receipt_code"], token=f"{TOKEN}{each}")).json()["device_id"]
        for each in range(7)
    ]
    assert [each.id for each in await devices(intake, receipt["request_id"])] == made[2:]


async def test_nobody_adds_a_device_to_what_is_not_theirs(intake: Intake) -> None:
    receipt = await asked(intake)
    wrong = await register(intake, receipt["receipt_code"], "0977777777")
    unknown = await register(intake, ids.new_receipt_code())
    assert wrong.status_code == unknown.status_code == 404
    assert {**wrong.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}
    answers = [await register(intake, receipt["receipt_code"], f"09123456{number}") for number in range(10, 30)]
    assert 429 in {answer.status_code for answer in answers}, "guesses count as those of status checks do"
    assert await devices(intake, receipt["request_id"]) == ()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"token": None}, "/token"),
    ({"subscription": SUBSCRIPTION}, "/token"),
    ({"token": "quokka"}, "/token"),
    ({"token": "q" * 1001}, "/token"),
    ({"token": None, "subscription": SUBSCRIPTION | {"endpoint": "file:///quokka"}}, "/subscription/endpoint"),
    (
        {"token": None, "subscription": SUBSCRIPTION | {"endpoint": "https://" + "q" * 1001}},
        "/subscription/endpoint",
    ),
    ({"token": None, "subscription": SUBSCRIPTION | {"keys": {"p256dh": "q", "auth": "q"}}}, "/subscription/keys"),
    ({"consent": AGREED | {"purposes": ["SMS_UPDATES"]}}, "/consent/purposes"),
    ({"phone": "quokka"}, "/phone"),
    ({"receipt_code": "1234567891"}, "/receipt_code"),
]


async def test_what_is_wrong_is_named_and_not_repeated(intake: Intake) -> None:
    right = {"receipt_code": ids.new_receipt_code(), "phone": PHONE, "token": TOKEN, "consent": AGREED}
    for more, pointer in WRONG:
        answer = await intake.http.post("/v1/devices", json=right | more, headers=intake.headers(APP))
        assert answer.status_code == 422, more
        assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.text
        assert "quokka" not in answer.text


async def test_the_hotline_registers_nobody(intake: Intake) -> None:
    answer = await intake.http.post("/v1/devices", json={}, headers=intake.headers(OPERATOR))
    assert answer.status_code == 403


async def test_devices_go_with_the_number_the_consent_and_the_request(intake: Intake) -> None:
    receipt = await asked(intake)
    request_id = receipt["request_id"]
    await register(intake, receipt["receipt_code"])
    assert (await intake.change(request_id, {"address": "bản Nà Tấu"}, client=APP)).status_code == 200
    assert len(await devices(intake, request_id)) == 1
    assert (await intake.change(request_id, {"person": {"phone": "0977777777"}}, client=APP)).status_code == 200
    assert await devices(intake, request_id) == ()

    kept = (await register(intake, receipt["receipt_code"], "0977777777")).json()["device_id"]
    anew = BODY["consent"] | {"purposes": ["CASE_HANDLING", "SMS_UPDATES"], "at": "2026-11-23T10:00:00+07:00"}
    assert (await intake.change(request_id, {"consent": anew}, client=APP)).status_code == 200
    assert await devices(intake, request_id) == ()
    assert await remove(intake, kept) == 204

    await intake.http.post(f"/v1/requests/{request_id}/withdrawal", headers=intake.headers(APP))
    assert (await register(intake, receipt["receipt_code"], "0977777777")).status_code == 409


async def test_an_erased_request_takes_no_device(intake: Intake) -> None:
    receipt = await asked(intake)
    device_id = (await register(intake, receipt["receipt_code"])).json()["device_id"]
    assert await intake.keyring.erase(receipt["request_id"])
    assert (await register(intake, receipt["receipt_code"])).status_code == 404
    assert await remove(intake, device_id) == 204
