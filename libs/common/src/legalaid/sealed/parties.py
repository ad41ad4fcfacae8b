"""Marks of who stands in a matter: by them two cases are compared, and nobody's box is opened (docs/routing.md).

They lie in the keyring beside the keys, so an erasure takes them along. Only who has the key of the marks can make
one, or test a guessed name; who compares them needs no key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from legalaid.events.words import PartyMark
from legalaid.sealed.index import BlindIndex
from legalaid.settings import KeyringSettings
from legalaid.store.client import Document
from legalaid.vietnam.names import comparable

_BETWEEN: Final = "\x00"


@dataclass(frozen=True, slots=True)
class Party:
    """What was told of somebody in a matter."""

    name: str | None = None
    birth_year: int | None = None
    phone: str | None = None
    """E.164."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who stands in one matter, and where and of what kind it is."""

    helped: Party
    others: tuple[Party, ...] = ()
    communes: tuple[str, ...] = ()
    """Codes: where the person lives, and where the matter arose. The other parties are taken to live there too."""
    field: str | None = None
    """The field of law; None while unknown."""


@dataclass(frozen=True, slots=True)
class MarkedParty:
    """Somebody in a matter, as the keyring knows them."""

    helped: bool
    marks: frozenset[str]
    """``<PartyMark>:<key version>:<hex>``."""


class PartyIndex:
    """Makes marks, under every key that this process has. Without a key it makes none."""

    def __init__(self, settings: KeyringSettings) -> None:
        self._index = BlindIndex(settings, "parties")

    def documents(self, parties: Parties) -> list[Document]:
        """As the keyring keeps them; who cannot be told from others by what is known is absent."""
        marked = [(True, list(self._helped(parties)))]
        marked += [(False, list(self._anybody(other, parties.communes))) for other in parties.others]
        return [{"helped": helped, "marks": marks} for helped, marks in marked if marks]

    def _helped(self, parties: Parties) -> Iterator[str]:
        helped = parties.helped
        yield from self._anybody(helped, parties.communes)
        if parties.field is not None:
            for known in (_born(helped), helped.phone):
                if known is not None:
                    yield from self._marks(PartyMark.MATTER, known, parties.field)

    def _anybody(self, party: Party, communes: tuple[str, ...]) -> Iterator[str]:
        if party.phone is not None:
            yield from self._marks(PartyMark.NUMBER, party.phone)
        if (born := _born(party)) is not None:
            yield from self._marks(PartyMark.BORN, born)
        if (name := comparable(party.name or "")) is not None:
            for commune in dict.fromkeys(communes):
                yield from self._marks(PartyMark.NEAR, name, commune)

    def _marks(self, kind: PartyMark, *values: str) -> Iterator[str]:
        value = _BETWEEN.join(values).encode()
        return (f"{kind}:{mark}" for mark in self._index.marks(f"party-{kind}", value))


def marked(document: Document) -> tuple[MarkedParty, ...]:
    """The parties of a document of the keyring; of one from before there were marks, none."""
    found: list[dict[str, Any]] = document.get("parties", [])
    return tuple(MarkedParty(each["helped"], frozenset(each["marks"])) for each in found)


def _born(party: Party) -> str | None:
    name = comparable(party.name or "")
    return f"{name}{_BETWEEN}{party.birth_year}" if name and party.birth_year else None
