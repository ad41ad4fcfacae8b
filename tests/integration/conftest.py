"""What the tests of whole installations share."""

import pytest

from dev.stack.servers import Stack
from legalaid.settings import KafkaSettings, MongoSettings


class NotOurs:
    """The shared broker is not one test's to stop."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


@pytest.fixture
def shared(kafka: KafkaSettings, mongo: MongoSettings) -> Stack:
    """The broker and the store of this run; an installation over them takes the test's ``prefix``."""
    return Stack(kafka.servers, mongo.url.get_secret_value(), "shared", NotOurs(), None)
