"""Whoever copies an example out of an API description gets what the description says: each is sent, none is refused."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from dev.demo.crowd import CLOCK
from dev.gateway.simulator import API_KEY
from dev.machine.paths import ROOT
from dev.stack.installation import Installation, installation
from dev.stack.keys import PROVIDER_OPERATOR, Client, officer
from dev.stack.servers import Stack
from legalaid import ids

T = TypeVar("T")
CONSENT = {
    "purposes": ["CASE_HANDLING", "SMS_UPDATES"],
    "at": "2026-11-23T08:55:00+07:00",
    "text_version": "2026-01",
    "evidence": "recording 7",
}
CENTRE = "TGPL-11"
SCOPES = ("requests:write", "requests:hotline", "calls:write", "status:check", "devices:write", "notices:seen")
FRONT_END = Client("front-end", "front-end", (*SCOPES, "audit:read", "eligibility:check"))
OFFICER = officer(CENTRE)
NOTICES = ("notices:read", "notices:write")
DESK = Client("desk", "desk", ("cases:read", "cases:write", *NOTICES, "audit:read"), "DESK")
LANDLINE = "0215 3 825 999"
"""No SMS reaches it: a call is owed instead."""
UNTOLD = "0987 654 321"
"""No other request is this number's: a number gets few messages a day."""
SPEEDSMS = {"KIND": "speedsms", "API_KEY": API_KEY}
"""A gateway that cannot be asked and does not know repeats: an answer that is lost leaves a notice in doubt."""


@dataclass(frozen=True)
class Operation:
    """A POST of a description."""

    service: str
    path: str
    takes_body: bool
    examples: tuple[Any, ...]
    answers: frozenset[int]
    """The statuses below 300 that it names."""


def _resolve(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = description["components"]["schemas"][name] if name else schema
    return found


def _examples(description: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Any]:
    """Of the media type (by name), and of its schema (a list): where OpenAPI 3.1 has them."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        yield from (each["value"] for each in media.get("examples", {}).values())
        yield from _resolve(description, media["schema"]).get("examples", ())


def operations() -> Iterator[Operation]:
    for file in sorted((ROOT / "docs" / "openapi").glob("*.json")):
        description = json.loads(file.read_text())
        for path, methods in description["paths"].items():
            if (post := methods.get("post")) is not None:
                good = frozenset(int(status) for status in post["responses"] if status.startswith("2"))
                examples = tuple(_examples(description, post))
                yield Operation(file.stem, path, "requestBody" in post, examples, good)


class World:
    """The services, and what an operation needs to be there before it."""

    def __init__(self, running: Installation, http: httpx.Client) -> None:
        self.running = running
        self._http = http
        self._tokens = {who: running.authority.token(who) for who in (FRONT_END, OFFICER, DESK, PROVIDER_OPERATOR)}

    def post(self, service: str, path: str, body: Any, who: Client = FRONT_END) -> httpx.Response:
        """A body that is bytes goes out as it is."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}", "Idempotency-Key": ids.random_id()}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers |= {"Content-Type": "application/json"} if content else {}
        return self._http.post(self.running[service].url + path, content=content, headers=headers)

    def get(self, service: str, path: str, who: Client) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        return self._http.get(self.running[service].url + path, headers=headers)

    def made(self, path: str, body: Any) -> Mapping[str, Any]:
        answer: dict[str, Any] = self.post("intake", path, body).raise_for_status().json()
        return answer

    def request(self, *, phone: str = "0912 345 678", place: str = "tỉnh Điện Biên") -> str:
        person = {"name": "Người Mẫu", "phone": phone}
        body = {"channel": "HOTLINE", "person": person, "residence": {"text": place}, "consent": CONSENT}
        return str(self.made("/v1/requests", body)["request_id"])

    def missed_call(self) -> str:
        call = {"exchange_call_id": ids.random_id(), "phone": LANDLINE, "at": "2026-11-23T09:15:00+07:00"}
        return str(self.made("/v1/calls", {**call, "state": "ENDED", "outcome": "MISSED"})["call_id"])

    def case(self, case_id: str, who: Client) -> str:
        """The same id, when routing has the case."""
        _eventually(lambda: self.get("routing", f"/v1/cases/{case_id}", who).is_success)
        return case_id

    def notice(self, path: str, case_id: str) -> str:
        """The notice of the case, when it stands in the list."""

        def found() -> str:
            listed = self.get("notify", f"{path}?limit=200", DESK).raise_for_status().json()["notices"]
            return next((str(notice["id"]) for notice in listed if notice["case_id"] == case_id), "")

        return _eventually(found)

    def in_doubt(self) -> str:
        """A notice whose answer the gateway has lost."""
        gateway = self.running.url("gateway") + "/v1/behaviour"
        self._http.put(gateway, json={"drop_answers_rate": 1}).raise_for_status()
        try:
            return self.notice("/v1/notices", self.request(phone=UNTOLD))
        finally:
            self._http.put(gateway, json={}).raise_for_status()


def _eventually(ask: Callable[[], T]) -> T:
    deadline = time.monotonic() + 30
    while not (found := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


SUBJECTS: Mapping[str, tuple[Client, Callable[[World], str]]] = {
    "/v1/requests/{request_id}/amendments": (FRONT_END, World.request),
    "/v1/requests/{request_id}/withdrawal": (FRONT_END, World.request),
    "/v1/cases/{case_id}/accept": (OFFICER, lambda world: world.case(world.request(), OFFICER)),
    "/v1/cases/{case_id}/return": (OFFICER, lambda world: world.case(world.request(), OFFICER)),
    "/v1/cases/{case_id}/assign": (DESK, lambda world: world.case(world.request(place="không rõ ở đâu"), DESK)),
    "/v1/cases/{case_id}/link": (OFFICER, lambda world: world.case(world.request(), OFFICER)),
    "/v1/cases/{case_id}/callback-done": (DESK, lambda world: world.case(world.missed_call(), DESK)),
    "/v1/callbacks/{notice_id}/done": (
        DESK,
        lambda world: world.notice("/v1/callbacks", world.request(phone=LANDLINE)),
    ),
    "/v1/notices/{notice_id}/decision": (DESK, World.in_doubt),
    "/v1/providers/{name}/shut": (PROVIDER_OPERATOR, lambda _: SPEEDSMS["KIND"]),
    "/v1/providers/{name}/open": (PROVIDER_OPERATOR, lambda _: SPEEDSMS["KIND"]),
    "/v1/notices/{notice_id}/seen": (FRONT_END, lambda _: ids.random_id()),
    "/v1/incoming/{incoming_id}/done": (DESK, lambda _: ids.random_id()),
}
"""Who sends it, and what makes the thing that the path names."""


@pytest.fixture
def world(shared: Stack, prefix: str, tmp_path: Path) -> Iterator[World]:
    notify = {f"LEGALAID_GATEWAY__{name}": value for name, value in SPEEDSMS.items()}
    names = ("intake", "routing", "notify")
    with (
        installation(shared, tmp_path, clock=CLOCK, prefix=prefix, names=names, special={"notify": notify}) as running,
        httpx.Client(timeout=20) as http,
    ):
        yield World(running, http)


def test_every_body_has_an_example() -> None:
    posts = list(operations())
    assert len(posts) > len(SUBJECTS)
    assert {each.service for each in posts} == {"intake", "routing", "notify"}
    assert [(each.service, each.path) for each in posts if each.takes_body and not each.examples] == []
    assert {each.path for each in posts if "{" in each.path} == set(SUBJECTS)


@pytest.mark.timeout(120)
def test_every_example_is_taken_as_it_stands_and_in_utf_8_alone(world: World) -> None:
    sent, refused = 0, {}
    for operation in operations():
        for example in operation.examples or (None,):
            who, made = SUBJECTS.get(operation.path, (FRONT_END, lambda _: ""))
            subject = made(world)
            path = "/".join(subject if step.startswith("{") else step for step in operation.path.split("/"))
            answer = world.post(operation.service, path, example, who)
            sent += 1
            if example is not None:
                strange = world.post(operation.service, path, json.dumps(example).encode("utf-16"), who)
                assert strange.status_code == HTTPStatus.BAD_REQUEST, operation.path
            if answer.status_code not in operation.answers:
                refused[operation.service, operation.path] = (answer.status_code, answer.json()["type"])
    problems = "https://legalaid.vn/problems"
    nothing_has_that_code_or_id = {
        ("intake", "/v1/status-checks"): (HTTPStatus.NOT_FOUND, f"{problems}/no-match"),
        ("intake", "/v1/devices"): (HTTPStatus.NOT_FOUND, f"{problems}/no-match"),
        ("notify", "/v1/notices/{notice_id}/seen"): (HTTPStatus.NOT_FOUND, f"{problems}/not-found"),
        ("notify", "/v1/incoming/{incoming_id}/done"): (HTTPStatus.NOT_FOUND, f"{problems}/not-found"),
        ("notify", "/v1/webhooks/zalo"): (HTTPStatus.FORBIDDEN, f"{problems}/forbidden"),  # nothing here signs it
        ("routing", "/v1/cases/{case_id}/link"): (HTTPStatus.UNPROCESSABLE_ENTITY, f"{problems}/invalid"),
    }
    assert refused == nothing_has_that_code_or_id
    assert sent > len(SUBJECTS)
    _check_with_the_code_of_a_receipt(world)
    _link_to_an_earlier_request(world)


def _check_with_the_code_of_a_receipt(world: World) -> None:
    examples = {operation.path: operation.examples[0] for operation in operations() if operation.examples}
    receipt = world.made("/v1/requests", examples["/v1/requests"])
    for path, status in (("/v1/status-checks", HTTPStatus.OK), ("/v1/devices", HTTPStatus.CREATED)):
        proved = {**examples[path], "receipt_code": receipt["receipt_code_spoken"]}
        answer = world.post("intake", path, proved)
        assert answer.status_code == status, answer.text


def _link_to_an_earlier_request(world: World) -> None:
    [example] = (each for operation in operations() if operation.path.endswith("/link") for each in operation.examples)
    first, second = (world.case(world.request(), OFFICER) for _ in range(2))
    answer = world.post("routing", f"/v1/cases/{second}/link", {**example, "case_id": first}, OFFICER)
    assert answer.status_code == HTTPStatus.OK, answer.text
