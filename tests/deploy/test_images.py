"""The Dockerfile and what it installs."""

import re

import pytest

from dev.machine.paths import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
LOCKS = ("requirements.service.lock", "requirements.player.lock")


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_an_image_has_the_versions_that_were_tested_and_no_tools(name: str) -> None:
    everything, held = pins("requirements.lock"), pins(name)
    assert held
    assert {package: everything.get(package) for package in held} == held
    assert not {"pytest", "mypy", "ruff", "hypothesis", "secantusdb"} & held.keys()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    requirements = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert "://" not in text


def test_the_base_is_the_one_of_env() -> None:
    assert f"ARG {re.search(r'^PYTHON_IMAGE=.*$', (ROOT / '.env').read_text(), re.MULTILINE)[0]}\n" in DOCKERFILE  # type: ignore[index]  # it is there, or the test fails


def test_what_runs_is_no_root_and_takes_no_shell() -> None:
    for target in ("service", "jobs", "dev"):
        assert f"FROM runtime AS {target}\n" in DOCKERFILE
    runtime = DOCKERFILE[DOCKERFILE.index("AS runtime\n") :]
    assert "\nUSER 10001:10001\n" in runtime
    assert not re.search(r"^USER (?!10001:10001)", DOCKERFILE, re.MULTILINE)
    assert all(
        line.split(" ", 1)[1].startswith("[")
        for line in re.findall(r"^(?:ENTRYPOINT|CMD) .*$", DOCKERFILE, re.MULTILINE)
    )
    assert "HEALTHCHECK" not in DOCKERFILE  # the orchestrator asks, each in its own way
    assert "# syntax=" not in DOCKERFILE.replace("`# syntax=`", "")


def test_only_what_is_named_reaches_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    assert sorted(let_in) == sorted([*LOCKS, "libs/common/src", "services/*/src", "dev"])
