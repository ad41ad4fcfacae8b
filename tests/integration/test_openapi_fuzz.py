"""The HTTP interfaces do what their OpenAPI descriptions say, whatever is sent: schemathesis tries them over real HTTP.

All its checks are on. Some of the ids that it tries are those of things that exist.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.demo.crowd import CLOCK
from dev.stack.backend import chosen_stack
from dev.stack.installation import SERVICES, Installation, installation
from dev.stack.keys import Client
from legalaid import ids

EXAMPLES = 25
SCOPES = (
    "requests:write",
    "requests:hotline",
    "calls:write",
    "status:check",
    "devices:write",
    "eligibility:check",
    "cases:read",
    "cases:write",
    "notices:read",
    "notices:write",
    "providers:read",
    "providers:write",
    "notices:seen",
)
EVERYBODY = Client("fuzz", "fuzz", (*SCOPES, "reports:read", "audit:read"), "DESK")

# A rule that no schema can say (a check digit, a centre at work) is refused with 422; any other refusal of what the
# description allows is a failure. "object_level_authorization" wants two clients that share an interface.
CONFIG = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "410", "422", "429"]
[dictionaries]
known = {{ values = {known} }}
[parameters]
"path.request_id" = {{ dictionary = "known", probability = 0.5 }}
"path.case_id" = {{ dictionary = "known", probability = 0.5 }}
"path.notice_id" = {{ dictionary = "known", probability = 0.5 }}
"""
REQUEST = {
    "channel": "HOTLINE",
    "person": {"name": "Người Mẫu", "phone": "0215 3 825 999"},  # a landline: a callback instead of a message
    "residence": {"text": "không rõ ở đâu"},  # no place: the Desk's case
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("fuzz")
    with (
        chosen_stack(folder / "stack") as stack,
        installation(stack, folder, clock=CLOCK, prefix="fuzz-") as all_running,
    ):
        yield all_running


@pytest.fixture(scope="module")
def headers(running: Installation) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {running.authority.token(EVERYBODY)}"}


def _eventually(ask: Callable[[], list[Any]], at_least: int) -> list[Any]:
    deadline = time.monotonic() + 30
    while len(found := ask()) < at_least:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def known(running: Installation, headers: Mapping[str, str]) -> list[str]:
    """Ids of cases, requests and callbacks owed that are there."""
    with httpx.Client(headers=headers, timeout=20) as client:
        for _ in range(3):
            key = {"Idempotency-Key": ids.random_id()}
            client.post(f"{running['intake'].url}/v1/requests", json=REQUEST, headers=key).raise_for_status()

        def there(service: str, path: str, name: str) -> list[Any]:
            items: list[Any] = client.get(running[service].url + path).raise_for_status().json()[name]
            return items

        cases = _eventually(lambda: there("routing", "/v1/cases", "items"), 3)
        owed = _eventually(lambda: there("notify", "/v1/callbacks", "notices"), 3)
    return [case["case_id"] for case in cases] + [notice["id"] for notice in owed]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", SERVICES)
def test_the_interface_is_as_described(
    running: Installation, headers: Mapping[str, str], known: list[str], name: str, tmp_path: Path
) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG.format(known=json.dumps(known)))
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{running[name].url}/openapi.json", "--no-color"]
    command += [
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        str(EXAMPLES),
        "--seed",
        "1",
        "--warnings",
        "off",
    ]
    command += ["--continue-on-failure", "--checks", "all", "--exclude-checks", "object_level_authorization"]
    for header in headers.items():
        command += ["--header", ": ".join(header)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    tried = re.search(r"(\d+) generated, \1 passed", done.stdout)
    assert tried is not None
    assert int(tried[1]) > EXAMPLES, "hardly anything was tried"
