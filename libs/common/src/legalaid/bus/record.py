"""Records as bytes, before they are understood."""

from dataclasses import dataclass
from typing import Protocol

Headers = tuple[tuple[str, bytes | None], ...]


class Record(Protocol):
    """What aiokafka hands out; Kafka lets key, value and the value of a header be absent."""

    @property
    def partition(self) -> int: ...  # noqa: D102 - Kafka's own words
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970."""
        ...

    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Headers: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Raw:
    """A record to be sent without being understood: a dead letter, or one that is replayed."""

    topic: str
    """Without the prefix of the installation."""
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int | None = None
    """None: the key decides."""
