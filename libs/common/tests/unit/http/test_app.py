from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Path, Query
from fastapi.routing import APIRoute
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.requests import Request
from starlette.responses import Response
from structlog.typing import EventDict

from legalaid.errors import TransientError
from legalaid.events.words import Channel
from legalaid.health import Check
from legalaid.http import LeanRoute, Principal, Problem, create_app, idempotency_key, require
from legalaid.settings import AuthSettings, HttpSettings, ServiceSettings
from legalaid.telemetry import metrics, tracing

PLANTED = "Giàng Thị Mỷ 0912345678"


class Made(BaseModel):
    name: str
    key: str
    client: str
    centre: str | None
    thing: str


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    year: int = Field(ge=1900)


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=60, pattern=r"^[^0-9]*$")
    channel: Channel = Channel.APP
    inner: list[Inner] = []
    by_key: dict[str, int] = {}

    @field_validator("name")
    @classmethod
    def _no_digits(cls, name: str) -> str:
        if "!" in name:
            message = f"{name} has a mark"  # a validator that quotes: its words must not get out
            raise ValueError(message)
        return name


async def make(
    thing: str,
    who: Annotated[Principal, Depends(require("requests:write"))],
    key: Annotated[str, Depends(idempotency_key)],
    body: Body,
) -> Made:
    return Made(name=body.name, key=key, client=who.client, centre=who.centre, thing=thing)


async def fail(kind: str) -> None:
    raise {"transient": TransientError(PLANTED), "bug": RuntimeError(PLANTED)}.get(kind) or Problem(
        409, "conflict", "Already so", retry_after=3
    )


async def limited(limit: Annotated[int, Query(le=10)], thing: Annotated[str, Path(pattern="^[a-z]+$")]) -> int:
    return limit + len(thing)


async def shout(thing: Annotated[str, Path(pattern="^[a-z]+$")], request: Request) -> Response:
    return Response(f"{request.method} {thing}")


def a_router(route_class: type[APIRoute]) -> APIRouter:
    router = APIRouter(route_class=route_class)
    router.post("/v1/things/{thing}", status_code=201)(make)
    router.post("/v1/raise/{kind}")(fail)
    router.get("/v1/limited/{thing}")(limited)
    router.get("/v1/shout/{thing}")(shout)
    return router


@pytest.fixture(params=[LeanRoute, APIRoute])
async def client(issuer: Any, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    router = a_router(request.param)
    settings = ServiceSettings(http=HttpSettings(body_limit_bytes=1000), auth=AuthSettings(jwks_file=issuer.jwks))
    app = create_app(service="test", title="Test", description="For tests.", settings=settings, routers=[router])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.fixture
def good(issuer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(centre='TGPL-11')}", "Idempotency-Key": "k-1"}


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"].endswith(slug)
    assert body["status"] == status
    assert len(body["trace_id"]) == 32
    assert "Giàng" not in answer.text
    assert "0912345678" not in answer.text
    return body


async def test_two_authorization_headers_are_one_too_many(client: httpx.AsyncClient, good: dict[str, str]) -> None:
    for other in (good["Authorization"], "Bearer x"):
        headers = [*good.items(), ("Authorization", other)]
        answer = await client.post("/v1/things/a", headers=headers, json={"name": "x"})
        assert problem(answer, 401, "unauthorized")["detail"] == "Send one Authorization header."


async def test_a_good_request_is_answered_with_the_headers_of_an_api(client: Any, good: Any) -> None:
    answer = await client.post("/v1/things/a", json={"name": "x"}, headers=good)
    assert answer.status_code == 201
    assert answer.json() == {
        "name": "x",
        "key": "k-1",
        "client": "hotline",
        "centre": "TGPL-11",
        "thing": "a",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": PLANTED}, "/name", "string_pattern_mismatch"),
        ({"name": "Giàng!"}, "/name", "value_error"),
        ({"name": "Giàng" * 30}, "/name", "string_too_long"),
        ({}, "/name", "missing"),
        ({"name": ["Giàng"]}, "/name", "string_type"),
        ({"name": "a", "channel": PLANTED}, "/channel", "enum"),
        ({"name": "a", PLANTED: 1}, "/*", "extra_forbidden"),
        ({"name": "a", "inner": [{"year": 1950}, {"year": 3}]}, "/inner/1/year", "greater_than_equal"),
        ({"name": "a", "inner": [{"year": PLANTED}]}, "/inner/0/year", "int_parsing"),
        ({"name": "a", "by_key": {PLANTED: "Giàng"}}, "/by_key/*", "int_parsing"),
        ({"name": "a", "by_key": {"Giang": "Giàng"}}, "/by_key/*", "int_parsing"),
        ("Giàng", "", "model_type"),
    ],
)
async def test_validation_points_at_what_to_mend_and_repeats_nothing(
    client: Any, good: Any, body: Any, pointer: str, code: str
) -> None:
    answer = await client.post("/v1/things/a", json=body, headers=good)
    errors = problem(answer, 422, "invalid")["errors"]
    found = [(error["pointer"], error["code"].replace("model_attributes_type", "model_type")) for error in errors]
    assert found == [(pointer, code)]
    assert "Giang" not in answer.text
    assert errors[0]["detail"]


async def test_other_places_have_pointers_too(client: Any) -> None:
    answer = await client.get("/v1/limited/a?limit=99")
    assert problem(answer, 422, "invalid")["errors"][0] == {
        "pointer": "/query/limit",
        "detail": "At most 10.",
        "code": "less_than_equal",
    }


async def test_path_parameters_are_checked(client: Any) -> None:
    assert (await client.get("/v1/shout/abc")).text == "GET abc"
    assert (await client.get("/v1/limited/abc?limit=1")).json() == 4
    for path in (f"/v1/shout/{PLANTED}", f"/v1/limited/{PLANTED}?limit=1"):
        (error,) = problem(await client.get(path), 422, "invalid")["errors"]
        assert (error["pointer"], error["code"]) == ("/path/thing", "string_pattern_mismatch")


async def test_who_may_not_ask_learns_nothing_of_the_body(client: Any, issuer: Any, good: Any) -> None:
    nobody = await client.post("/v1/things/a", json={"name": "a"})
    problem(nobody, 401, "unauthorized")
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    headers = good | {"Authorization": f"Bearer {issuer.token('other:scope')}"}
    other = await client.post("/v1/things/a", json={"name": "a"}, headers=headers)
    problem(other, 403, "forbidden")
    assert 'scope="requests:write"' in other.headers["www-authenticate"]


async def test_what_is_no_json_is_400(client: Any, good: Any) -> None:
    headers = good | {"Content-Type": "application/json"}
    problem(await client.post("/v1/things/a", content=f'{{"name": "{PLANTED}', headers=headers), 400, "malformed-json")


async def test_bytes_that_are_no_text_are_400(client: Any, good: Any) -> None:
    headers = good | {"Content-Type": "application/json"}
    problem(await client.post("/v1/things/a", content=b'{"name": "\xff\xfe"}', headers=headers), 400, "")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_media_type_is_415(client: Any, good: Any, content_type: str) -> None:
    headers = good | {"Content-Type": content_type}
    answer = await client.post("/v1/things/a", content=b'{"name": "a"}', headers=headers)
    problem(answer, 415, "unsupported-media-type")


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size):
        yield b" " * 100


async def test_a_body_over_the_limit_is_413_by_its_length_or_by_counting(client: Any, good: Any) -> None:
    headers = good | {"Content-Type": "application/json"}
    body = b'{"name": "a"}' + b" " * 2000
    problem(await client.post("/v1/things/a", content=body, headers=headers), 413, "too-large")
    problem(await client.post("/v1/things/a", content=_pieces(30), headers=headers), 413, "too-large")
    lying = headers | {"Content-Length": "-5"}
    problem(await client.post("/v1/things/a", content=body, headers=lying), 413, "too-large")


async def test_a_streamed_body_under_the_limit_is_read(client: Any, good: Any) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"name"'
        yield b': "a"}'

    headers = good | {"Content-Type": "application/json"}
    assert (await client.post("/v1/things/a", content=pieces(), headers=headers)).status_code == 201
    headers["Content-Type"] = "text/plain"
    problem(await client.post("/v1/things/a", content=pieces(), headers=headers), 415, "unsupported-media-type")


async def test_unknown_paths_and_methods(client: Any) -> None:
    problem(await client.get(f"/v1/{PLANTED}"), 404, "not-found")
    answer = await client.delete("/v1/things/a")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


async def test_failures_inside(client: Any) -> None:
    answer = await client.post("/v1/raise/transient")
    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "2"
    problem(await client.post("/v1/raise/bug"), 500, "internal")
    answer = await client.post("/v1/raise/other")
    problem(answer, 409, "conflict")
    assert answer.headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("abc-123", "abc-123"),
        ('"abc 123"', "abc 123"),
        (r'"a\"b\\c"', r'a"b\c'),
        ("dGVzdA==", "dGVzdA=="),
        ("k" * 255, "k" * 255),
    ],
)
async def test_idempotency_keys_that_are_read(client: Any, good: Any, header: str, key: str) -> None:
    answer = await client.post("/v1/things/a", json={"name": "a"}, headers=good | {"Idempotency-Key": header})
    assert answer.json()["key"] == key


@pytest.mark.parametrize("header", ["", '""', "a b", "k" * 256, '"open', '"a"b"', "a,b", '"\t"', "{}"])
async def test_idempotency_keys_that_are_refused(client: Any, good: Any, header: str) -> None:
    answer = await client.post("/v1/things/a", json={"name": "a"}, headers=good | {"Idempotency-Key": header})
    problem(answer, 400, "idempotency-key-malformed")


async def test_a_missing_idempotency_key_is_400(client: Any, good: Any) -> None:
    del good["Idempotency-Key"]
    answer = await client.post("/v1/things/a", json={"name": "a"}, headers=good)
    problem(answer, 400, "idempotency-key-missing")


TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


async def test_the_callers_trace_id_is_in_the_problem(client: Any, good: Any) -> None:
    answer = await client.post("/v1/raise/bug", headers=good | PARENT)
    assert answer.json()["trace_id"] == TRACE
    other = await client.post("/v1/raise/bug", headers=good | {"traceparent": f"00-{PLANTED}".encode()})
    problem(other, 500, "internal")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Basic abc"}])
async def test_a_stranger_chooses_no_trace(client: Any, headers: Any) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(0)))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    plain = await client.post("/v1/raise/bug", headers=headers | PARENT)
    tracing.use(provider)
    try:
        traced = await client.post("/v1/raise/bug", headers=headers | PARENT)
    finally:
        tracing.use(None)
    assert TRACE not in plain.text + traced.text
    assert plain.json()["trace_id"]
    assert traced.json()["trace_id"]
    assert exporter.get_finished_spans() == ()


async def test_who_goes_away_in_the_middle_of_a_body_is_no_failure_of_ours(
    client: Any, good: Any, lines: list[EventDict]
) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        assert message.get("status") != 500  # nobody hears it, but it would be counted

    headers = good | {"content-type": "application/json", "content-length": "10"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/things/a",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    labels = {"method": "POST", "route": "/v1/things/{thing}", "status": "500"}
    name = "legalaid_http_request_duration_seconds_count"
    failed = metrics.REGISTRY.get_sample_value(name, labels)
    await client._transport.app(scope, receive, send)
    assert metrics.REGISTRY.get_sample_value(name, labels) == failed
    assert [line["log_level"] for line in lines if line["log_level"] != "info"] == []


async def test_each_request_is_observed_by_its_template(client: Any) -> None:
    def count(route: str, status: str) -> float:
        labels = {"method": "POST", "route": route, "status": status}
        return metrics.REGISTRY.get_sample_value("legalaid_http_request_duration_seconds_count", labels) or 0.0

    before = count("/v1/raise/{kind}", "500")
    await client.post("/v1/raise/bug")
    assert count("/v1/raise/{kind}", "500") == before + 1
    text = (await client.get("/metrics")).text
    assert "legalaid_http_request_duration_seconds_bucket" in text
    assert PLANTED not in text


async def test_a_scraper_that_asks_for_it_gets_open_metrics_with_exemplars(client: Any, good: Any) -> None:
    tracing.use(TracerProvider())
    try:
        await client.post("/v1/raise/bug", headers=good | PARENT)
    finally:
        tracing.use(None)
    open_ = await client.get(
        "/metrics", headers={"accept": "application/openmetrics-text;version=abc,text/plain;q=0.1"}
    )
    assert open_.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert '# {trace_id="0af7651916cd43dd8448eb211c80319c"}' in open_.text
    assert open_.text.endswith("# EOF\n")
    plain = await client.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain")
    assert "0af7651916cd43dd8448eb211c80319c" not in plain.text


async def test_health() -> None:
    live, ready = Check("consumer", ok=True), Check("store", ok=True)

    async def is_ready() -> Check:
        return ready

    app = create_app(
        service="test",
        title="t",
        description="d",
        settings=ServiceSettings(),
        routers=[],
        live=[lambda: live],
        ready=[is_ready],
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/livez")).json() == {
            "ok": True,
            "checks": [{"name": "consumer", "ok": True, "detail": ""}],
        }
        assert (await client.get("/readyz")).status_code == 200
        ready = Check("store", ok=False, detail="no primary")
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"][0]["detail"]) == (503, "no primary")
        assert (await client.get("/livez")).status_code == 200
        live = Check("consumer", ok=False, detail="lag without progress")
        assert (await client.get("/livez")).status_code == 503


async def test_the_description_names_problems_and_scopes(client: Any) -> None:
    document = (await client.get("/openapi.json")).json()
    operation = document["paths"]["/v1/things/{thing}"]["post"]
    assert operation["security"] == [{"bearer": ["requests:write"]}]
    for status in ("400", "401", "403", "413", "415", "422", "500", "503"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"], status
    key = next(one for one in operation["parameters"] if one["in"] == "header")
    assert (key["name"], key["required"]) == ("Idempotency-Key", True)
    assert list(document["components"]["securitySchemes"]) == ["bearer"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert (await client.get("/docs")).status_code == 200
