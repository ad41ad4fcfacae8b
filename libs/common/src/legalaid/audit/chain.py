"""The chain: every entry holds the hash of the one before, so that no entry can be changed or taken out unseen."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError

BEFORE_THE_FIRST: Final = "0" * 64
"""What the first entry names as the hash before it."""


class Head(NamedTuple):
    """The end of a chain, which the next entry follows."""

    sequence: int = 0
    hash: str = BEFORE_THE_FIRST


class Access(BaseModel):
    """What somebody asked for, written down before it is done. It says nothing about the person behind a case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    """ISO 8601 in UTC, with milliseconds."""
    action: str
    """Such as ``case.read`` or ``notice.decide``."""
    subject: str
    """The ``sub`` of the token: the person."""
    client: str
    """The front end that the person used."""
    centre: str | None = None
    """The owner code of the person's centre."""
    case: str | None = None
    """The case, or the request before it is one."""
    about: str | None = None
    """Another thing that the action is about: the id of a notice."""
    trace: str | None = None
    """The trace id under which spans and logs of the call are found."""


class Entry(Access):
    """An access in its place of the chain."""

    sequence: int
    """From 1, without a gap."""
    before: str
    """The hash of entry ``sequence - 1``."""
    hash: str
    """SHA-256, in hexadecimal, of all other fields."""

    @classmethod
    def of(cls, access: Access, sequence: int, before: str) -> Self:
        """Give ``access`` its place."""
        fields = {**access.model_dump(exclude_none=True), "sequence": sequence, "before": before}
        return cls(**fields, hash=digest(fields))

    @property
    def head(self) -> Head:
        """What the next entry follows."""
        return Head(self.sequence, self.hash)

    @property
    def fits(self) -> bool:
        """Whether its hash is the one of its fields."""
        return self.hash == digest(self.model_dump(exclude={"hash"}, exclude_none=True))

    def to_document(self) -> dict[str, Any]:
        """As it is stored; absent fields stay absent, so that a later release can add one."""
        document = self.model_dump(exclude_none=True)
        document["_id"] = document.pop("sequence")
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Read back. Raises ``ValidationError`` when it is no entry."""
        fields = dict(document)
        fields["sequence"] = fields.pop("_id")
        return cls.model_validate(fields, strict=True)


class StoredEntry(NamedTuple):
    """What stands in one place of the record."""

    sequence: int
    entry: Entry | None
    """None when it is no entry any more."""

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        """Whatever ``document`` holds; its ``_id`` is a whole number."""
        try:
            return cls(document["_id"], Entry.from_document(document))
        except ValidationError:
            return cls(document["_id"], None)

    @property
    def altered(self) -> bool:
        """Whether it is certainly not what was written; whether it follows the one before, the check alone can say."""
        return self.entry is None or not self.entry.fits


class ChainFault(NamedTuple):
    """Something that is wrong with a chain."""

    sequence: int
    """The entry that it speaks of, or that is missing."""
    line: str
    """For a person."""


def digest(fields: dict[str, Any]) -> str:
    """The hash of an entry's fields: SHA-256 of its JSON with sorted names, no blanks and UTF-8."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chained(accesses: Sequence[Access], head: Head) -> list[Entry]:
    """The entries that follow ``head``, one for each access."""
    entries: list[Entry] = []
    for access in accesses:
        entry = Entry.of(access, head.sequence + 1, head.hash)
        entries.append(entry)
        head = entry.head
    return entries


@dataclass
class ChainCheck:
    """Reads a chain from its first entry on, and says what is wrong with it."""

    noted: dict[int, str] = field(default_factory=dict)
    """Hashes that were written down elsewhere, by sequence: what they speak of must still be so."""
    count: int = 0
    """Entries seen."""
    last: int = 0
    """The sequence of the last."""
    head: str = BEFORE_THE_FIRST
    """The hash of the last."""

    def see(self, document: dict[str, Any]) -> Iterator[ChainFault]:
        """Take the next document, by sequence; yields what is wrong with it."""
        self.count += 1
        sequence = document["_id"]
        if type(sequence) is not int or sequence <= self.last:
            yield ChainFault(self.last + 1, f"{sequence!r}: no sequence that can follow {self.last}")
            return
        missing = sequence > self.last + 1
        if missing:
            yield ChainFault(self.last + 1, f"{self.last + 1} to {sequence - 1}: missing")
        entry = StoredEntry.of(document).entry
        if entry is None:
            yield ChainFault(sequence, f"{sequence}: altered, it is no entry any more")
        else:
            if not entry.fits:
                yield ChainFault(sequence, f"{sequence}: altered, its hash is another")
            if not missing and entry.before != self.head:
                yield ChainFault(sequence, f"{sequence}: does not follow {self.last}, which was altered or replaced")
            if self.noted.pop(sequence, entry.hash) != entry.hash:
                yield ChainFault(sequence, f"{sequence}: replaced, another hash was noted")
        self.last, self.head = sequence, str(document.get("hash"))

    def end(self) -> Iterator[ChainFault]:
        """When all were seen; yields what is missing."""
        if not self.count:
            yield ChainFault(1, "there is no entry at all: not even the one that every record begins with")
        for sequence in sorted(self.noted):
            yield ChainFault(sequence, f"{sequence}: missing, it was noted elsewhere")
