"""Poison never blocks and never vanishes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from legalaid.bus import Batch
from legalaid.bus.dead_letters import Letter
from legalaid.bus.record import Headers, Raw
from legalaid.errors import PermanentError
from legalaid.events import Message, calls

from .conftest import Bus, Seen, messages, until, withdrawals

TOPIC = calls.TOPIC.name


def _raw(message: Message, **changes: Any) -> Raw:
    return replace(Raw(message.topic, message.key.encode(), message.value, message.headers), **changes)


def _with(message: Message, name: str, value: bytes | None) -> Headers:
    """The headers of a message, with one of them changed, or gone for None."""
    kept = [header for header in message.headers if header[0] != name]
    return tuple(kept if value is None else [*kept, (name, value)])


def _event_id(letter: Letter) -> str:
    value = dict(letter.original.headers)["ce_id"]
    assert value is not None
    return value.decode()


def _poison() -> dict[str, Raw]:
    """One record of every kind that cannot be processed, by the reason expected for it; all of one key."""
    one = messages(keys=1, each=1)[0]
    withdrawn = withdrawals(1)[0]
    return {
        "not-cloudevents": Raw(TOPIC, one.key.encode(), b"\xff\x00junk", (("x", None), ("y", b"\xff"))),
        "missing-attribute": _raw(one, headers=_with(one, "ce_id", None)),
        "bad-attribute": _raw(one, headers=_with(one, "ce_sequence", b"minus one")),
        "unknown-type": _raw(one, headers=_with(one, "ce_type", b"vn.legalaid.call.answered.v9")),
        "bad-data": _raw(one, value=b'{"call_id": 7}'),
        "wrong-topic": Raw(TOPIC, one.key.encode(), withdrawn.value, withdrawn.headers),
    }


async def test_every_kind_of_poison_becomes_a_dead_letter_as_it_came_and_the_rest_flows(bus: Bus) -> None:
    seen = Seen()
    poison = _poison()
    good = messages(keys=1, each=20)
    mixed: list[Raw] = [_raw(good[0])]
    for bad, fine in zip(poison.values(), good[1:], strict=False):
        mixed += [bad, _raw(fine)]
    await bus.producer.forward([*mixed, *map(_raw, good[len(poison) + 1 :])])
    async with bus.running(bus.consumer(seen)):
        await until(lambda: len(seen.counts) == len(good))
    assert seen.skipped == []
    letters = await bus.letters()
    assert [letter.reason for letter in letters] == list(poison)
    for letter, (reason, bad) in zip(letters, poison.items(), strict=True):
        assert letter.original == bad, reason
        assert letter.about["topic"] == TOPIC
        assert letter.about["group"] == "routing"
    assert await bus.committed() == len(good) + len(poison)


async def test_records_without_a_key_or_anything_at_all_are_dead_letters_too(bus: Bus) -> None:
    await bus.producer.forward([Raw(TOPIC, None, b"no key", (), 2), Raw(TOPIC, b"no value", None, ())])
    async with bus.running(bus.consumer(Seen())), bus.letters_until(2) as letters:
        assert {letter.original.key for letter in letters} == {None, b"no value"}
        assert {letter.original.value for letter in letters} == {b"no key", None}


def _failing(seen: Any, bad: set[str], error: Exception) -> Callable[[Batch], Awaitable[None]]:
    async def handler(batch: Batch) -> None:
        if any(event.id in bad for event in batch.events):
            raise error
        await seen(batch)

    return handler


async def test_a_bug_of_the_handler_costs_only_the_event_that_shows_it(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=25, each=2)
    bad = {sent[7].id, sent[31].id}
    await bus.producer.publish(sent)
    async with bus.running(bus.consumer(_failing(seen, bad, KeyError("Giàng Thị Máy, 0912 345 678")))):
        await until(lambda: len(seen.counts) == len(sent) - 2)
        async with bus.letters_until(2) as letters:
            pass
    assert {_event_id(letter) for letter in letters} == bad
    for letter in letters:
        assert (letter.reason, letter.about["error"]) == ("handler-error", "KeyError")
        assert "Giàng" not in str(letter.about)


async def test_a_permanent_error_gives_its_own_reason(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=3, each=1)
    await bus.producer.publish(sent)
    handler = _failing(seen, {sent[1].id}, PermanentError("sealed-box"))
    async with bus.running(bus.consumer(handler)), bus.letters_until(1) as letters:
        assert letters[0].reason == "sealed-box"
    assert set(seen.counts) == {sent[0].id, sent[2].id}


async def test_what_the_handler_rejects_is_buried_and_the_rest_of_the_batch_is_not(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=4, each=5)
    gap = {message.id for message in sent[8:12]}

    async def handler(batch: Batch) -> None:
        for event in batch.events:
            if event.id in gap:
                batch.reject(event, "gap")
        await seen(batch)

    await bus.producer.publish(sent)
    async with bus.running(bus.consumer(handler)), bus.letters_until(4) as letters:
        assert {_event_id(letter) for letter in letters} == gap
        assert {letter.reason for letter in letters} == {"gap"}
    assert await bus.committed() == len(sent)


async def test_poison_in_a_row_stops_its_partition_and_no_other(bus: Bus) -> None:
    seen = Seen()
    good = messages(keys=12, each=3)
    key = good[0].key.encode()
    junk = [Raw(TOPIC, key, b"junk %d" % number, ()) for number in range(10)]
    await bus.producer.forward([*junk, *map(_raw, good)])
    consumer = bus.consumer(seen, breaker_failures=4)
    async with bus.running(consumer):
        async with bus.letters_until(4) as letters:
            assert [letter.original.value for letter in letters] == [b"junk %d" % number for number in range(4)]
        partition = letters[0].partition
        elsewhere = [one for one in good if bus.partition_of(one.key) != partition]
        await until(lambda: {one.id for one in elsewhere} <= set(seen.counts))
        ready = await consumer.ready()
        assert not ready.ok
        assert f"{TOPIC}/{partition}" in ready.detail
        assert consumer.live().ok
    assert len(await bus.letters()) == 4
    assert await bus.committed() == 4 + len(elsewhere)
