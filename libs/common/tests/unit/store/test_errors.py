from typing import Any

import pytest
from bson.errors import InvalidDocument
from pymongo import errors

from legalaid.errors import PermanentError, TransientError
from legalaid.store import DuplicateKeyError, Index, StoreRefusedError, transient
from legalaid.store.client import InsertOne, write

SECRET = "Giàng Thị Mỷ"
NOT_PRIMARY = {"code": 10107, "errmsg": SECRET, "errorLabels": ["RetryableWriteError"]}


def bulk(*, codes: tuple[int, ...] = (), write_concern: bool = False) -> Exception:
    refused = [{"index": 0, "code": code, "errmsg": SECRET, "op": {"name": SECRET}} for code in codes]
    concerns = [{"code": 91, "errmsg": SECRET}] if write_concern else []
    return errors.BulkWriteError({"writeErrors": refused, "writeConcernErrors": concerns})


@pytest.mark.parametrize(
    "error",
    [
        errors.AutoReconnect(SECRET),
        errors.NetworkTimeout(SECRET),
        errors.ServerSelectionTimeoutError(SECRET),
        errors.NotPrimaryError(SECRET, NOT_PRIMARY),
        errors.WaitQueueTimeoutError(SECRET),
        errors.ExecutionTimeout(SECRET, 50),
        errors.WTimeoutError(SECRET, 64),
        errors.WriteConcernError(SECRET, 100),
        errors.OperationFailure(SECRET, 11602),
        errors.OperationFailure(SECRET, 13),
        errors.OperationFailure(SECRET, 1, {"errorLabels": ["RetryableWriteError"]}),
        errors.OperationFailure(SECRET, 1),
        errors.OperationFailure(SECRET, 8),
        errors.OperationFailure(SECRET, 14031),
        errors.CursorNotFound(SECRET, 43),
        errors.OperationFailure(SECRET, 237),
        bulk(codes=(1,)),
        bulk(codes=(14031, 11000)),
        bulk(codes=(189,)),
        bulk(codes=(11000, 112)),
        bulk(write_concern=True),
        bulk(codes=(11000,), write_concern=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_not_now(error: Exception) -> None:
    with pytest.raises(TransientError) as raised, transient():
        raise error
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    "error",
    [
        errors.OperationFailure(SECRET, 2, {"errmsg": SECRET}),
        errors.InvalidOperation(SECRET),
        errors.DocumentTooLarge(SECRET),
        InvalidDocument(SECRET),
        bulk(codes=(121,)),
        bulk(codes=(11000, 121)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_never(error: Exception) -> None:
    with pytest.raises(StoreRefusedError) as raised, transient():
        raise error
    assert isinstance(raised.value, PermanentError)
    assert raised.value.reason == "store-refused"
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__


class Refusing:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def bulk_write(self, _operations: object, *, ordered: bool) -> None:
        assert not ordered
        raise self.error


@pytest.mark.parametrize("error", [bulk(codes=(11000,), write_concern=True), bulk(codes=(11000, 112))])
async def test_a_bulk_write_that_may_be_undone_is_not_now_whatever_collided(error: Exception) -> None:
    collection: Any = Refusing(error)
    with pytest.raises(TransientError) as raised:
        await write(collection, [InsertOne({"name": SECRET})])
    assert SECRET not in str(raised.value)


def test_a_refusal_names_the_code_that_is_no_collision() -> None:
    with pytest.raises(StoreRefusedError, match="store-refused: BulkWriteError 121"), transient():
        raise bulk(codes=(11000, 121))


def test_a_taken_value_is_told_by_its_field() -> None:
    details = {"keyPattern": {"receipt_code": 1}, "keyValue": {"receipt_code": SECRET}}
    with pytest.raises(DuplicateKeyError) as raised, transient():
        raise errors.DuplicateKeyError(SECRET, 11000, details)
    assert raised.value.field == "receipt_code"
    assert SECRET not in str(raised.value)


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="mine"), transient():
        raise ValueError("mine")


def test_an_index_as_the_driver_wants_it() -> None:
    model = Index(("owner", "-due_at"), unique=True, partial={"owner": {"$exists": True}}, name="open").model().document
    assert list(model["key"].items()) == [("owner", 1), ("due_at", -1)]
    assert model["unique"] is True
    assert model["name"] == "open"
    assert model["partialFilterExpression"] == {"owner": {"$exists": True}}
    assert "sparse" not in model
    assert Index("at", sparse=True, expire_after_seconds=0).model().document["expireAfterSeconds"] == 0
