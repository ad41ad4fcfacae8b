"""The way to MongoDB, and the only module that knows the driver (docs/adr/0002-motor.md).

Everything above it sees plain documents, and errors of three kinds: not now (``TransientError``), taken
(``DuplicateKeyError``) and never (``StoreRefusedError``). The driver's own error texts quote documents, so none of them
leaves this module.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from bson.codec_options import CodecOptions, TypeRegistry
from bson.errors import BSONError
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import IndexModel, InsertOne, ReplaceOne, UpdateMany, UpdateOne, errors
from pymongo.read_concern import ReadConcern

from legalaid.clock import elapsed
from legalaid.errors import PermanentError, TransientError
from legalaid.health import Check
from legalaid.settings import MongoSettings

__all__ = [
    "Collection",
    "Document",
    "DuplicateKeyError",
    "Index",
    "InsertOne",
    "ReplaceOne",
    "Store",
    "StoreRefusedError",
    "UpdateMany",
    "UpdateOne",
    "Written",
    "append",
    "create_indexes",
    "majority_reads",
    "transient",
    "write",
]

Document: TypeAlias = dict[str, Any]
Collection: TypeAlias = "AsyncIOMotorCollection[Document]"
Operation: TypeAlias = InsertOne[Document] | ReplaceOne[Document] | UpdateMany | UpdateOne

_DUPLICATE_KEY: Final = 11000
_NOT_NOW_LABELS: Final = ("RetryableWriteError", "TransientTransactionError", "RetryableError", "SystemOverloadedError")
_NOT_NOW: Final = frozenset(
    {
        1,  # InternalError: the server's own trouble, as when its disk is full or broken, and no fault of a document
        6,  # HostUnreachable
        7,  # HostNotFound
        8,  # UnknownError
        13,  # Unauthorized: what the operator must mend is no fault of a document
        18,  # AuthenticationFailed
        24,  # LockTimeout
        43,  # CursorNotFound: the rest of a long answer was on a server that is gone; the question again finds it
        50,  # MaxTimeMSExpired
        64,  # WriteConcernFailed: written, but perhaps not for good; the same write again finds itself
        89,  # NetworkTimeout
        91,  # ShutdownInProgress
        112,  # WriteConflict
        133,  # FailedToSatisfyReadPreference
        134,  # ReadConcernMajorityNotAvailableYet
        175,  # QueryPlanKilled
        189,  # PrimarySteppedDown
        237,  # CursorKilled, as 43
        262,  # ExceededTimeLimit
        9001,  # SocketException
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11601,  # Interrupted
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
        14031,  # OutOfDiskSpace
    }
)
_READY_SECONDS: Final = 3.0


class DuplicateKeyError(Exception):
    """Another document already has this value of ``field``, which is unique."""

    def __init__(self, field: str) -> None:
        super().__init__(f"the value of {field} is taken")
        self.field = field


class StoreRefusedError(PermanentError):
    """The store will never take this: a document too large or not encodable, an index that differs, a bug of ours."""

    def __init__(self, name: str, code: int | None = None) -> None:
        super().__init__("store-refused")
        self.name = name
        self.code = code

    def __str__(self) -> str:
        return f"{self.reason}: {self.name} {self.code or ''}".rstrip()


@dataclass(frozen=True)
class Index:
    """An index, declared beside the collection that needs it and created at start.

    ``keys`` are field names; a leading ``-`` means descending.
    """

    keys: str | Sequence[str]
    unique: bool = False
    sparse: bool = False
    partial: Mapping[str, Any] | None = None
    expire_after_seconds: int | None = None
    name: str | None = None

    def model(self) -> IndexModel:
        """As the driver wants it."""
        names = [self.keys] if isinstance(self.keys, str) else self.keys
        options = {
            "name": self.name,
            "unique": self.unique or None,
            "sparse": self.sparse or None,
            "partialFilterExpression": self.partial,
            "expireAfterSeconds": self.expire_after_seconds,
        }
        return IndexModel(
            [(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in names],
            **{option: value for option, value in options.items() if value is not None},
        )


@contextmanager
def transient() -> Iterator[None]:
    """Turn the driver's errors into ours: around every call to a collection.

    Raises ``TransientError``, ``DuplicateKeyError`` or ``StoreRefusedError``.
    """
    try:
        yield
    except errors.DuplicateKeyError as error:
        raise DuplicateKeyError(_taken_field(error.details or {})) from None
    except (errors.PyMongoError, BSONError) as error:
        raise _ours(error) from None


def _ours(error: Exception) -> Exception:
    name = type(error).__name__
    code = error.code if isinstance(error, errors.OperationFailure) else None
    if isinstance(error, errors.BulkWriteError):
        code = next((each["code"] for each in error.details["writeErrors"] if each["code"] != _DUPLICATE_KEY), code)
    if isinstance(error, errors.PyMongoError) and _is_not_now(error):
        return TransientError(f"store: {name} {code or ''}".rstrip())
    return StoreRefusedError(name, code)


def _is_not_now(error: errors.PyMongoError) -> bool:
    if isinstance(error, (errors.ConnectionFailure, errors.WriteConcernError)) or error.timeout:
        return True
    if any(error.has_error_label(label) for label in _NOT_NOW_LABELS):
        return True
    if isinstance(error, errors.BulkWriteError):
        codes = {failed.get("code") for failed in error.details.get("writeErrors", [])}
        return bool(error.details.get("writeConcernErrors")) or bool(codes & _NOT_NOW)
    return isinstance(error, errors.OperationFailure) and error.code in _NOT_NOW


def _taken_field(details: Mapping[str, Any]) -> str:
    return next(iter(details.get("keyPattern", {})), "unknown")


@dataclass(frozen=True)
class Written:
    """What became of a bulk write."""

    matched: int
    """How many replacements and updates found their document."""
    taken: Mapping[int, str]
    """Operations that a unique index refused, by position, with its first field: ``_id`` or another."""


async def write(collection: Collection, operations: Sequence[Operation]) -> Written:
    """Do all operations, in no order, each whether or not another is refused.

    Raises ``TransientError`` when any of them may be undone or was not tried: all can be done again.
    """
    if not operations:
        return Written(0, {})
    try:
        done = await collection.bulk_write(operations, ordered=False)
    except errors.BulkWriteError as error:
        refused = error.details["writeErrors"]
        if _is_not_now(error) or any(each["code"] != _DUPLICATE_KEY for each in refused):
            raise _ours(error) from None
        return Written(error.details["nMatched"], {each["index"]: _taken_field(each) for each in refused})
    except (
        errors.DuplicateKeyError
    ):  # of the whole command, so it names none: two writers met, and it can be done again
        raise TransientError("store: two writers met in a unique index") from None
    except (errors.PyMongoError, BSONError) as error:
        raise _ours(error) from None
    return Written(done.matched_count, {})


async def append(collection: Collection, documents: Sequence[Document]) -> int:
    """Insert in order up to the first whose ``_id`` is taken, and say how many were inserted.

    Raises ``TransientError`` when any may be undone or was not tried: those before it may be there.
    """
    try:
        await collection.insert_many(documents, ordered=True)
    except errors.BulkWriteError as error:
        if _is_not_now(error) or any(each["code"] != _DUPLICATE_KEY for each in error.details["writeErrors"]):
            raise _ours(error) from None
        return int(error.details["nInserted"])
    except (errors.PyMongoError, BSONError) as error:
        raise _ours(error) from None
    return len(documents)


async def create_indexes(collection: Collection, indexes: Sequence[Index]) -> None:
    """Create what is missing. Raises ``StoreRefusedError`` when an index of that name or those keys differs."""
    if indexes:
        with transient():
            await collection.create_indexes([index.model() for index in indexes])


def majority_reads(collection: Collection) -> Collection:
    """The same collection, seen as a majority holds it: what is read can no longer be undone by a failover."""
    return collection.with_options(read_concern=ReadConcern("majority"))


def _encodable(value: Any) -> Any:
    """BSON has neither days nor sets: a day goes as ISO text, a set as a list. Models read both back."""
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, (set, frozenset)) else value


def _tls(settings: MongoSettings) -> dict[str, Any]:
    return {} if settings.ca_file is None else {"tls": True, "tlsCAFile": str(settings.ca_file)}


class Store:
    """A pool of connections. Writes are acknowledged by a majority with their journals; reads go to the primary.

    Reads see the primary's newest state, so that a decision never starts from less than what was acknowledged.
    """

    def __init__(self, settings: MongoSettings, *, app_name: str) -> None:
        self._prefix = settings.prefix
        self.journal_days = settings.journal_days
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            settings.url.get_secret_value(),
            appname=app_name,
            w="majority",
            journal=True,
            retryWrites=True,
            readPreference="primary",
            timeoutMS=int(settings.timeout_seconds * 1000),
            serverSelectionTimeoutMS=int(settings.timeout_seconds * 1000),
            **_tls(settings),
        )
        self._codec: CodecOptions[Document] = CodecOptions(
            tz_aware=True, type_registry=TypeRegistry(fallback_encoder=_encodable)
        )
        self._pinged = (float("-inf"), Check("store", ok=False, detail="not asked yet"))

    def collection(self, database: str, name: str) -> Collection:
        """A collection of ``database``, which gets the prefix of the installation."""
        return self._client[self._prefix + database].get_collection(name, codec_options=self._codec)

    async def collection_names(self, database: str) -> list[str]:
        """The collections that ``database`` has now."""
        with transient():
            return await self._client[self._prefix + database].list_collection_names()

    async def ready(self) -> Check:
        """Whether a primary answers; asked at most every three seconds."""
        at, check = self._pinged
        if elapsed() - at < _READY_SECONDS:
            return check
        try:
            with transient():
                await self._client.admin.command("ping")
            check = Check("store", ok=True)
        except (TransientError, StoreRefusedError) as error:
            check = Check("store", ok=False, detail=str(error))
        self._pinged = (elapsed(), check)
        return check

    async def close(self) -> None:
        """Close all connections."""
        self._client.close()
