"""The store: aggregates in MongoDB, each with its outbox, written by version (docs/outbox.md)."""

from legalaid.store.aggregate import Aggregate
from legalaid.store.census import ANY_TIME, LATER, OVERDUE, census, distance, tally
from legalaid.store.client import (
    Collection,
    Document,
    DuplicateKeyError,
    Index,
    Store,
    StoreRefusedError,
    append,
    create_indexes,
    majority_reads,
    transient,
)
from legalaid.store.documents import Documents, TakenError
from legalaid.store.fold import Decide, Step, fold, in_sequence
from legalaid.store.group_commit import GroupCommit
from legalaid.store.journal import Journal, Kept
from legalaid.store.outbox import Publisher, publish_outboxes, sweeper
from legalaid.store.outgoing import Outgoing
from legalaid.store.races import Decided

__all__ = [
    "ANY_TIME",
    "LATER",
    "OVERDUE",
    "Aggregate",
    "Collection",
    "Decide",
    "Decided",
    "Document",
    "Documents",
    "DuplicateKeyError",
    "GroupCommit",
    "Index",
    "Journal",
    "Kept",
    "Outgoing",
    "Publisher",
    "Step",
    "Store",
    "StoreRefusedError",
    "TakenError",
    "append",
    "census",
    "create_indexes",
    "distance",
    "fold",
    "in_sequence",
    "majority_reads",
    "publish_outboxes",
    "sweeper",
    "tally",
    "transient",
]
