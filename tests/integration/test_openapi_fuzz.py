"""The HTTP interfaces do what their OpenAPI descriptions say, whatever is sent: generated calls, good and bad."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from dev.keys import Client
from dev.pressure import CLOCK
from dev.services import Installation, installation
from dev.stack import chosen_stack

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 30
SCOPES = {
    "intake": ("requests:write", "calls:write", "status:check"),
    "routing": ("cases:read", "cases:write"),
    "notify": ("notices:read", "notices:write"),
    "reports": ("reports:read",),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    patient = {"LEGALAID_GUARD__PER_CLIENT": "1000000"}
    folder = tmp_path_factory.mktemp("fuzz")
    with (
        chosen_stack(folder / "stack") as stack,
        installation(stack, folder, clock=CLOCK, prefix="fuzz-", extra=patient) as all_running,
    ):
        yield all_running


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])
@pytest.mark.parametrize("name", sorted(SCOPES))
def test_the_interface_is_as_described(running: Installation, name: str, mode: schemathesis.GenerationMode) -> None:
    centre = "DESK" if name in {"routing", "notify"} else None
    token = running.authority.token(Client("fuzz", "fuzz", SCOPES[name], centre))
    headers = {"Authorization": f"Bearer {token}"}
    schema = schemathesis.openapi.from_url(f"{running[name].url}/openapi.json")
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        # A parameter that nobody asked for is passed over, as HTTP has it; a body that is wrong is refused.
        checks = [*CHECKS, negative_data_rejection] if operation.body else CHECKS
        try:
            fuzz(operation.as_strategy(generation_mode=mode), checks, headers)
        except Unsatisfiable:  # an operation without input has no bad input
            assert mode is schemathesis.GenerationMode.NEGATIVE
        tried += 1
    assert tried > 0


def fuzz(calls: SearchStrategy[schemathesis.Case[Any]], checks: list[Any], headers: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=calls)
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=checks, headers=headers)

    check()
