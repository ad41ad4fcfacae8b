import httpx
import pytest

from dev.pager.app import _KEPT, create_pager

ALERT = {
    "status": "firing",
    "labels": {"alertname": "ServiceDown", "severity": "page", "job": "intake"},
    "annotations": {"summary": "intake không chạy (ServiceDown)", "runbook": "docs/runbooks/ServiceDown.md"},
    "startsAt": "2026-11-24T12:00:00.000Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
    "fingerprint": "7dc8b5b0c2f0c7a1",
}
MESSAGE = {
    "receiver": "page",
    "status": "firing",
    "alerts": [ALERT],
    "groupLabels": {"alertname": "ServiceDown"},
    "commonLabels": {"alertname": "ServiceDown"},
    "commonAnnotations": {},
    "externalURL": "http://alertmanager:9093",
    "version": "4",
    "groupKey": '{}/{severity="page"}:{alertname="ServiceDown"}',
    "truncatedAlerts": 0,
}


def _told(**changed: object) -> dict[str, object]:
    return {**MESSAGE, "alerts": [{**ALERT, **changed}]}


@pytest.fixture
async def pager() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_pager()), base_url="http://pager")


async def test_a_ring_that_is_told_again_is_one_ring(pager: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await pager.post("/v1/alerts", json=MESSAGE)).status_code == 204
    [ring] = (await pager.get("/v1/rings")).json()
    assert (ring["alarm"], ring["receiver"], ring["times"], ring["ended_at"]) == ("ServiceDown", "page", 3, None)
    assert ring["annotations"]["runbook"] == "docs/runbooks/ServiceDown.md"


async def test_its_end_ends_it_and_what_still_rings_stands_first(pager: httpx.AsyncClient) -> None:
    await pager.post("/v1/alerts", json=_told(fingerprint="other"))
    await pager.post("/v1/alerts", json=MESSAGE)
    await pager.post("/v1/alerts", json=_told(status="resolved", endsAt="2026-11-24T12:09:00Z"))
    rings = (await pager.get("/v1/rings")).json()
    assert [ring["ended_at"] for ring in rings] == [None, "2026-11-24T12:09:00Z"]


async def test_the_same_alarm_on_another_day_is_another_ring(pager: httpx.AsyncClient) -> None:
    await pager.post("/v1/alerts", json=MESSAGE)
    await pager.post("/v1/alerts", json=_told(startsAt="2026-11-25T12:00:00Z"))
    assert len((await pager.get("/v1/rings")).json()) == 2


async def test_what_is_no_message_of_alertmanager_is_refused(pager: httpx.AsyncClient) -> None:
    for wrong in ({**MESSAGE, "version": "3"}, {**MESSAGE, "alerts": []}, _told(status="unknown"), {}):
        assert (await pager.post("/v1/alerts", json=wrong)).status_code == 422
    assert (await pager.get("/v1/rings")).json() == []


async def test_a_storm_does_not_fill_the_memory(pager: httpx.AsyncClient) -> None:
    storm = [{**ALERT, "fingerprint": str(number)} for number in range(_KEPT + 5)]
    await pager.post("/v1/alerts", json={**MESSAGE, "alerts": storm})
    assert len((await pager.get("/v1/rings")).json()) == _KEPT


async def test_people_see_a_page(pager: httpx.AsyncClient) -> None:
    assert "Cảnh báo" in (await pager.get("/")).text
