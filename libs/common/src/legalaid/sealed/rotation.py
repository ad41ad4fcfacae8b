"""Rotation of a compartment's key-encryption key: every data key is wrapped anew; no box is touched.

What is left to do is what the documents say, so a rotation that was cut short is finished by starting it again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from legalaid.sealed.box import SealError
from legalaid.sealed.keyring import COLLECTION, DATABASE
from legalaid.sealed.keys import COMPARTMENTS, KeyEncryptionKeys, NotEntitledError, WrappedKey
from legalaid.settings import KeyringSettings
from legalaid.store.client import Collection, Document, Store, UpdateOne, transient, write

_BATCH = 500


@dataclass(frozen=True)
class Rotated:
    """What a rotation did."""

    version: str
    """The newest: what the data keys are wrapped under now."""
    rewrapped: int
    failed: int
    """Documents whose old KEK is not in the settings, or whose wrapped key was changed: still as they were."""


async def rotate(
    store: Store, settings: KeyringSettings, compartment: str, *, database: str = DATABASE, batch: int = _BATCH
) -> Rotated:
    """Wrap the data keys of ``compartment`` under its newest KEK; the settings must hold the old ones too.

    ``database`` is another one for the keys that a service keeps for itself.
    Raises ``NotEntitledError`` when the settings have no KEK of the compartment.
    """
    keks = KeyEncryptionKeys(settings)
    newest = keks.newest(compartment)
    collection = store.collection(database, COLLECTION)
    rewrapped = failed = 0
    after = ""
    while found := await _older(collection, compartment, newest, after, batch):
        updates = [update for document in found if (update := _update(keks, compartment, document)) is not None]
        written = await write(collection, updates)
        rewrapped += written.matched
        failed += len(found) - len(updates)
        after = found[-1]["_id"]
    return Rotated(newest, rewrapped, failed)


async def count_versions(store: Store, *, database: str = DATABASE) -> dict[str, Counter[str]]:
    """How many data keys each KEK version wraps, by compartment."""
    counts: dict[str, Counter[str]] = {compartment: Counter() for compartment in COMPARTMENTS}
    with transient():
        async for document in store.collection(database, COLLECTION).find({}, {"keys": 1}):
            for compartment, key in document["keys"].items():
                counts[compartment][key["version"]] += 1
    return counts


async def _older(collection: Collection, compartment: str, newest: str, after: str, batch: int) -> Sequence[Document]:
    query = {f"keys.{compartment}.version": {"$exists": True, "$ne": newest}, "_id": {"$gt": after}}
    with transient():
        return await collection.find(query, {f"keys.{compartment}": 1}).sort("_id", 1).limit(batch).to_list(None)


def _update(keks: KeyEncryptionKeys, compartment: str, document: Document) -> UpdateOne | None:
    """Only if it is still as it was read: a document erased meanwhile must not come back, even in part."""
    field = f"keys.{compartment}"
    old = WrappedKey(**document["keys"][compartment])
    try:
        new = keks.wrap(compartment, keks.unwrap(compartment, old))
    except (NotEntitledError, SealError):
        return None
    return UpdateOne(
        {"_id": document["_id"], f"{field}.version": old.version},
        {"$set": {field: {"version": new.version, "wrapped": new.wrapped}}},
    )
