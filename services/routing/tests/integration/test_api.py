"""``/v1/cases`` over real HTTP."""

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from dev.stack.keys import DESK, OPERATOR, Client, officer
from legalaid import ids
from legalaid.audit import Trail
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import Custody, Household, LawField, Role, Status

from .conftest import Routing

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
POOR = Facts(household=Household.POOR, field=LawField.CIVIL)
CENTRE, BRANCH, OTHER = officer("TGPL-11"), officer("TGPL-11-CN5"), officer("TGPL-15")


@pytest.fixture
async def request_id(routing: Routing) -> str:
    """An eligible request in the hands of a branch."""
    made = ids.random_id()
    await routing.known(made)
    await routing.publish(routing.told.received(made, facts=POOR))
    await routing.case(made)
    return made


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


async def listed(routing: Routing, client: Client, **query: Any) -> list[str]:
    answer = await routing.get("", client, **query)
    assert answer.status_code == 200, answer.text
    return [item["case_id"] for item in answer.json()["items"]]


async def test_who_sees_what(routing: Routing, request_id: str) -> None:
    lost, call, capital = ids.random_id(), ids.random_id(), ids.random_id()
    await routing.known(lost, call, capital)
    await routing.publish(
        routing.told.received(lost, residence=None),
        routing.told.owed(call),
        routing.told.received(capital, residence=Place(province="11", commune="03127")),
    )
    for each in (lost, call, capital):
        await routing.case(each)
    assert await listed(routing, BRANCH) == [request_id]
    assert set(await listed(routing, CENTRE)) == {request_id, capital}
    assert await listed(routing, OTHER) == []
    assert set(await listed(routing, DESK)) == {lost, call}
    for client, case, status in (
        (BRANCH, request_id, 200),
        (CENTRE, request_id, 200),
        (OTHER, request_id, 404),
        (DESK, request_id, 404),
        (BRANCH, capital, 404),
        (BRANCH, ids.random_id(), 404),
        (DESK, call, 200),
    ):
        assert (await routing.get(f"/{case}", client)).status_code == status
    assert (await routing.get("", OPERATOR)).status_code == 403
    assert (await routing.get("", Client("nobody", "officer", ("cases:read",)))).status_code == 403
    reader = Client("reader", "officer", ("cases:read",), "TGPL-11-CN5")
    assert (await routing.command(request_id, "accept", reader)).status_code == 403


async def test_pages_of_the_work_list(routing: Routing) -> None:
    many = [ids.random_id() for _ in range(7)]
    await routing.known(*many)
    urgent = set(many[:2])
    await routing.publish(*(routing.told.received(each, urgent=each in urgent) for each in many))
    for each in many:
        await routing.case(each)
    pages: list[list[dict[str, Any]]] = []
    cursor: dict[str, Any] = {}
    while not pages or cursor["cursor"]:
        page = (await routing.get("", CENTRE, limit=3, **cursor)).json()
        pages.append(page["items"])
        cursor = {"cursor": page["next_cursor"]}
    assert [len(page) for page in pages] == [3, 3, 1]
    items = [item for page in pages for item in page]
    assert {item["case_id"] for item in items} == set(many)
    assert [item["due_at"] for item in items] == sorted(item["due_at"] for item in items)
    assert {item["case_id"] for item in items[:2]} == urgent
    soon = (AT + timedelta(hours=5)).isoformat()
    assert set(await listed(routing, CENTRE, due_before=soon)) == urgent
    assert await listed(routing, CENTRE, status="ACCEPTED") == []
    for wrong in ("nonsense", _cursor("0001-01-01T00:00:00+14:00 x"), _cursor("2026-11-23T02:00:00 x")):
        assert (await routing.get("", CENTRE, cursor=wrong)).status_code == 422, wrong
    await routing.publish(*(routing.told.withdrawn(each, AT) for each in many[:4]))
    for each in many[:4]:
        await routing.case(each, status=Status.WITHDRAWN)
    assert set(await listed(routing, CENTRE)) == set(many[4:])
    first = (await routing.get("", CENTRE, status="WITHDRAWN", limit=3)).json()
    rest = (await routing.get("", CENTRE, status="WITHDRAWN", limit=3, cursor=first["next_cursor"])).json()
    ended = [item["case_id"] for item in first["items"] + rest["items"]]
    assert ended == sorted(many[:4])


async def test_an_officer_reads_all_and_leaves_a_trace(routing: Routing, request_id: str) -> None:
    with capture_logs() as logs:
        answer = await routing.get(f"/{request_id}", BRANCH)
    body = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["contact"]["person"]["name"] == "Vàng Thị Mỷ"
    assert body["facts"]["household"] == "POOR"
    assert body["story"]["text"] == "Bị đánh."
    assert body["decision"]["outcome"] == "ELIGIBLE"
    assert body["decision"]["categories"][0]["article"] == "Điều 7 khoản 2"
    assert body["proof"]["papers"][0]["text_vi"] == "Giấy chứng nhận hộ nghèo."
    assert any("xin xác nhận của cơ quan đã cấp" in notice for notice in body["proof"]["notices_vi"])
    assert any(candidate["taken"] and not candidate["verified"] for candidate in body["decision"]["candidates"])
    assert BRANCH.subject not in str(logs)


async def test_who_opened_and_who_commanded_is_on_record(routing: Routing, request_id: str) -> None:
    await listed(routing, BRANCH)
    await routing.get(f"/{request_id}", BRANCH)
    await routing.get(f"/{request_id}", OTHER)
    await routing.command(request_id, "accept", BRANCH)
    await routing.command(request_id, "return", CENTRE, {"reason": "OUT_OF_AREA"})
    await routing.command(request_id, "assign", DESK, {"owner": "TGPL-11"})
    await routing.command(request_id, "callback-done", DESK)
    trail = Trail(routing.store, "routing")
    found = [each.entry for each in await trail.find(case=request_id, subject=None, after=0, limit=10)]
    assert [(entry.action, entry.subject, entry.centre) for entry in found if entry] == [
        ("case.read", BRANCH.subject, BRANCH.centre),
        ("case.read", OTHER.subject, OTHER.centre),
        ("case.accept", BRANCH.subject, BRANCH.centre),
        ("case.return", CENTRE.subject, CENTRE.centre),
        ("case.assign", DESK.subject, "DESK"),
        ("case.callback-done", DESK.subject, "DESK"),
    ]
    (looked,) = await trail.find(case=None, subject=BRANCH.subject, after=0, limit=1)
    assert looked.entry
    assert looked.entry.action == "cases.list"


async def test_an_erased_case_is_gone(routing: Routing, request_id: str) -> None:
    await routing.keyring.erase(request_id)
    answer = await routing.get(f"/{request_id}", BRANCH)
    assert answer.status_code == 410
    assert answer.json()["type"].endswith("/erased")
    assert (await routing.command(request_id, "return", BRANCH, {"reason": "OUT_OF_AREA"})).status_code == 200
    assert (await routing.command(request_id, "assign", DESK, {"owner": "TGPL-11"})).status_code == 410


async def test_a_command_is_done_once(routing: Routing, request_id: str) -> None:
    first = await routing.command(request_id, "accept", BRANCH, key="k1")
    assert first.status_code == 200
    assert (first.json()["status"], first.json()["next_action"]) == ("ACCEPTED", "APPOINT_PROVIDER")
    assert (await routing.command(request_id, "accept", BRANCH, key="k1")).json() == first.json()
    assert (await routing.command(request_id, "return", BRANCH, {"reason": "OUT_OF_AREA"}, key="k1")).status_code == 422
    moved_on = await routing.command(request_id, "accept", BRANCH, key="k2")
    assert moved_on.status_code == 409
    assert "ACCEPTED" in moved_on.json()["detail"]
    assert (await routing.command(request_id, "return", BRANCH, {"reason": "OUT_OF_AREA"})).status_code == 409
    assert len(await routing.published(2)) == 2


def _hours(case: dict[str, Any], name: str) -> float:
    return (datetime.fromisoformat(case[name]) - datetime.fromisoformat(case["changed_at"])) / timedelta(hours=1)


async def test_by_when_a_provider_is_appointed_hangs_on_what_is_sealed(routing: Routing, request_id: str) -> None:
    arrested, remanded, erased = ids.random_id(), ids.random_id(), ids.random_id()
    await routing.known(arrested, remanded, erased)
    for made, custody in ((arrested, Custody.ARRESTED), (remanded, Custody.ON_REMAND), (erased, Custody.NONE)):
        facts = POOR.model_copy(update={"custody": custody})
        await routing.publish(routing.told.received(made, facts=facts))
        await routing.case(made)
    await routing.keyring.erase(erased)
    usual, twelve, at_once, strictest = [
        (await routing.command(made, "accept", BRANCH)).json() for made in (request_id, arrested, remanded, erased)
    ]
    assert [case["urgent"] for case in (usual, twelve, at_once, strictest)] == [False, True, True, False]
    assert _hours(usual, "due_at") > 24
    assert usual["legal_due_at"] > usual["due_at"]
    assert (_hours(twelve, "due_at"), _hours(twelve, "legal_due_at")) == (12, 12)
    assert usual["legal_basis"] == twelve["legal_basis"] == "luat-11-2017.31.2"
    assert (_hours(at_once, "due_at"), at_once["legal_due_at"]) == (1, None)
    assert (_hours(strictest, "due_at"), _hours(strictest, "legal_due_at")) == (1, 12)
    seen = (await routing.get(f"/{arrested}", BRANCH)).json()
    assert [limit["code"] for limit in seen["limits"]] == [
        "APPOINT_ARRESTED_HELD",
        "PROOF_AFTER_IMMEDIATE_EXTREME_AREA",
    ]
    assert seen["limits"][0]["ends_at"] == twelve["legal_due_at"]


async def test_a_resend_is_answered_after_the_case_has_left(routing: Routing, request_id: str) -> None:
    body = {"reason": "CANNOT_SERVE"}
    assert (await routing.command(request_id, "return", BRANCH, body, key="k1")).status_code == 200
    assert (await routing.command(request_id, "return", BRANCH, body, key="k1")).status_code == 200
    assert (await routing.command(request_id, "return", BRANCH, body, key="k2")).status_code == 404
    assert (await routing.get(f"/{request_id}", BRANCH)).status_code == 404


async def test_the_desk_finds_a_centre(routing: Routing, request_id: str) -> None:
    assert (await routing.command(request_id, "assign", BRANCH, {"owner": "TGPL-15"})).status_code == 403
    assert (await routing.command(request_id, "return", CENTRE, {"reason": "OUT_OF_AREA"})).status_code == 200
    assert (await routing.command(request_id, "accept", DESK)).status_code == 409
    for unknown in ("TGPL-99", "DESK"):
        answer = await routing.command(request_id, "assign", DESK, {"owner": unknown})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/owner"
    answer = await routing.command(request_id, "assign", DESK, {"owner": "TGPL-15"})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["routing_reason"]) == ("ASSIGNED", "DESK_FOUND")
    decision = (await routing.get(f"/{request_id}", OTHER)).json()["decision"]
    assert decision["owner"] == "TGPL-15"
    assert "Bàn tiếp nhận quốc gia giao" in decision["explanation_vi"][-1]


async def test_the_desk_calls_back(routing: Routing, request_id: str) -> None:
    call = ids.random_id()
    await routing.known(call)
    await routing.publish(routing.told.owed(call))
    await routing.case(call)
    assert (await routing.get(f"/{call}", DESK)).json()["contact"]["person"]["phone"] == "+84912345678"
    assert (await routing.command(call, "accept", DESK)).status_code == 409
    assert (await routing.command(call, "assign", DESK, {"owner": "TGPL-11"})).status_code == 409
    done = await routing.command(call, "callback-done", DESK)
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    assert (await routing.command(call, "callback-done", DESK)).status_code == 409
    assert (await routing.command(request_id, "callback-done", DESK)).status_code == 404


async def test_an_officer_sees_which_centres_can_be_offered(routing: Routing) -> None:
    accused = Facts(household=Household.POOR, role=Role.ACCUSED)
    abroad, home = ids.random_id(), ids.random_id()
    await routing.known(abroad, home)
    await routing.publish(
        routing.told.received(abroad, facts=accused, matter_place=Place(province="15")),
        routing.told.received(home, facts=accused),
    )
    await routing.case(abroad)
    await routing.case(home)
    offered = (await routing.get(f"/{abroad}", BRANCH)).json()["offers"]
    other = {"code": "TGPL-15", "name": "Trung tâm TGPL nhà nước tỉnh Lào Cai", "ground": "ARTICLE_26_1"}
    assert other in offered
    assert other not in (await routing.get(f"/{home}", BRANCH)).json()["offers"]
    monday = date(2026, 11, 23)
    assert await routing.collections.open_cases(frozenset({"TGPL-11-CN5", "TGPL-15"}), monday) == {"TGPL-11-CN5": 2}
    assert await routing.collections.open_cases(frozenset({"TGPL-11-CN5"}), monday + timedelta(days=1)) == {}
    assert await routing.collections.open_cases(frozenset(), monday) == {}
