"""The gateway's own record: one line per message that it received, in a file that is only ever added to.

What it says is independent of everything that the services believe, so lost and doubled messages are counted from it.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from legalaid import clock


class ReceivedMessage(BaseModel):
    """One message as it came in at the gateway's door."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    """The sender's name for the message: the notice id."""
    gateway_id: str
    to: str
    text: str
    sender: str
    received_at: AwareDatetime
    """Wall time."""
    delivered: bool
    """Whether it went on to the telephone; a repeat that was recognised did not."""


class Inbox:
    """All receptions, in memory and in the file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        _mend(file)
        self._receptions = list(read(file))
        self._appended = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        """As long as the process lives: to open it for each message costs more than to write it."""
        self._first: dict[str, ReceivedMessage] = {}
        for reception in self._receptions:
            self._first.setdefault(reception.request_id, reception)

    def take(self, request_id: str, *, to: str, text: str, sender: str, drop_repeats: bool) -> ReceivedMessage:
        """Write down one more reception; a repeat keeps the gateway id of the first."""
        first = self._first.get(request_id)
        repeat = first is not None and drop_repeats
        reception = ReceivedMessage(
            request_id=request_id,
            gateway_id=first.gateway_id if first and repeat else f"SIM{len(self._receptions) + 1:08d}",
            to=to,
            text=text,
            sender=sender,
            received_at=clock.real_now(),
            delivered=not repeat,
        )
        os.write(self._appended, reception.model_dump_json().encode() + b"\n")
        self._receptions.append(reception)
        self._first.setdefault(request_id, reception)
        return reception

    def find(self, request_id: str) -> ReceivedMessage | None:
        """The first reception of this request id."""
        return self._first.get(request_id)

    def all(self) -> Iterable[ReceivedMessage]:
        """Every reception, oldest first."""
        return self._receptions

    def counts(self) -> Counter[str]:
        """How often each request id came in."""
        return Counter(reception.request_id for reception in self._receptions)

    def clear(self) -> None:
        """Forget everything."""
        self._file.write_text("", encoding="utf-8")
        self._receptions.clear()
        self._first.clear()


def read(file: Path) -> Iterator[ReceivedMessage]:
    """The receptions in a record's file."""
    if file.exists():
        for line in _whole_lines(file.read_text(encoding="utf-8")).split("\n")[:-1]:
            yield ReceivedMessage.model_validate_json(line)


def _whole_lines(text: str) -> str:
    """Without a last line that a kill has torn: that message was never answered."""
    return text[: text.rfind("\n") + 1]


def _mend(file: Path) -> None:
    if file.exists():
        file.write_text(_whole_lines(file.read_text(encoding="utf-8")), encoding="utf-8")
