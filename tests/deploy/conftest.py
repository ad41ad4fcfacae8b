"""What the tests of a deployment share."""

import os

import pytest

from dev.machine import programs
from dev.machine.fetch import MissingToolError


@pytest.fixture(scope="session")
def prometheus() -> str:
    """The path of Prometheus, or the test is skipped; in continuous integration it fails instead."""
    return _found("prometheus")


@pytest.fixture(scope="session")
def promtool() -> str:
    """The path of promtool, as above."""
    return _found("promtool")


def _found(name: str) -> str:
    try:
        return programs.prometheus(name)
    except MissingToolError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
