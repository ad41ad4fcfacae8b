"""Bodies that nobody sends by mistake: each is refused with a problem that repeats nothing of it, none is a 5xx."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, NoReturn

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Message

from legalaid.events.words import Answer, Claim
from legalaid.http import LeanRoute, Principal, create_app, require
from legalaid.settings import HttpSettings, ServiceSettings

PLANTED = "GiangThiMy0912345678"
LIMIT = HttpSettings().body_limit_bytes
LONGEST_ANSWER = 16 * 1024
"""A refusal must not be many times what was sent: it would let a stranger make us send much for little."""
DEEP = 30_000


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=60)
    year: int = 1990
    share: float = 0.5
    claims: dict[Claim, Answer] = {}


def a_body(**fields: Any) -> bytes:
    return json.dumps({"name": PLANTED, **fields}).encode()


def with_value(name: str, value: str) -> bytes:
    """A body in which a field has what no serializer writes."""
    return f'{{"{name}": {value}, "name": "{PLANTED}", "unknown": 1}}'.encode()


HOSTILE: dict[str, tuple[bytes, set[int]]] = {
    "deep arrays": (b"[" * DEEP + b"]" * DEEP, {400}),
    "deep arrays in a field": (with_value("claims", "[" * DEEP + "]" * DEEP), {400}),
    "deep arrays that never end": (b"[" * DEEP, {400}),
    "deep objects": (b'{"name":' * 5_000 + b"1" + b"}" * 5_000, {400}),
    "arrays as deep as a parser may go": (with_value("claims", "[" * 150 + "]" * 150), {422}),
    "lone high surrogate": (with_value("name", rf'"{PLANTED}\ud800"'), {400, 422}),
    "lone low surrogate": (b'{"name": "\\udfff' + PLANTED.encode() + b'"}', {400, 422}),
    "lone surrogate as a key": (b'{"name": "a", "\\ud800' + PLANTED.encode() + b'": 1}', {400, 422}),
    "invalid UTF-8": (b'{"name": "' + PLANTED.encode() + b'\xff\xfe"}', {400}),
    "overlong UTF-8": (b'{"name": "' + PLANTED.encode() + b'\xc0\xaf"}', {400}),
    "UTF-8 of a surrogate": (b'{"name": "' + PLANTED.encode() + b'\xed\xa0\x80"}', {400}),
    "UTF-16 with a BOM": (json.dumps({"name": PLANTED}).encode("utf-16"), {400}),
    "UTF-32 with a BOM": (json.dumps({"name": PLANTED}).encode("utf-32"), {400}),
    "UTF-8 BOM": (b"\xef\xbb\xbf" + a_body(), {400}),
    "NaN": (with_value("share", "NaN"), {400, 422}),
    "Infinity": (with_value("share", "-Infinity"), {400, 422}),
    "1e400": (with_value("year", "1e400"), {400, 422}),
    "1e400 as a fraction": (with_value("share", "1e400"), {400, 422}),
    "a number of 5,000 digits": (with_value("year", "7" * 5_000), {400, 422}),
    "a number of 5,000 digits for a text": (b'{"name": ' + b"7" * 5_000 + b"}", {400, 422}),
    "an operator for a text": (b'{"name": {"$gt": ""}}', {422}),
    "an operator for a number": (a_body(year={"$ne": PLANTED}), {422}),
    "an operator for a map": (a_body(claims={"$where": PLANTED}), {422}),
    "a list for a text": (b'{"name": ["' + PLANTED.encode() + b'"]}', {422}),
    "a field twice, the other a wrong one": (b'{"name": "a", "name": {"a": "' + PLANTED.encode() + b'"}}', {422}),
    "1,000 claims": (a_body(claims={f"{PLANTED}{number}": "YES" for number in range(1_000)}), {422}),
    "1,000 unknown fields": (a_body(**{f"{PLANTED}{number}": 1 for number in range(1_000)}), {422}),
    "one byte too many": (a_body() + b" " * (LIMIT + 1 - len(a_body())), {413}),
    "no body": (b"", {400, 422}),
    "blanks": (b" \r\n\t ", {400, 422}),
    "null": (b"null", {422}),
    "a text": (f'"{PLANTED}"'.encode(), {422}),
    "two documents": (a_body() + a_body(), {400}),
    "a comma too many": (b'{"name": "' + PLANTED.encode() + b'",}', {400}),
    "a comment": (b"/* " + PLANTED.encode() + b" */ " + a_body(), {400}),
    "a NUL": (a_body() + b"\x00", {400}),
}
BOMB = gzip.compress(a_body() + b" " * 10_000_000)
TYPES = (
    "",
    "text/plain",
    "text/json",
    "application/jsonp",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=application/json",
    "application/cloudevents+json",
    "application/json, text/plain",
    PLANTED,
)


async def take(body: Body) -> Body:
    return body


def a_client(route_class: type[APIRoute]) -> httpx.AsyncClient:
    router = APIRouter(route_class=route_class)
    router.post("/take")(take)
    return httpx.AsyncClient(transport=httpx.ASGITransport(an_app(router)), base_url="http://t")


def an_app(router: APIRouter) -> FastAPI:
    return create_app(service="t", title="t", description="d", settings=ServiceSettings(), routers=[router])


@pytest.fixture
def client() -> httpx.AsyncClient:
    return a_client(LeanRoute)


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body[:5]
    yield body[5:]


async def send(client: httpx.AsyncClient, body: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    return await client.post("/take", content=body, headers={"Content-Type": "application/json"} | headers)


def refused(answer: httpx.Response, statuses: set[int]) -> None:
    assert answer.status_code in statuses, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert PLANTED[:8] not in answer.text
    assert "0912345678" not in answer.text
    assert "$" not in answer.text
    assert "77777" not in answer.text
    assert len(answer.content) < LONGEST_ANSWER


async def test_a_good_body_is_taken_up_to_the_last_byte(client: httpx.AsyncClient) -> None:
    """So that what follows is refused for what it says of itself."""
    for body in (a_body(), a_body() + b" " * (LIMIT - len(a_body()))):
        assert (await send(client, body)).status_code == 200


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_body_is_refused(client: httpx.AsyncClient, name: str) -> None:
    body, statuses = HOSTILE[name]
    assert len(body) <= LIMIT + 1
    refused(await send(client, body), statuses)


async def test_a_stranger_is_refused_before_a_byte_of_the_body_is_read() -> None:
    """FastAPI's own route would wait for all of it, and tell strangers which JSON is broken."""

    async def take_from_us(_who: Annotated[Principal, Depends(require("requests:write"))], body: Body) -> Body:
        return body

    router = APIRouter(route_class=LeanRoute)
    router.post("/take")(take_from_us)
    statuses: list[int] = []

    async def receive() -> NoReturn:
        pytest.fail("the body was asked for")

    async def answer(message: Message) -> None:
        statuses.append(message.get("status", 0))

    headers = [(b"content-type", b"application/json"), (b"content-length", b"60000")]
    scope = {"type": "http", "method": "POST", "path": "/take", "query_string": b"", "headers": headers}
    await an_app(router)(scope, receive, answer)
    assert statuses == [401, 0]  # the head, and the problem


@pytest.mark.parametrize("content_type", TYPES)
async def test_a_good_body_of_another_type_is_refused(client: httpx.AsyncClient, content_type: str) -> None:
    refused(await send(client, a_body(), **{"Content-Type": content_type}), {415})


@pytest.mark.parametrize("route_class", [LeanRoute, APIRoute])
@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "zstd", "identity, gzip", PLANTED])
async def test_a_coded_body_is_refused_whatever_its_bytes_are(coding: str, route_class: type[APIRoute]) -> None:
    """Nothing is unpacked, and no plain body that calls itself coded is believed: a proxy may read it otherwise."""
    assert len(BOMB) < LIMIT
    for body in (BOMB, gzip.compress(a_body()), a_body(), pieces(a_body())):
        answer = await send(a_client(route_class), body, **{"Content-Encoding": coding})
        refused(answer, {415})
        assert answer.json()["detail"] == "Send the body as it is, without Content-Encoding."
        assert answer.headers["accept-encoding"] == "identity"  # RFC 9110, section 12.5.3


async def test_two_codings_in_two_headers_are_refused(client: httpx.AsyncClient) -> None:
    json_, coded = (b"content-type", b"application/json"), (b"content-encoding", b"gzip")
    for headers in ([json_, coded, (b"content-encoding", b"identity")], [json_, (b"content-encoding", b""), coded]):
        refused(await client.post("/take", content=a_body(), headers=headers), {415})


@pytest.mark.parametrize("coding", ["", "identity", "Identity "])
async def test_a_body_that_is_not_coded_may_say_so(client: httpx.AsyncClient, coding: str) -> None:
    assert (await send(client, a_body(), **{"Content-Encoding": coding})).status_code == 200


async def test_another_type_is_no_matter_of_codings(client: httpx.AsyncClient) -> None:
    answer = await send(client, a_body(), **{"Content-Type": "text/plain"})
    assert "accept-encoding" not in answer.headers  # RFC 9110 forbids it there


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "+5", "0x10", "1e3", "5, 5", "٥"])
async def test_a_length_that_is_none_is_refused(client: httpx.AsyncClient, length: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", length.encode())]
    refused(await client.post("/take", content=a_body(), headers=headers), {413})
