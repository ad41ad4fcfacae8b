"""No reading without a record, and who may read the record."""

import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter, Depends
from fastapi import Path as PathParameter
from structlog.testing import capture_logs

from legalaid import clock, ids
from legalaid.audit import Trail, attach, recorded
from legalaid.audit.chain import Access
from legalaid.errors import TransientError
from legalaid.http import LeanRoute, Principal, create_app
from legalaid.settings import AuthSettings, MongoSettings, ServiceSettings
from legalaid.store import Store

KEY = ec.generate_private_key(ec.SECP256R1())
SUBJECT = "auth0|một cán bộ"
Who = Annotated[Principal, Depends(recorded("cases:read", "case.read"))]
CaseId = Annotated[str, PathParameter(pattern=ids.UUID_PATTERN)]
shown: list[str] = []


async def case_of(notice_id: str) -> str | None:
    return ids.request_id("case of", notice_id)


def routers() -> list[APIRouter]:
    plain, lean = APIRouter(prefix="/plain"), APIRouter(prefix="/lean", route_class=LeanRoute)
    for router in (plain, lean):

        @router.get("/{case_id}", status_code=204)
        async def one(case_id: CaseId, _who: Who) -> None:
            shown.append(case_id)

        @router.post("/notices/{notice_id}", status_code=204)
        async def decide(
            notice_id: str,
            _who: Annotated[Principal, Depends(recorded("notices:write", "notice.decide", case_of=case_of))],
        ) -> None:
            shown.append(notice_id)

    return [plain, lean]


@pytest.fixture
async def store(mongo: MongoSettings) -> AsyncIterator[Store]:
    opened = Store(mongo, app_name="audit-tests")
    yield opened
    await opened.close()


@pytest.fixture
async def trail(store: Store) -> Trail:
    opened = Trail(store, "routing")
    await opened.begin()
    return opened


@pytest.fixture
async def client(trail: Trail, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    jwks = tmp_path / "jwks.json"
    public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    jwks.write_text(json.dumps({"keys": [public | {"kid": "k"}]}))
    settings = ServiceSettings(auth=AuthSettings(jwks_file=jwks))
    app = create_app(service="t", title="t", description="d", settings=settings, routers=routers())
    attach(app, trail)
    shown.clear()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as opened:
        yield opened


def bearer(scope: str, subject: str = SUBJECT) -> dict[str, str]:
    claims = {
        "iss": "https://legalaid.local",
        "aud": "legalaid",
        "sub": subject,
        "client_id": "desk",
        "centre": "TGPL-11",
        "scope": scope,
        "exp": int(clock.real_now().timestamp()) + 60,
    }
    return {"Authorization": "Bearer " + jwt.encode(claims, KEY, "ES256", headers={"kid": "k"})}


async def search(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post("/v1/access-record/searches", json=body, headers=bearer("audit:read", "auditor"))
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]  # it is JSON


@pytest.mark.parametrize("kind", ["plain", "lean"])
async def test_what_is_read_is_on_record_with_the_person_who_read_it(client: httpx.AsyncClient, kind: str) -> None:
    case = ids.random_id()
    with capture_logs() as logs:
        answer = await client.get(f"/{kind}/{case}", headers=bearer("cases:read"))
    assert answer.status_code == 204
    assert shown == [case]
    (entry,) = (await search(client, case=case))["entries"]
    assert {name: entry[name] for name in ("action", "subject", "client", "centre", "case", "about", "sequence")} == {
        "action": "case.read",
        "subject": SUBJECT,
        "client": "desk",
        "centre": "TGPL-11",
        "case": case,
        "about": None,
        "sequence": 2,
    }
    assert entry["at"].endswith("+00:00")
    assert re.fullmatch("[0-9a-f]{32}", entry["trace"])
    assert SUBJECT not in str(logs)


@pytest.mark.parametrize("kind", ["plain", "lean"])
async def test_a_notice_is_on_record_with_its_case(client: httpx.AsyncClient, kind: str) -> None:
    notice = ids.random_id()
    assert (await client.post(f"/{kind}/notices/{notice}", headers=bearer("notices:write"))).status_code == 204
    (entry,) = (await search(client, case=ids.request_id("case of", notice)))["entries"]
    assert (entry["action"], entry["about"]) == ("notice.decide", notice)


@pytest.mark.parametrize("kind", ["plain", "lean"])
async def test_without_a_record_nothing_is_shown(
    client: httpx.AsyncClient, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_collection: object, _documents: object) -> int:
        raise TransientError("store: away")

    monkeypatch.setattr(sys.modules[Trail.__module__], "append", away)
    answer = await client.get(f"/{kind}/{ids.random_id()}", headers=bearer("cases:read"))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert shown == []


@pytest.mark.parametrize("kind", ["plain", "lean"])
async def test_who_may_not_read_is_not_on_record_and_what_is_no_id_is_not_copied(
    client: httpx.AsyncClient, kind: str
) -> None:
    assert (await client.get(f"/{kind}/{ids.random_id()}", headers=bearer("notices:write"))).status_code == 403
    assert (await client.get(f"/{kind}/0912345678", headers=bearer("cases:read"))).status_code == 422
    entries = (await search(client, subject=SUBJECT))["entries"]
    assert [(entry["action"], entry["case"]) for entry in entries] == [("case.read", None)]


async def test_only_an_auditor_reads_the_record_and_is_on_record_too(client: httpx.AsyncClient) -> None:
    for scope in ("", "cases:read cases:write notices:read notices:write"):
        answer = await client.post("/v1/access-record/searches", json={}, headers=bearer(scope))
        assert answer.status_code == 403
    (own,) = (await search(client, subject="auditor"))["entries"]
    assert own["action"] == "record.read"


async def test_it_is_read_a_page_at_a_time(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        await client.get(f"/plain/{ids.random_id()}", headers=bearer("cases:read"))
    pages, after = list[int](), 0
    while True:
        page = await search(client, subject=SUBJECT, after=after, limit=2)
        pages += [entry["sequence"] for entry in page["entries"]]
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert len(pages) == 5
    assert pages == sorted(set(pages))


@pytest.mark.parametrize(
    ("change", "readable"),
    [
        ({"$set": {"client": "another"}}, [2, 3, 4]),  # it reads well, and is not what was written
        ({"$set": {"client": 7}}, [2, 4]),
        ({"$set": {"remark": "nothing to see here"}}, [2, 4]),
        ({"$unset": {"hash": 1}}, [2, 4]),
    ],
)
async def test_a_search_over_an_altered_entry_shows_the_others_and_says_which_it_is(
    client: httpx.AsyncClient, trail: Trail, store: Store, change: dict[str, Any], readable: list[int]
) -> None:
    for subject in ("a", "a", "a"):
        await trail.record(Access(at="2026-11-24T01:02:03.004+00:00", action="case.read", subject=subject, client="d"))
    page = await search(client, subject="a")
    assert ([entry["sequence"] for entry in page["entries"]], page["altered"]) == ([2, 3, 4], [])
    await store.collection("routing", "access").update_one({"_id": 3}, change)
    page = await search(client, subject="a")
    assert ([entry["sequence"] for entry in page["entries"]], page["altered"]) == (readable, [3])
    pages = [await search(client, subject="a", after=after, limit=1) for after in (1, 2, 3)]
    assert [page["altered"] for page in pages] == [[], [3], []]
    assert [page["next_after"] for page in pages] == [2, 3, None]


async def test_a_search_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    for body in ({"case": "0912345678"}, {"limit": 0}, {"limit": 201}, {"after": -1}, {"phone": "0912345678"}):
        answer = await client.post("/v1/access-record/searches", json=body, headers=bearer("audit:read"))
        assert answer.status_code == 422, body
