"""What every event is made of: topics, typed data, the envelope, and the registry that knows them all."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

ProvinceCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
CommuneCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
OwnerCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,31}$")]
"""``DESK``, or a code of the directory of centres such as ``TGPL-11`` or ``TGPL-11-CN2``."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
"""The name of a rule set, template or other thing of ours. Never a thing that a person said."""


PublicName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""The name of an office, as it stands on its door. Never the name of a person."""


class Retention(StrEnum):
    """How long a topic keeps its records."""

    FOREVER = "forever"
    """The record that every view is rebuilt from; erasure works by the keyring."""
    LATEST = "latest"
    """Compacted: the last record of each key."""


@dataclass(frozen=True)
class Topic:
    """A stream of events that one service writes. The topic's name stands here and nowhere else."""

    name: str
    owner: str
    consumers: tuple[str, ...]
    key: str
    """The field of the data that is the key of the record."""
    partitions: int
    retention: Retention
    description: str

    @property
    def short(self) -> str:
        """``requests`` for ``legalaid.requests``: a name for document fields and labels."""
        return self.name.rpartition(".")[2]


class EventData(BaseModel):
    """The body of an event: frozen and strict; writers know every field, readers pass over what they do not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)

    event_type: ClassVar[str]
    topic: ClassVar[Topic]


D = TypeVar("D", bound=EventData)
D_co = TypeVar("D_co", bound=EventData, covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[D_co]):
    """A fact about one aggregate, in a CloudEvents 1.0 envelope."""

    id: str
    """Deterministic (``ids.event_id``), so that a repeat is recognised."""
    subject: str
    """The id of the aggregate, which is also the Kafka key."""
    sequence: int
    """1 for the aggregate's first event in this topic, then one more for each."""
    time: datetime
    """When it became true, on the clock of the domain."""
    correlation_id: str
    """The request or call that all this began with."""
    data: D_co
    traceparent: str | None = None
    """W3C trace context of what caused it; None where nothing is traced."""

    @property
    def type(self) -> str:
        """The CloudEvents type."""
        return self.data.event_type

    @property
    def topic(self) -> Topic:
        """Where it is published."""
        return self.data.topic

    @property
    def source(self) -> str:
        """The CloudEvents source: the service that owns the topic."""
        return f"/legalaid/{self.data.topic.owner}"


_types: dict[str, type[EventData]] = {}

TYPE_PATTERN = r"^vn\.legalaid\.[a-z-]+\.[a-z-]+\.v[1-9][0-9]*$"


def event(topic: Topic, event_type: str) -> Callable[[type[D]], type[D]]:
    """Register the decorated model as the data of ``event_type`` in ``topic``.

    Raises ``ValueError`` when the type is taken, or is not ``vn.legalaid.<aggregate>.<fact>.v<N>``.
    """

    def register(model: type[D]) -> type[D]:
        if event_type in _types or not re.fullmatch(TYPE_PATTERN, event_type):
            message = f"{event_type} is registered twice, or is not vn.legalaid.<aggregate>.<fact>.v<N>"
            raise ValueError(message)
        model.event_type = event_type
        model.topic = topic
        _types[event_type] = model
        return model

    return register


def model_of(event_type: str) -> type[EventData] | None:
    """The model of a CloudEvents type, or None for a type that this code does not know."""
    return _types.get(event_type)


def registered() -> dict[str, type[EventData]]:
    """All event types known so far, by CloudEvents type. Import ``legalaid.events`` to know them all."""
    return dict(_types)


class Place(BaseModel):
    """Where, as codes of the two-level administration in force since 1 July 2025."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)

    province: ProvinceCode
    commune: CommuneCode | None = None
    one_of: tuple[CommuneCode, ...] = ()
    """Where the commune is not known but an old district, province or commune was named: those that it went to."""
