"""The one record of all simulated providers: a line for each message that came in and each proof that it arrived, in
a file that is only ever added to.

What it says is independent of everything that the services believe, so lost and doubled messages are counted from it.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from legalaid import clock
from legalaid.events.words import NoticeChannel


class Arrival(StrEnum):
    """What became of a message behind the provider."""

    DELIVERED = "delivered"
    """The telephone has it."""
    SEEN = "seen"
    """Somebody looked at it, or listened to it."""


class Proof(BaseModel):
    """That a message arrived, as the telephone says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    proved: str
    """The request id of the message."""
    provider: str
    arrival: Arrival
    at: AwareDatetime
    """Wall time."""


class ReceivedMessage(BaseModel):
    """One message as it came in at a provider's door."""

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
    provider: str = "simulated"
    channel: NoticeChannel = NoticeChannel.SMS

    @property
    def place(self) -> tuple[str, str, str]:
        """What makes it the same message for the same telephone."""
        return self.provider, self.request_id, self.to


_LINE: TypeAdapter[Proof | ReceivedMessage] = TypeAdapter(Proof | ReceivedMessage)


class Inbox:
    """All receptions and proofs, in memory and in the file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        _mend(file)
        self._receptions: list[ReceivedMessage] = []
        self._taken: dict[tuple[str, str], dict[str, ReceivedMessage]] = {}
        """By provider and request id, the first for each telephone: a provider knows nothing of what another took."""
        self._proofs: dict[tuple[str, str], Proof] = {}
        """By provider and request id, the last."""
        for line in _lines(file):
            self._add(line)
        self._appended = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        """As long as the process lives: to open it for each message costs more than to write it."""

    def take(
        self,
        request_id: str,
        *,
        to: str,
        text: str,
        sender: str,
        drop_repeats: bool,
        provider: str = "simulated",
        channel: NoticeChannel = NoticeChannel.SMS,
    ) -> ReceivedMessage:
        """Write down one more reception; a repeat keeps the gateway id of the first."""
        first = self._taken.get((provider, request_id), {}).get(to)
        repeat = first is not None and drop_repeats
        reception = ReceivedMessage(
            request_id=request_id,
            gateway_id=first.gateway_id if first and repeat else f"SIM{len(self._receptions) + 1:08d}",
            to=to,
            text=text,
            sender=sender,
            received_at=clock.real_now(),
            delivered=not repeat,
            provider=provider,
            channel=channel,
        )
        self._write(reception)
        return reception

    def prove(self, request_id: str, provider: str, arrival: Arrival) -> None:
        """Write down that a message arrived, the first time that it did in this way."""
        known = self._proofs.get((provider, request_id))
        if (provider, request_id) in self._taken and (known is None or known.arrival is not arrival):
            self._write(Proof(proved=request_id, provider=provider, arrival=arrival, at=clock.real_now()))

    def _write(self, line: ReceivedMessage | Proof) -> None:
        os.write(self._appended, line.model_dump_json().encode() + b"\n")
        self._add(line)

    def _add(self, line: ReceivedMessage | Proof) -> None:
        if isinstance(line, Proof):
            self._proofs[line.provider, line.proved] = line
        else:
            self._receptions.append(line)
            self._taken.setdefault((line.provider, line.request_id), {}).setdefault(line.to, line)

    def find(self, request_id: str, provider: str = "simulated") -> ReceivedMessage | None:
        """The first reception of this request id by this provider."""
        return next(iter(self._taken.get((provider, request_id), {}).values()), None)

    def proof(self, reception: ReceivedMessage) -> Proof | None:
        """That it arrived."""
        return self._proofs.get((reception.provider, reception.request_id))

    def all(self) -> Iterable[ReceivedMessage]:
        """Every reception, oldest first."""
        return self._receptions

    def counts(self) -> Counter[tuple[str, str, str]]:
        """How often each request id came in at each provider for each telephone."""
        return Counter(each.place for each in self._receptions)

    def clear(self) -> None:
        """Forget everything."""
        self._file.write_text("", encoding="utf-8")
        self._receptions.clear()
        self._taken.clear()
        self._proofs.clear()


def read(file: Path) -> Iterator[ReceivedMessage]:
    """The receptions in a record's file."""
    return (line for line in _lines(file) if isinstance(line, ReceivedMessage))


def _lines(file: Path) -> Iterator[ReceivedMessage | Proof]:
    if file.exists():
        for line in _whole_lines(file.read_text(encoding="utf-8")).split("\n")[:-1]:
            yield _LINE.validate_json(line)


def _whole_lines(text: str) -> str:
    """Without a last line that a kill has torn: that message was never answered."""
    return text[: text.rfind("\n") + 1]


def _mend(file: Path) -> None:
    if file.exists():
        file.write_text(_whole_lines(file.read_text(encoding="utf-8")), encoding="utf-8")
