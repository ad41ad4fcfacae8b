from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events import requests
from legalaid.store import Aggregate, Documents, Index, Store, StoreRefusedError, TakenError

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Matter(Aggregate):
    code: str
    notes: tuple[str, ...] = ()


INDEXES = [Index("code", unique=True), Index(("notes", "-code"), name="by_note", partial={"notes": {"$exists": True}})]


@pytest.fixture
async def matters(store: Store) -> Documents[Matter]:
    documents = Documents(store, "intake", "matters", Matter, indexes=INDEXES)
    await documents.create_indexes()
    return documents


def other_process(store: Store) -> Documents[Matter]:
    """The same collection, with no memory of what the first process published."""
    return Documents(store, "intake", "matters", Matter)


def matter(name: str, code: str = "") -> Matter:
    return Matter(id=ids.request_id("test", name), code=code or f"code of {name}")


def told(one: Matter, note: str) -> Matter:
    after = one.model_copy(update={"notes": (*one.notes, note)})
    data = requests.RequestWithdrawn(request_id=one.id, withdrawn_at=AT)
    after.emit(data, cause=note, time=AT, correlation_id=one.id)
    return after


async def raw(documents: Documents[Matter], one: Matter) -> dict[str, Any]:
    found = await documents.collection.find_one({"_id": one.id})
    assert found is not None
    return found


async def load(documents: Documents[Matter], one: Matter) -> Matter:
    return (await documents.load([one.id]))[one.id]


async def test_what_was_written_is_loaded(matters: Documents[Matter]) -> None:
    one, two = told(matter("1"), "hello"), matter("2")
    assert await matters.insert([one, two]) == set()
    assert (one.version, two.version) == (1, 1)
    loaded = await matters.load([one.id, two.id, ids.random_id()])
    assert loaded.keys() == {one.id, two.id}
    assert loaded[two.id] == two
    assert loaded[one.id].outbox == one.outbox
    assert await matters.load([]) == {}
    assert await matters.save([]) == set()


async def test_an_insert_that_collides_is_told_and_changes_nothing(matters: Documents[Matter]) -> None:
    await matters.insert([matter("1")])
    again, new = told(matter("1", "another code"), "again"), matter("2")
    assert await matters.insert([again, new]) == {again.id}
    assert (again.version, new.version) == (0, 1)
    assert await load(matters, again) == matter("1").model_copy(update={"version": 1})


async def test_a_taken_code_is_told_apart_from_a_taken_id(matters: Documents[Matter]) -> None:
    await matters.insert([matter("1", "A"), matter("2", "B")])
    collides, taken, new = matter("1", "C"), matter("3", "B"), matter("4", "D")
    with pytest.raises(TakenError) as raised:
        await matters.insert([collides, taken, new])
    assert raised.value.taken == {taken.id: "code"}
    assert raised.value.losers == {collides.id}
    assert str(raised.value) == "taken: code"
    assert (await matters.load([new.id, taken.id])).keys() == {new.id}
    taken.code = "E"
    assert await matters.insert([taken]) == set()


async def test_a_changed_code_can_be_taken_too(matters: Documents[Matter]) -> None:
    one, two, three = matter("1", "A"), matter("2", "B"), matter("3", "C")
    await matters.insert([one, two, three])
    one.code = "B"
    with pytest.raises(TakenError) as raised:
        await matters.save([one, told(two, "x"), told(three, "y")])
    assert raised.value.taken == {one.id: "code"}
    assert raised.value.losers == set()
    assert (await load(matters, two)).notes == ("x",)
    assert (await load(matters, one)).version == 1


async def test_the_losers_of_a_save_are_exactly_those_that_somebody_else_wrote(matters: Documents[Matter]) -> None:
    first = [matter(str(number)) for number in range(10)]
    await matters.insert(first)
    mine, theirs = await matters.load([each.id for each in first]), await matters.load([each.id for each in first])
    lost = {first[2].id, first[5].id}
    assert await matters.save([told(theirs[each], "theirs") for each in sorted(lost)]) == set()
    await matters.collection.delete_one({"_id": first[7].id})
    new, late = matter("new"), matter("0", "late")
    writing = [told(mine[each.id], "mine") for each in first[1:]]
    assert await matters.save([*writing, new, late]) == lost | {first[7].id, late.id}
    stored = await matters.load([each.id for each in first])
    assert {key for key, each in stored.items() if each.notes == ("mine",)} == {
        each.id for each in first[1:] if each.id not in lost | {first[7].id}
    }
    assert all(stored[key].notes == ("theirs",) for key in lost)
    assert {each.version for each in writing if each.id in lost} == {1}
    assert {stored[key].version for key in lost} == {2}
    assert (await load(matters, new)).version == 1


async def test_one_id_twice_or_an_old_document_inserted_is_a_programming_error(matters: Documents[Matter]) -> None:
    with pytest.raises(ValueError, match="twice"):
        await matters.save([matter("1"), matter("1")])
    old = matter("2")
    await matters.insert([old])
    with pytest.raises(ValueError, match="never stored"):
        await matters.insert([old])


async def test_a_write_whose_answer_was_lost_finds_itself(matters: Documents[Matter]) -> None:
    one = told(matter("1"), "a")
    lost_answer = one.model_copy()
    await matters.insert([one])
    assert await matters.insert([lost_answer]) == {one.id}
    changed = told(one, "b")
    lost_answer = changed.model_copy()
    assert await matters.save([changed]) == set()
    assert await matters.save([lost_answer]) == {one.id}
    stored = await load(matters, one)
    assert stored.notes == ("a", "b")
    assert [message.id for message in stored.outbox] == [message.id for message in changed.outbox]


async def test_only_the_sweeper_cares_for_what_no_consumer_wrote(matters: Documents[Matter]) -> None:
    by_api, by_consumer, silent = told(matter("1"), "a"), told(matter("2"), "a"), matter("3")
    await matters.insert([by_api, silent])
    await matters.save([by_consumer], by_consumer=True)
    assert "outbox_since" in await raw(matters, by_api)
    assert "outbox_since" not in await raw(matters, by_consumer)
    assert (await raw(matters, silent)).keys().isdisjoint({"outbox", "outbox_since"})
    assert [each.id for each in await matters.unsent(0, 10)] == [by_api.id]


async def test_a_consumer_keeps_the_sweeper_at_what_an_api_call_left(store: Store, matters: Documents[Matter]) -> None:
    one = told(matter("1"), "a")
    await matters.insert([one])
    since = (await raw(matters, one))["outbox_since"]
    await other_process(store).save([told(await load(matters, one), "b")], by_consumer=True)
    stored = await raw(matters, one)
    assert stored["outbox_since"] == since
    assert len(stored["outbox"]) == 2
    await matters.save([told(await load(matters, one), "c")])
    assert (await raw(matters, one))["outbox_since"] == since


async def test_a_write_drops_only_what_this_process_saw_published(store: Store, matters: Documents[Matter]) -> None:
    one = told(matter("1"), "a")
    await matters.save([one], by_consumer=True)
    matters.acknowledge([one])
    assert matters.is_acknowledged(one.outbox[0])
    theirs = other_process(store)
    two = told(await load(theirs, one), "b")
    await theirs.save([two], by_consumer=True)
    assert len((await raw(matters, one))["outbox"]) == 2
    three = told(await load(matters, one), "c")
    await matters.save([three], by_consumer=True)
    assert [entry["id"] for entry in (await raw(matters, one))["outbox"]] == [each.id for each in three.outbox]
    assert len(three.outbox) == 2


async def test_when_nothing_is_left_to_publish_the_sweeper_is_let_go(matters: Documents[Matter]) -> None:
    one = told(matter("1"), "a")
    await matters.insert([one])
    matters.acknowledge([one])
    one.notes = ("silent",)
    await matters.save([one])
    assert (await raw(matters, one)).keys().isdisjoint({"outbox", "outbox_since"})


async def test_acknowledged_entries_are_forgotten_in_the_end(
    matters: Documents[Matter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("legalaid.store.documents._REMEMBERED", 10)
    sent = [told(matter(str(number)), "a") for number in range(40)]
    for each in sent:
        matters.acknowledge([each])
    known = [matters.is_acknowledged(each.outbox[0]) for each in sent]
    assert known[-10:] == [True] * 10
    assert known.count(True) <= 22
    assert known == sorted(known)


async def test_settle_clears_what_nobody_wrote_since(matters: Documents[Matter]) -> None:
    one, two = told(matter("1"), "a"), told(matter("2"), "a")
    await matters.insert([one, two])
    overtaking = told(await load(matters, two), "b")
    await matters.save([overtaking], by_consumer=True)
    await matters.settle([one, two])
    assert (await raw(matters, one)).keys().isdisjoint({"outbox", "outbox_since"})
    assert (await raw(matters, one))["version"] == one.version
    assert len((await raw(matters, two))["outbox"]) == 2
    assert (await load(matters, two)).outbox_since is not None
    assert (one.outbox, one.outbox_since) == ([], None)
    await matters.save([told(one, "goes on")])


async def test_the_unsent_are_found_when_old_enough_oldest_first(
    matters: Documents[Matter], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.real_now()
    for name, age in (("1", 5), ("2", 30), ("3", 20)):
        monkeypatch.setattr(clock, "real_now", lambda age=age: now - timedelta(seconds=age))
        await matters.insert([told(matter(name), "a")])
    monkeypatch.setattr(clock, "real_now", lambda: now)
    old = [matter(name).id for name in ("2", "3", "1")]
    assert [each.id for each in await matters.unsent(10, 10)] == old[:2]
    assert [each.id for each in await matters.unsent(1, 10)] == old
    assert [each.id for each in await matters.unsent(1, 1)] == old[:1]


async def test_confirm_wants_what_was_seen_to_be_held(matters: Documents[Matter]) -> None:
    one = matter("1")
    await matters.insert([one])
    await matters.confirm([one])
    ahead = one.model_copy(update={"version": 2})
    with pytest.raises(TransientError):
        await matters.confirm([ahead])
    with pytest.raises(TransientError):
        await matters.confirm([one, matter("2").model_copy(update={"version": 1})])


async def test_find_sorts_and_limits(matters: Documents[Matter]) -> None:
    await matters.insert([matter(str(number), code) for number, code in enumerate("CAB")])
    assert [each.code for each in await matters.find({}, sort="code")] == ["A", "B", "C"]
    assert [each.code for each in await matters.find({"code": {"$gt": "A"}}, sort="code", limit=1)] == ["B"]


async def test_a_stream_comes_in_pages(matters: Documents[Matter], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legalaid.store.documents._PAGE", 2)
    await matters.insert([matter(str(number), code) for number, code in enumerate("EDCBA")])
    pages = [[each.code for each in page] async for page in matters.stream({"code": {"$gt": "A"}}, sort="code")]
    assert pages == [["B", "C"], ["D", "E"]]
    assert sum([len(page) async for page in matters.stream({})]) == 5


async def test_indexes_are_as_declared(store: Store, matters: Documents[Matter]) -> None:
    await matters.create_indexes()
    made = {each["name"]: each for each in await matters.collection.list_indexes().to_list(None)}
    assert made["code_1"]["unique"] is True
    assert made["outbox_since_1"]["sparse"] is True
    assert list(made["by_note"]["key"].items()) == [("notes", 1), ("code", -1)]
    assert made["by_note"]["partialFilterExpression"] == {"notes": {"$exists": True}}
    changed = Documents(store, "intake", "matters", Matter, indexes=[Index("code", name="code_1")])
    with pytest.raises(StoreRefusedError):
        await changed.create_indexes()


async def test_what_the_store_refuses_is_not_quoted(matters: Documents[Matter]) -> None:
    too_large = matter("1", "Giàng Thị Mỷ" * 2_000_000)
    with pytest.raises(StoreRefusedError) as raised:
        await matters.insert([too_large])
    assert len(str(raised.value)) < 100
    with pytest.raises(StoreRefusedError) as raised:
        await matters.find({"$giàng": 1})
    assert "giàng" not in str(raised.value)
