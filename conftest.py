"""Fixtures for every test: the broker and the store that tests share, and no sockets in unit tests.

One stack serves a whole run. It is the one that ``LEGALAID_TEST_KAFKA`` (host:port) and ``LEGALAID_TEST_MONGO`` (URL)
name, or else is started by the first test that wants it (with xdist: by the controller, whose workers inherit the two
variables). ``LEGALAID_TEST_BACKEND`` says of what kind it is: ``local`` or ``testcontainers``.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_socket
import structlog
from hypothesis import HealthCheck, settings
from pydantic import SecretStr

from dev.look.kafka import remove_topics
from dev.stack.backend import chosen_stack
from dev.stack.servers import Stack
from legalaid import ids
from legalaid.settings import KafkaSettings, MongoSettings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("patient")  # a busy machine is no reason to fail; pytest-timeout ends what hangs

# structlog's own choice for a terminal draws every local of a traceback: seconds, in which the event loop stands
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

_KAFKA, _MONGO = "LEGALAID_TEST_KAFKA", "LEGALAID_TEST_MONGO"
_running = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-stack", action="store_true", help="start no broker and no store; a test that wants them fails"
    )


def _start_shared(config: pytest.Config) -> None:
    """Start the stack of this run, unless it is there, and leave its addresses where the fixtures look."""
    if config.getoption("--no-stack"):
        pytest.fail("this test wants a broker or a store, and none may be started: it is no quick test", pytrace=False)
    if _KAFKA in os.environ and _MONGO in os.environ:
        return
    with ExitStack() as undo:
        folder = Path(tempfile.mkdtemp(prefix="legalaid-test-"))
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        stack = undo.enter_context(chosen_stack(folder))
        os.environ[_KAFKA], os.environ[_MONGO] = stack.servers, stack.mongo
        config.stash[_running] = undo.pop_all()


def pytest_configure(config: pytest.Config) -> None:
    """With xdist the controller starts the stack, because no worker outlives all others."""
    if getattr(config.option, "numprocesses", None) and not config.getoption("--no-stack"):
        _start_shared(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    config.stash.get(_running, ExitStack()).close()


@pytest.fixture(autouse=True)
def _no_sockets_in_unit_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """A unit test that opens a socket is no unit test. Unix sockets stay open: asyncio's own loop needs a pair."""
    if "unit" not in request.path.parts:
        yield
        return
    pytest_socket.disable_socket(allow_unix_socket=True)
    try:
        yield
    finally:
        pytest_socket.enable_socket()


@pytest.fixture
def prefix() -> str:
    """What this test puts before its topics, groups and databases, so that tests do not meet."""
    return f"t{ids.random_id()[:8]}-"


@pytest.fixture
def kafka(request: pytest.FixtureRequest, prefix: str) -> Iterator[KafkaSettings]:
    """A broker with names of this test's own. Topics are not made yet: see ``legalaid.bus.create_topics``.

    They are removed afterwards: a run makes more partitions than the small broker's memory can hold.
    """
    _start_shared(request.config)
    settings = KafkaSettings(servers=os.environ[_KAFKA], prefix=prefix)
    yield settings
    asyncio.run(remove_topics(settings))


@pytest.fixture
def mongo(request: pytest.FixtureRequest, prefix: str) -> MongoSettings:
    """A store with databases of this test's own."""
    _start_shared(request.config)
    return MongoSettings(url=SecretStr(os.environ[_MONGO]), prefix=prefix)


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A broker and a store of this test's own, to kill and start again."""
    with chosen_stack(tmp_path) as stack:
        yield stack
