"""Marks of who stands in a matter: by them two cases are compared, and nobody's box is opened (docs/routing.md).

They lie in the keyring beside the keys, so an erasure takes them along. Only who has the key of the marks can make
one, or test a guessed name; who compares them needs no key.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

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
    """Of themselves: ``<PartyMark>:<key version>:<hex>``. The same person's are equal in every matter."""
    matter: frozenset[str]
    """Of the person helped with the field of law, ``<key version>:<hex>``: one person's matters of one kind."""


class PartyIndex:
    """Makes marks, under every key that this process has. Without a key it makes none."""

    def __init__(self, settings: KeyringSettings) -> None:
        self._index = BlindIndex(settings, "parties")

    def documents(self, parties: Parties) -> list[Document]:
        """As the keyring keeps them; who cannot be told from others by what is known is absent."""
        everybody = ((True, parties.helped), *((False, other) for other in parties.others))
        documents = [self._document(party, parties, helped=helped) for helped, party in everybody]
        return [document for document in documents if document["marks"]]

    def _document(self, party: Party, parties: Parties, *, helped: bool) -> Document:
        name = comparable(party.name or "")
        born = f"{name}{_BETWEEN}{party.birth_year}" if name and party.birth_year else None
        near = [f"{name}{_BETWEEN}{commune}" for commune in dict.fromkeys(parties.communes) if name]
        marks = [
            *self._marks(PartyMark.NUMBER, party.phone),
            *self._marks(PartyMark.BORN, born),
            *chain.from_iterable(self._marks(PartyMark.NEAR, each) for each in near),
        ]
        document = {"helped": helped, "marks": marks}
        return document | {"matter": self._matter((born, party.phone), parties.field)} if helped else document

    def _marks(self, kind: PartyMark, value: str | None) -> list[str]:
        if value is None:
            return []
        return [f"{kind}:{mark}" for mark in self._index.marks(f"party-{kind}", value.encode())]

    def _matter(self, known: Iterable[str | None], field: str | None) -> list[str]:
        values = [f"{each}{_BETWEEN}{field}".encode() for each in known if each and field]
        return [mark for value in values for mark in self._index.marks("party-matter", value)]


def marked(document: Document) -> tuple[MarkedParty, ...]:
    """The parties of a document of the keyring; of one from before there were marks, none."""
    return tuple(
        MarkedParty(each["helped"], frozenset(each["marks"]), frozenset(each.get("matter", ())))
        for each in document.get("parties", ())
    )
