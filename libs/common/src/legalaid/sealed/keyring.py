"""The keyring: one document of wrapped data keys per request or call, shared by all services.

Deleting a document makes every box sealed under it unreadable, in every topic, database and log at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from legalaid import clock
from legalaid.sealed.index import PHONE, BlindIndex
from legalaid.sealed.keys import COMPARTMENTS, KeyEncryptionKeys, Keys, WrappedKey
from legalaid.sealed.parties import MarkedParty, Parties, PartyIndex, marked
from legalaid.settings import KeyringSettings
from legalaid.store.client import Collection, Document, Index, InsertOne, Store, create_indexes, transient, write

DATABASE: Final = "keyring"
COLLECTION: Final = "keys"

Phones: TypeAlias = str | tuple[str, ...] | None
"""The numbers (E.164) by which an owner may be recognised: of the person, of the applicant, or none."""
_NOBODY: Final[Mapping[str, Parties]] = MappingProxyType({})


class Keyring:
    """Makes, fetches and destroys the keys of requests, as far as this process's key-encryption keys reach.

    What a service alone seals and opens has keys in that service's own ``database``, for the compartments whose
    key-encryption keys the service has.
    """

    def __init__(
        self,
        store: Store,
        settings: KeyringSettings,
        *,
        database: str = DATABASE,
        compartments: Sequence[str] = COMPARTMENTS,
    ) -> None:
        self._keys: Collection = store.collection(database, COLLECTION)
        self._compartments = compartments
        self._keks = KeyEncryptionKeys(settings)
        self._index = BlindIndex(settings)
        self._party_index = PartyIndex(settings)

    async def create_indexes(self) -> None:
        """Create what ``owners`` and ``sharing`` look up."""
        await create_indexes(self._keys, [Index("index"), Index("parties.marks", sparse=True)])

    async def create(self, owners: Mapping[str, Phones], parties: Mapping[str, Parties] = _NOBODY) -> dict[str, Keys]:
        """The keys of ``owners``: new ones, or for an owner that has keys already, those.

        A new owner can be compared by the marks of ``parties``.
        An owner that had keys and was erased gets new ones: who may be asked again about an erased owner looks first
        whether it knows the owner. Raises ``NotEntitledError`` when a key-encryption key is missing.
        """
        now = clock.now()
        made = {owner: self._new(owner) for owner in owners}
        documents = [self._document(keys, owners[owner], parties.get(owner), now) for owner, keys in made.items()]
        written = await write(self._keys, [InsertOne(document) for document in documents])
        if written.taken:
            taken = [documents[position]["_id"] for position in written.taken]
            for owner in taken:
                del made[owner]
            made |= await self.fetch(taken)
        return made

    async def fetch(self, owners: Iterable[str]) -> dict[str, Keys]:
        """The keys of those ``owners`` that have any, by one query; who is absent was erased, or never was."""
        wanted = list(set(owners))
        if not wanted:
            return {}
        with transient():
            found = await self._keys.find({"_id": {"$in": wanted}}, {"keys": 1}).to_list(None)
        return {document["_id"]: Keys(document["_id"], _wrapped(document), self._keks) for document in found}

    async def replace_index(self, owner: str, phones: Phones, parties: Parties | None = None) -> None:
        """Recognise ``owner`` by ``phones`` and compare it by ``parties``, and no longer by anything else."""
        marks = self._party_index.documents(parties) if parties else []
        kept = {"$set": {"index": self._marks(phones), "parties": marks}}
        with transient():
            await self._keys.update_one({"_id": owner}, kept)

    async def parties(self, owners: Iterable[str]) -> dict[str, tuple[MarkedParty, ...]]:
        """Who stands in the matters of ``owners``, by one query; who has no marks is absent."""
        return await self._marked({"_id": {"$in": list(set(owners))}})

    async def sharing(self, marks: Iterable[str], most: int = 0) -> dict[str, tuple[MarkedParty, ...]]:
        """Who stands in the matters of owners that have any of ``marks``, of at most ``most`` unless it is 0."""
        wanted = sorted(set(marks))
        return await self._marked({"parties.marks": {"$in": wanted}}, most) if wanted else {}

    async def _marked(self, query: Document, most: int = 0) -> dict[str, tuple[MarkedParty, ...]]:
        with transient():
            found = await self._keys.find(query, {"parties": 1}, limit=most).to_list(None)
        return {document["_id"]: parties for document in found if (parties := marked(document))}

    async def matches(self, owner: str, phone: str) -> bool:
        """Whether ``owner`` can be recognised by ``phone`` (E.164). An owner without keys by none."""
        with transient():
            document = await self._keys.find_one({"_id": owner}, {"index": 1})
        marks: list[str] = document["index"] if document else []
        return any(self._index.matches(mark, PHONE, phone.encode()) for mark in marks)

    async def owners(self, phone: str) -> list[str]:
        """Who can be recognised by ``phone`` (E.164): what a person's wish to be erased is carried out on."""
        marks = self._index.marks(PHONE, phone.encode())
        with transient():
            found = await self._keys.find({"index": {"$in": marks}}, {"_id": 1}).sort("_id", 1).to_list(None)
        return [document["_id"] for document in found]

    async def erase(self, owner: str) -> bool:
        """Destroy the keys of ``owner``; whether there were any. Backups hold them until they expire."""
        with transient():
            return (await self._keys.delete_one({"_id": owner})).deleted_count > 0

    def _new(self, owner: str) -> Keys:
        plain = {compartment: AESGCM.generate_key(256) for compartment in self._compartments}
        wrapped = {compartment: self._keks.wrap(compartment, key) for compartment, key in plain.items()}
        return Keys(owner, wrapped, self._keks, plain)

    def _document(self, keys: Keys, phones: Phones, parties: Parties | None, now: datetime) -> Document:
        wrapped = {name: {"version": key.version, "wrapped": key.wrapped} for name, key in keys.wrapped.items()}
        document = {"_id": keys.owner, "keys": wrapped, "index": self._marks(phones), "created_at": now}
        marks = self._party_index.documents(parties) if parties else []
        return document | {"parties": marks} if marks else document

    def _marks(self, phones: Phones) -> list[str]:
        numbers = (phones,) if isinstance(phones, str) else phones or ()
        return [self._index.mark(PHONE, number.encode()) for number in dict.fromkeys(numbers)]


def _wrapped(document: Document) -> dict[str, WrappedKey]:
    return {name: WrappedKey(key["version"], key["wrapped"]) for name, key in document["keys"].items()}
