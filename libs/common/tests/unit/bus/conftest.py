"""Records for the tests of the bus."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from legalaid import ids
from legalaid.events import Event, calls, encode, requests

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class FakeRecord:
    """What aiokafka would hand out."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    partition: int = 3
    timestamp: int = 1_795_000_000_000


def _record(kind: str, offset: int) -> FakeRecord:
    if kind == "junk":
        return FakeRecord(offset, b"k", b"\xff\x00 not json", (("trace", b"\x01"), ("empty", None)))
    key = ids.random_id()
    data = (
        requests.RequestWithdrawn(request_id=key, withdrawn_at=AT)
        if kind == "wrong-topic"
        else calls.CallAnswered(call_id=key, answered_at=AT)
    )
    # the kind travels as the correlation id, where the handler of a test finds it
    message = encode(Event(ids.event_id(key, data.event_type), key, 1, AT, kind, data))
    return FakeRecord(offset, message.key.encode(), message.value, message.headers)


@pytest.fixture(scope="session")
def make_records() -> Callable[[Sequence[str]], list[FakeRecord]]:
    """Records for the topic of calls, at offsets 0, 1, ...: ``junk``, ``wrong-topic``, or good ones of other kinds."""

    def make(kinds: Sequence[str]) -> list[FakeRecord]:
        return [_record(kind, offset) for offset, kind in enumerate(kinds)]

    return make
