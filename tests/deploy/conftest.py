"""What the tests of a deployment share."""

import os
from collections.abc import Callable

import pytest

from dev.machine import programs
from dev.machine.fetch import MissingToolError

PROGRAMS = frozenset({"prometheus", "promtool", "alertmanager", "amtool", "hadolint", "checkov", "gitleaks"})


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a program, so that everything else is among the quick tests."""
    for item in items:
        if PROGRAMS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.programs)


@pytest.fixture(scope="session")
def prometheus() -> str:
    """The path of Prometheus, or the test is skipped; in continuous integration it fails instead."""
    return _found(programs.prometheus)


@pytest.fixture(scope="session")
def promtool() -> str:
    """The path of promtool, as above."""
    return _found(lambda: programs.prometheus("promtool"))


@pytest.fixture(scope="session")
def alertmanager() -> str:
    """The path of Alertmanager, as above."""
    return _found(programs.alertmanager)


@pytest.fixture(scope="session")
def amtool() -> str:
    """The path of amtool, as above."""
    return _found(lambda: programs.alertmanager("amtool"))


@pytest.fixture(scope="session")
def hadolint() -> str:
    """The path of hadolint, as above."""
    return _found(programs.hadolint)


@pytest.fixture(scope="session")
def checkov() -> str:
    """The path of checkov, as above."""
    return _found(programs.checkov)


@pytest.fixture(scope="session")
def gitleaks() -> str:
    """The path of gitleaks, as above."""
    return _found(programs.gitleaks)


def _found(program: Callable[[], str]) -> str:
    try:
        return program()
    except MissingToolError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
