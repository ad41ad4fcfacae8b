"""``/v1/centres`` and ``/v1/places`` over real HTTP."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from dev.stack.keys import APP, DESK, OPERATOR, READER, Client, officer

from .conftest import Routing


async def get(routing: Routing, path: str, client: Client = APP, **query: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {routing.authority.token(client)}"}
    return await routing.http.get(f"/v1/{path}", headers=headers, params=query)


async def test_who_serves_a_place(routing: Routing) -> None:
    answer = (await get(routing, "centres", commune="03160")).json()
    assert answer["owner"]["code"] == "TGPL-11-CN5"
    items = {item["code"]: item for item in answer["items"]}
    assert (items["TGPL-11-CN5"]["why"], items["TGPL-11"]["why"]) == ("TAKEN", "BRANCH_SERVES")
    assert items["TGPL-11-CN5"]["hours"] == "Mo-Fr 08:00-11:30"
    assert items["TGPL-11-CN5"]["languages"] == [{"language": "hmn", "role": "COLLABORATOR"}]
    assert not any(item["verified"] or item["details_verified"] for item in answer["items"])
    assert not {"weekly_capacity", "source", "details_source"} & set(items["TGPL-11"])
    old = (await get(routing, "centres", province="10")).json()
    assert old["owner"]["code"] == "TGPL-15"
    nobody_knows = (await get(routing, "centres", province="44")).json()
    assert (nobody_knows["owner"]["code"], {item["why"] for item in nobody_knows["items"]}) == (
        "DESK",
        {"AREA_UNKNOWN"},
    )
    everywhere = (await get(routing, "centres")).json()
    assert everywhere["owner"] is None
    assert len({item["province"] for item in everywhere["items"]}) == 34
    assert {item["why"] for item in everywhere["items"]} == {None}
    codes = [item["code"] for item in everywhere["items"]]
    assert len(codes) == len(set(codes))  # of each the row of today


async def test_what_a_name_can_mean(routing: Routing) -> None:
    answer = (await get(routing, "places", q="muong nhe")).json()
    assert [(item["why"], item["name"]) for item in answer["items"]] == [
        ("COMMUNE", "xã Mường Nhé"),
        ("OLD_DISTRICT", "huyện Mường Nhé"),
    ]
    assert answer["items"][1]["why_vi"] == "huyện Mường Nhé trước ngày 1/7/2025, nay là 5 xã, phường"
    some = (await get(routing, "places", q="Tân Lập", limit=3)).json()
    assert (len(some["items"]), some["more"] > 20) == (3, True)
    narrowed = (await get(routing, "places", q="Tân Lập", province="10")).json()
    assert {item["province"] for item in narrowed["items"]} == {"15"}
    assert narrowed["more"] == 0
    assert (await get(routing, "places", q="nowhere")).json() == {"items": [], "more": 0}


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("centres", {"province": "99"}, "/query/province"),
        ("centres", {"commune": "00000"}, "/query/commune"),
        ("centres", {"province": "15", "commune": "03160"}, "/query/commune"),
        ("centres", {"commune": "3160"}, "/query/commune"),
        ("places", {}, "/query/q"),
        ("places", {"q": ""}, "/query/q"),
        ("places", {"q": "x" * 101}, "/query/q"),
        ("places", {"q": "Tân Lập", "limit": 51}, "/query/limit"),
        ("places", {"q": "Tân Lập", "province": "99"}, "/query/province"),
    ],
)
async def test_what_is_wrong_is_told(routing: Routing, path: str, query: dict[str, Any], pointer: str) -> None:
    answer = await get(routing, path, **query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_what_was_asked_for_is_in_no_log(routing: Routing) -> None:
    with capture_logs() as logs:
        assert (await get(routing, "places", q="Vàng Thị Mỷ")).json()["items"] == []
        assert (await get(routing, "places", q="Vàng Thị Mỷ", limit=0)).status_code == 422
    assert "Mỷ" not in str(logs)
    assert "M%E1" not in str(logs)


async def test_whoever_calls_needs_the_scope(routing: Routing) -> None:
    for client, status in ((APP, 200), (OPERATOR, 200), (DESK, 200), (officer("TGPL-15"), 200), (READER, 403)):
        for path, query in (("centres", {"province": "11"}), ("places", {"q": "Tân Lập"})):
            assert (await get(routing, path, client, **query)).status_code == status
    assert (await routing.http.get("/v1/centres")).status_code == 401
