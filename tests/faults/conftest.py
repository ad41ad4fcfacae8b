"""Fault tests kill processes, so they have a stack of their own: one for each file, on ports of its own."""

from collections.abc import Iterator

import pytest

from dev.demo.crowd import CLOCK
from dev.stack.backend import chosen_stack
from dev.stack.installation import Installation, installation
from dev.stack.servers import Stack


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with chosen_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def running(own_stack: Stack, tmp_path_factory: pytest.TempPathFactory, prefix: str) -> Iterator[Installation]:
    """All four services and the gateway. A restart must be noticed soon: a lost member of a group is missed for 6 s."""
    quick = {
        "LEGALAID_CONSUMER__SESSION_TIMEOUT_SECONDS": "6",
        "LEGALAID_GATEWAY__TIMEOUT_SECONDS": "2",
        "LEGALAID_SENDER__LEASE_SECONDS": "7",
        "LEGALAID_SENDER__TOGETHER_SECONDS": "0",  # each piece of news is a message that can be counted
    }
    folder = tmp_path_factory.mktemp("installation")
    with installation(own_stack, folder, clock=CLOCK, prefix=prefix, extra=quick) as all_running:
        yield all_running
