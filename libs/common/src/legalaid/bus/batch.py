"""What a handler is given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from legalaid.events import Event, Topic


@dataclass(slots=True)
class Batch:
    """Consecutive events of one partition, oldest first: what had arrived, at most ``pace.batch_records``."""

    topic: Topic
    partition: int
    events: Sequence[Event[Any]]
    rejected: dict[int, str] = field(default_factory=dict, init=False, repr=False)
    """Reasons by the identity of the event: two equal events of one batch are still two."""

    def reject(self, event: Event[Any], reason: str) -> None:
        """Send this event to the dead letters. ``reason`` is a short code such as ``gap``, never personal data.

        Raises ``ValueError`` for an event that is not in the batch.
        """
        if not any(one is event for one in self.events):
            raise ValueError("only an event of the batch can be rejected")
        self.rejected[id(event)] = reason


Handler = Callable[[Batch], Awaitable[None]]
"""Returns when everything is stored *and* published; the offsets of the batch may then be committed.

``TransientError`` has the same batch tried again in place. Any other exception has its events tried one at a time, and
the culprit goes to the dead letters. So a handler must be right when it is given an event for the second time.
"""
