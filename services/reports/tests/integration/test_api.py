import csv
import io
from typing import Any

import pytest

from dev.stack.keys import APP


async def test_the_summary_of_a_day(reports: Any) -> None:
    events = [event for name in "12" for story in reports.stories(name) for event in story]
    names = [reports.centre("Trung tâm cũ"), reports.centre("Trung tâm Điện Biên", 2)]
    await reports.publish([*names, *events, *events])
    await reports.recorded(*names, *events)

    answer = await reports.get("/v1/summary", **{"from": "2026-11-23", "to": "2026-11-23", "group_by": "centre"})
    assert answer.status_code == 200
    summary = answer.json()
    assert (summary["from"], summary["to"], summary["group_by"]) == ("2026-11-23", "2026-11-23", "centre")
    assert summary["total"]["calls"] == {"COMPLETED": 2, "MISSED": 0, "ABANDONED": 0, "unknown": 0}
    assert summary["total"]["requests"] == {"HOTLINE": 0, "APP": 2, "unknown": 0}
    assert {status: count for status, count in summary["total"]["cases"].items() if count} == {"COMPLETED": 2}
    assert {state: count for state, count in summary["total"]["notices"].items() if count} == {"SENT_TO_GATEWAY": 2}
    waits = {"count": 2, "p50_seconds": 60, "p90_seconds": 60, "max_seconds": 60}
    assert summary["total"]["received_to_opened"] == waits
    assert summary["total"]["received_to_accepted"]["p90_seconds"] == 180
    assert summary["total"]["event_to_sms"]["max_seconds"] == 120
    named = [(group["key"], group["name"]) for group in summary["groups"]]
    assert named == [("TGPL-11", "Trung tâm Điện Biên"), ("unknown", None)]

    provinces = (await reports.get("/v1/summary", **{"from": "2026-11-23", "group_by": "province"})).json()["groups"]
    assert [(group["key"], group["name"]) for group in provinces] == [
        ("11", "Điện Biên"),
        ("15", "Lào Cai"),
        ("unknown", None),
    ]

    yesterday = await reports.get("/v1/summary", **{"from": "2026-11-21", "to": "2026-11-22"})
    assert yesterday.json()["groups"] == []
    assert sum(yesterday.json()["total"]["cases"].values()) == 0


async def test_the_same_as_csv(reports: Any) -> None:
    events = [event for story in reports.stories("1") for event in story]
    await reports.publish(events)
    await reports.recorded(*events)
    query = {"from": "2026-11-23", "to": "2026-11-23", "group_by": "day"}
    by_path = await reports.get("/v1/summary.csv", **query)
    by_header = await reports.get("/v1/summary", accept="text/csv;q=0.9, */*;q=0.1", **query)
    assert by_path.text == by_header.text
    for answer in (by_path, by_header):
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == ('attachment; filename="summary-day-2026-11-23-2026-11-23.csv"')
    rows = list(csv.DictReader(io.StringIO(by_path.content.decode("utf-8-sig"))))
    assert [row["day"] for row in rows] == ["2026-11-23", "total"]
    assert [row["requests.APP"] for row in rows] == ["1", "1"]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-24", "to": "2026-11-23"},
        {"from": "2024-01-01", "to": "2026-11-23"},
        {"from": "yesterday"},
        {"group_by": "name"},
    ],
)
async def test_what_cannot_be_asked(reports: Any, query: dict[str, str]) -> None:
    answer = await reports.get("/v1/summary", **query)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"].startswith("/query/")
    assert "yesterday" not in answer.text


async def test_only_readers_may_ask(reports: Any) -> None:
    assert (await reports.http.get("/v1/summary")).status_code == 401
    other = {"Authorization": f"Bearer {reports.authority.token(APP)}"}
    for path in ("/v1/summary", "/v1/summary.csv"):
        assert (await reports.http.get(path, headers=other)).status_code == 403
