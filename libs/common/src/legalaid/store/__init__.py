"""The store: aggregates in MongoDB, each with its outbox, written by version (docs/outbox.md)."""

from legalaid.store.aggregate import Aggregate
from legalaid.store.client import (
    Collection,
    Document,
    DuplicateKeyError,
    Index,
    Store,
    StoreRefusedError,
    create_indexes,
    transient,
)
from legalaid.store.documents import Documents, TakenError
from legalaid.store.fold import Decide, Step, fold, in_sequence
from legalaid.store.group_commit import GroupCommit
from legalaid.store.outbox import Publisher, publish_outboxes, sweeper
from legalaid.store.outgoing import Outgoing

__all__ = [
    "Aggregate",
    "Collection",
    "Decide",
    "Document",
    "Documents",
    "DuplicateKeyError",
    "GroupCommit",
    "Index",
    "Outgoing",
    "Publisher",
    "Step",
    "Store",
    "StoreRefusedError",
    "TakenError",
    "create_indexes",
    "fold",
    "in_sequence",
    "publish_outboxes",
    "sweeper",
    "transient",
]
