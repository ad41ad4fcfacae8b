"""/v1/requests over real HTTP."""

import asyncio
from typing import Any

from pydantic import SecretStr

from dev.stack.keys import APP, EXCHANGE, OPERATOR, Authority
from intake.settings import IntakeSettings
from legalaid import ids
from legalaid.bus import create_topics
from legalaid.events import Event, requests
from legalaid.events.people import Contact, Facts, Story

from .conftest import Intake, started

BODY: dict[str, Any] = {
    "channel": "HOTLINE",
    "person": {"name": "Giàng A Páo", "phone": "0912 345 678", "language": "hmn", "needs_interpreter": True},
    "applicant": {"name": "Giàng Thị Mỷ", "phone": "+84 981 234 567", "relation": "con gái"},
    "residence": {"text": "xã Nà Tấu, tỉnh Điện Biên"},
    "matter_place": {"province_code": "11"},
    "address": "bản Nà Luống",
    "matter": {"field": "CRIMINAL", "form": "LITIGATION", "story": "Bị bắt.", "other_parties": ["Vàng A Sử"]},
    "facts": {
        "sex": "MALE",
        "birth_date": "1981-03-04",
        "ethnicity": "08",
        "household": "POOR",
        "claims": {"DISABLED": "YES"},
        "detained": "YES",
        "occurred_at": "2026-11-20",
    },
    "wishes": {"sms": False, "hours_from": "18:00", "hours_to": "20:30", "speak_to": "APPLICANT"},
    "consent": {
        "purposes": ["CASE_HANDLING"],
        "given_by": "APPLICANT",
        "at": "2026-11-23T08:00:00+07:00",
        "text_version": "2026-01",
        "evidence": "recording 17",
    },
}


async def test_a_request_is_accepted_stored_and_published(intake: Intake) -> None:
    answer = await intake.ask(BODY)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["status"] == "RECEIVED"
    assert ids.is_receipt_code(receipt["receipt_code"])
    assert receipt["receipt_code_spoken"] == ids.spoken_receipt_code(receipt["receipt_code"])
    [event] = await intake.published(requests.TOPIC, 1)
    data: requests.RequestReceived = event.data
    assert (event.subject, event.sequence, event.correlation_id) == (receipt["request_id"], 1, receipt["request_id"])
    assert isinstance(data, requests.RequestReceived)
    assert data.receipt_code == receipt["receipt_code"]
    assert data.urgent
    assert data.residence is not None
    assert data.residence.province == "11"
    keys = (await intake.keyring.fetch([event.subject]))[event.subject]
    contact, facts, story = keys.open(data.contact, Contact), keys.open(data.facts, Facts), keys.open(data.story, Story)
    assert contact.person.phone == "+84912345678"
    assert contact.applicant is not None
    assert contact.applicant.phone == "+84981234567"
    assert (facts.language, facts.field, facts.birth_date.isoformat() if facts.birth_date else "") == (
        "hmn",
        "CRIMINAL",
        "1981-03-04",
    )
    assert story.residence_as_told == "xã Nà Tấu, tỉnh Điện Biên"
    assert story.other_parties == ("Vàng A Sử",)


async def test_a_resend_gets_the_first_answer_and_another_body_is_refused(intake: Intake) -> None:
    first = await intake.ask(BODY, key="k1")
    again = await intake.ask(BODY, key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    other = await intake.ask(BODY | {"address": "nơi khác"}, key="k1")
    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-key-reused")
    another_client = await intake.ask({**BODY, "channel": "APP"}, key="k1", client=APP)
    assert another_client.json()["request_id"] != first.json()["request_id"]
    assert len(await intake.published(requests.TOPIC, 2)) == 2


async def test_amendment_replaces_whole_sections_and_is_idempotent(intake: Intake) -> None:
    receipt = (await intake.ask(BODY)).json()
    request_id = receipt["request_id"]
    change = {"person": {"phone": "0987654321"}, "facts": {"sex": "FEMALE"}, "applicant": None, "consent": None}
    refused = await intake.change(request_id, change)
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/wishes/speak_to"]
    change["wishes"] = {}
    done = await intake.change(request_id, change, key="a1")
    assert done.status_code == 200, done.text
    again = await intake.change(request_id, change, key="a1")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (done.json(), "true")
    assert (await intake.change(request_id, {"address": "x"}, key="a1")).status_code == 422
    events = await intake.published(requests.TOPIC, 2)
    assert [event.sequence for event in events] == [1, 2]
    data: requests.RequestAmended = events[1].data
    keys = (await intake.keyring.fetch([request_id]))[request_id]
    contact, facts, story = keys.open(data.contact, Contact), keys.open(data.facts, Facts), keys.open(data.story, Story)
    assert (contact.person.name, contact.person.phone, contact.applicant) == (None, "+84987654321", None)
    assert (facts.sex, facts.household, facts.field, facts.language) == ("FEMALE", "UNKNOWN", "CRIMINAL", "vie")
    assert (story.text, story.address) == ("Bị bắt.", "bản Nà Luống")
    assert not data.urgent
    assert data.residence is not None
    assert await intake.keyring.matches(request_id, "+84987654321")
    assert not await intake.keyring.matches(request_id, "+84912345678")


async def test_only_the_client_that_made_it_sees_and_changes_it(intake: Intake) -> None:
    request_id = (await intake.ask(BODY)).json()["request_id"]
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/amendments", {"address": "x"}),
        ("POST", "/withdrawal", None),
    ):
        url, headers = f"/v1/requests/{request_id}{path}", intake.headers(APP, "k")
        assert (await intake.http.request(method, url, json=body, headers=headers)).status_code == 404
        unknown = f"/v1/requests/{ids.random_id()}{path}"
        headers = intake.headers(OPERATOR, "k")
        assert (await intake.http.request(method, unknown, json=body, headers=headers)).status_code == 404
        assert (await intake.http.request(method, url, json=body, headers=intake.headers(EXCHANGE))).status_code == 403
        assert (await intake.http.request(method, url, json=body)).status_code == 401


async def test_withdrawal_ends_it(intake: Intake) -> None:
    receipt = (await intake.ask(BODY)).json()
    url, headers = f"/v1/requests/{receipt['request_id']}", intake.headers(OPERATOR)
    before = (await intake.http.get(url, headers=headers)).json()
    assert (before["status"], before["updated_at"], before["urgent"]) == ("RECEIVED", receipt["received_at"], True)
    done = await intake.http.post(f"{url}/withdrawal", headers=headers)
    assert done.status_code == 200, done.text
    assert (await intake.http.post(f"{url}/withdrawal", headers=headers)).json() == done.json()
    assert (await intake.http.get(url, headers=headers)).json()["status"] == "WITHDRAWN"
    refused = await intake.change(receipt["request_id"], {"address": "x"})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "ended")
    events: list[Event[Any]] = await intake.published(requests.TOPIC, 2)
    assert [type(event.data).__name__ for event in events] == ["RequestReceived", "RequestWithdrawn"]


async def test_an_erased_request_stays_erased_when_it_is_sent_again(intake: Intake) -> None:
    first = await intake.ask(BODY, key="k1")
    request_id = first.json()["request_id"]
    await intake.keyring.erase(request_id)
    assert (await intake.ask(BODY, key="k1")).json() == first.json()
    assert await intake.keyring.fetch([request_id]) == {}
    assert (await intake.change(request_id, {"address": "x"})).status_code == 404


async def test_changes_at_once_all_happen_one_after_the_other(intake: Intake) -> None:
    request_id = (await intake.ask(BODY)).json()["request_id"]
    sections: list[dict[str, Any]] = [
        {"address": "một"},
        {"matter": {"story": "hai"}},
        {"residence": {"text": "ba"}},
        {"facts": {"birth_year": 1981}},
    ]
    answers = await asyncio.gather(*(intake.change(request_id, section) for section in sections))
    assert [answer.status_code for answer in answers] == [200] * 4
    events = await intake.published(requests.TOPIC, 5)
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]
    keys = (await intake.keyring.fetch([request_id]))[request_id]
    story, facts = keys.open(events[-1].data.story, Story), keys.open(events[-1].data.facts, Facts)
    assert (story.address, story.text, story.residence_as_told) == ("một", "hai", "ba")
    assert (facts.birth_year, facts.detained) == (1981, "UNKNOWN")


async def test_a_withdrawal_and_an_amendment_at_once_end_withdrawn(intake: Intake) -> None:
    request_id = (await intake.ask(BODY)).json()["request_id"]
    withdrawal = intake.http.post(f"/v1/requests/{request_id}/withdrawal", headers=intake.headers(OPERATOR))
    withdrawn, amended = await asyncio.gather(withdrawal, intake.change(request_id, {"address": "x"}))
    assert withdrawn.status_code == 200
    assert amended.status_code in (200, 409)
    answer = await intake.http.get(f"/v1/requests/{request_id}", headers=intake.headers(OPERATOR))
    assert answer.json()["status"] == "WITHDRAWN"
    events = await intake.published(requests.TOPIC, 2 + (amended.status_code == 200))
    assert type(events[-1].data) is requests.RequestWithdrawn


async def test_too_many_requests_of_one_number_are_refused_and_the_person_is_told_what_to_do(intake: Intake) -> None:
    body = {"channel": "APP", "person": {"phone": "0912 345 678"}, "facts": {"in_danger": "YES"}}
    keys = [ids.random_id() for _ in range(30)]
    answers = [await intake.ask(body, key=key) for key in keys]
    most = intake.settings.brake.per_phone_app
    assert [answer.status_code for answer in answers] == [201] * most + [429] * (30 - most)
    refused = answers[-1]
    assert refused.json()["type"].endswith("/too-many-requests")
    assert "1800 1233" in refused.json()["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    again = await intake.ask(body, key=keys[0])
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    other = {**body, "person": {"phone": "0981 234 567"}}
    assert (await intake.ask(other)).status_code == 201
    assert (await intake.ask({**body, "channel": "HOTLINE"})).status_code == 201


async def test_only_a_token_of_the_hotline_may_say_hotline(intake: Intake) -> None:
    body = {"channel": "HOTLINE", "person": {"name": "x"}}
    refused = await intake.ask(body, client=APP)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "forbidden")
    assert "requests:hotline" in refused.headers["WWW-Authenticate"]
    assert (await intake.ask(body, client=OPERATOR)).status_code == 201
    assert (await intake.ask({**body, "channel": "APP", "person": {"phone": "0912 345 678"}}, client=APP)).is_success


async def test_people_can_be_compared_from_the_first_moment_and_by_what_was_told_last(intake: Intake) -> None:
    first, second = [(await intake.ask(BODY)).json()["request_id"] for _ in range(2)]
    helped, other = (await intake.keyring.parties([first]))[first]
    assert set(await intake.keyring.sharing(helped.marks)) == {first, second}
    assert (helped.helped, other.helped) == (True, False)
    matter = {"field": "CRIMINAL", "others": [{"name": "Vàng A Sử", "birth_year": 1975}]}
    assert (await intake.change(second, {"matter": matter, "person": {}, "facts": {}})).status_code == 200
    [known] = (await intake.keyring.parties([second]))[second]
    assert not known.helped
    assert set(await intake.keyring.sharing(helped.marks)) == {first}


async def test_without_the_key_of_the_marks_requests_are_taken_all_the_same(
    settings: IntakeSettings, authority: Authority
) -> None:
    keyring = settings.keyring.model_copy(update={"parties": SecretStr("")})
    await create_topics(settings.kafka)
    async with started(settings.model_copy(update={"keyring": keyring}), authority) as running:
        made = (await running.ask(BODY)).json()["request_id"]
        assert await running.keyring.parties([made]) == {}
        assert (await running.change(made, {"address": "x"})).status_code == 200
