"""What generated clients take from the descriptions of the APIs, in all four alike."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dev.machine.paths import ROOT

Operation = dict[str, Any]
DESCRIPTIONS = {path.stem: json.loads(path.read_bytes()) for path in (ROOT / "docs" / "openapi").glob("*.json")}


def operations() -> Iterator[tuple[str, Operation]]:
    for service, description in DESCRIPTIONS.items():
        for path, methods in description["paths"].items():
            for method, operation in methods.items():
                yield f"{service} {method} {path}", operation


OPERATIONS = dict(operations())


def test_all_services_are_described() -> None:
    assert set(DESCRIPTIONS) == {"intake", "routing", "notify", "reports"}
    assert len(OPERATIONS) > 15
    assert SIGNED.keys() <= OPERATIONS.keys()


SIGNED = {
    "notify get /v1/incoming/esms": {"403"},
    "notify get /v1/webhooks/esms/{key}": {"404"},
    "notify post /v1/webhooks/zalo": {"403"},
}
"""What providers call: a signature or a path that nobody can guess is their proof, not a token; what refuses."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_a_problem_and_says_when_to_come_again(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    errors = {status: response for status, response in responses.items() if status >= "400"}
    assert {"500", "503"} | SIGNED.get(name, {"401", "403"}) <= errors.keys()
    assert ("401" in errors) != (name in SIGNED)
    for status, response in errors.items():
        assert response["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }, status
    assert all("WWW-Authenticate" in errors[status]["headers"] for status in errors.keys() & {"401"})
    for status in errors.keys() & {"429", "503"}:
        assert "Retry-After" in errors[status]["headers"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_ids_in_paths_have_a_pattern_and_no_header_is_asked_for_in_vain(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", ()):
        if parameter["name"].endswith("_id"):
            assert "pattern" in parameter["schema"], parameter["name"]
        # OpenAPI tells readers to pass over these as parameters
        assert parameter["name"].lower() not in {"accept", "authorization", "content-type"}


@pytest.mark.parametrize("service", DESCRIPTIONS)
def test_a_description_says_what_it_is_and_names_each_operation_by_its_path(service: str) -> None:
    description = DESCRIPTIONS[service]
    assert description["info"]["license"]["identifier"] == "Apache-2.0"
    assert description["info"]["title"] == f"Legal aid: {service}"
    used = {tag for name, each in OPERATIONS.items() if name.startswith(f"{service} ") for tag in each["tags"]}
    assert used == {tag["name"] for tag in description["tags"]}


def test_no_two_operations_of_a_service_share_a_name() -> None:
    names = [(name.split()[0], operation["operationId"]) for name, operation in OPERATIONS.items()]
    assert len(names) == len(set(names))
    assert ("intake", "post_v1_requests") in names
