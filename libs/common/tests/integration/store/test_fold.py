"""Promise P2 of the store: whatever is delivered again, cut off or raced, each fact has its effect once, in order."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalaid import ids
from legalaid.errors import TransientError
from legalaid.events import Event, Message, calls, decode, requests
from legalaid.store import Aggregate, Decide, Documents, Step, Store, fold, in_sequence, publish_outboxes, races
from legalaid.store.outbox import sweep

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
KEYS = 3


class Tally(Aggregate):
    """What it saw of its request, and the commands that people gave it; each causes an event of its own."""

    seen: tuple[int, ...] = ()
    commands: tuple[str, ...] = ()


def asked(key: str, sequence: int) -> Event[Any]:
    data = requests.RequestWithdrawn(request_id=key, withdrawn_at=AT)
    return Event(ids.event_id(key, data.event_type, sequence), key, sequence, AT, key, data)


def caused(tally: Tally, cause: str) -> None:
    data = calls.CallAnswered(call_id=tally.id, answered_at=AT)
    tally.emit(data, cause=cause, time=AT, correlation_id=tally.id)


def see(before: Tally | None, event: Event[Any]) -> Tally | None:
    after = before.model_copy() if before else Tally(id=event.subject)
    after.seen = (*after.seen, event.sequence)
    caused(after, event.id)
    return after


def obey(before: Tally, command: str) -> Tally | None:
    if command in before.commands:
        return None
    after = before.model_copy()
    after.commands = (*after.commands, command)
    caused(after, command)
    return after


class Batch(list[Event[Any]]):
    rejected: dict[str, str]

    def __init__(self, events: Sequence[Event[Any]]) -> None:
        super().__init__(events)
        self.rejected = {}

    def reject(self, event: Event[Any], reason: str) -> None:
        self.rejected[event.id] = reason


def steps(batch: Batch, decide: Decide[Tally] = see) -> list[Step[Tally]]:
    decide = in_sequence(batch, decide)
    return [Step(event.subject, event, decide) for event in batch]


class CutError(Exception):
    """The process died here."""


def die_if(cut: bool) -> None:
    if cut:
        raise CutError


Cut = Literal["", "before save", "answer lost", "after save", "after publish"]
cuts = st.sampled_from(("", "", "", "before save", "answer lost", "after save", "after publish"))


class Fragile(Documents[Tally]):
    """Dies, or loses the answer, at its next save when told so."""

    cut: Cut = ""

    async def save(self, changed: Sequence[Tally], *, by_consumer: bool = False) -> set[str]:
        cut, self.cut = self.cut, ""
        if cut == "before save":
            raise CutError
        losers = await super().save(changed, by_consumer=by_consumer)
        if cut == "answer lost":
            raise TransientError("the answer was lost")
        if cut == "after save":
            raise CutError
        return losers


@dataclass
class World:
    """A topic, two processes of one group that share a collection, officers at their APIs, and what gets published."""

    store: Store
    log: list[Event[Any]]
    published: list[Message] = field(default_factory=list)
    committed: int = 0
    tried: set[tuple[str, str]] = field(default_factory=set)
    promised: set[tuple[str, str]] = field(default_factory=set)
    processes: list[Fragile] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.processes = [self.process(), self.process()]

    def process(self) -> Fragile:
        return Fragile(self.store, "test", "tallies", Tally)

    async def publish(self, messages: Sequence[Message]) -> None:
        self.published += messages
        await asyncio.sleep(0)

    async def consume(self, who: int, back: int, size: int, cut: Cut = "") -> None:
        """Handle a batch that begins ``back`` events before the committed offset, as after a rebalance."""
        documents = self.processes[who]
        documents.cut = cut
        begin = max(0, self.committed - back)
        batch = Batch(self.log[begin : begin + size])
        try:
            touched = None
            while touched is None:
                with suppress(TransientError):  # tried again in place
                    touched = await fold(documents, steps(batch))
            await publish_outboxes(self, documents, touched)
            die_if(cut == "after publish")
            self.committed = max(self.committed, begin + len(batch))
        except CutError:
            self.processes[who] = self.process()
        assert batch.rejected == {}

    async def command(self, who: int, key: str, command: str, cut: Cut = "") -> None:
        """An officer's command through the API: decided again when it lost, sent again when the answer was lost."""
        documents = self.processes[who]
        for _ in range(20):
            before = (await documents.load([key])).get(key)
            if before is None:
                return
            self.tried.add((key, command))
            after = obey(before, command)
            if after is None:
                break
            documents.cut = cut if cut != "after publish" else ""
            try:
                if await documents.save([after]):
                    continue
                await publish_outboxes(self, documents, [after])
                die_if(cut == "after publish")
                await documents.settle([after])
            except TransientError:
                continue
            except CutError:
                self.processes[who] = self.process()
                return
            break
        else:
            raise AssertionError("somebody must win")
        self.promised.add((key, command))

    async def come_to_rest(self) -> None:
        while self.committed < len(self.log):
            await self.consume(0, 0, 7)
        await self.consume(1, len(self.log), len(self.log))
        while await sweep(self.processes[0], self, 0):
            pass


def effects(published: Sequence[Message]) -> dict[str, list[str]]:
    """What a reader makes of the published events: repeats skipped, and no event before its predecessor."""
    read: dict[str, list[str]] = defaultdict(list)
    for message in published:
        event = decode(message.value, message.headers)
        taken = read[event.subject]
        if event.sequence <= len(taken):
            assert taken[event.sequence - 1] == event.id, "one number, two events"
        else:
            assert event.sequence == len(taken) + 1, "a gap"
            taken.append(event.id)
    return read


def shuffled(keys: Sequence[str], counts: Sequence[int], order: Sequence[int]) -> Iterator[Event[Any]]:
    """The events of all keys, each key's in order."""
    left = {key: iter(range(1, count + 1)) for key, count in zip(keys, counts, strict=True)}
    for turn in (*order, *(number for number in range(len(keys)) for _ in range(10))):
        key = keys[turn % len(keys)]
        if (sequence := next(left[key], None)) is not None:
            yield asked(key, sequence)


consuming = st.tuples(st.just("consume"), st.integers(0, 1), st.integers(0, 6), st.integers(1, 8), cuts)
commanding = st.tuples(st.just("command"), st.integers(0, 1), st.integers(0, KEYS - 1), st.integers(0, 5), cuts)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.lists(st.integers(1, 6), min_size=KEYS, max_size=KEYS),
    order=st.lists(st.integers(0, KEYS - 1), max_size=20),
    story=st.lists(st.lists(consuming | commanding, min_size=1, max_size=3), max_size=8),
)
async def test_each_fact_has_its_effect_once_and_in_order(
    store: Store, counts: list[int], order: list[int], story: list[list[tuple[str, int, int, int, Cut]]]
) -> None:
    keys = [ids.random_id() for _ in range(KEYS)]
    world = World(store, list(shuffled(keys, counts, order)))
    await world.processes[0].create_indexes()
    await world.processes[0].collection.delete_many({})
    for at_once in story:
        actions = []
        for what, who, first, second, cut in at_once:
            if what == "consume":
                actions.append(world.consume(who, first, second, cut))
            else:
                actions.append(world.command(who, keys[first], f"command {second}", cut))
        await asyncio.gather(*actions)
    await world.come_to_rest()

    stored = await world.processes[0].load(keys)
    read = effects(world.published)
    for key, count in zip(keys, counts, strict=True):
        tally = stored[key]
        assert tally.seen == tuple(range(1, count + 1))
        obeyed = {(key, command) for command in tally.commands}
        assert len(obeyed) == len(tally.commands)
        assert {each for each in world.promised if each[0] == key} <= obeyed <= world.tried
        causes = [asked(key, sequence).id for sequence in tally.seen] + list(tally.commands)
        assert set(read[key]) == {ids.event_id(cause, calls.CallAnswered.event_type) for cause in causes}
        assert len(read[key]) == tally.sequence == len(causes)
        assert tally.outbox_since is None


@pytest.fixture
async def tallies(store: Store) -> Documents[Tally]:
    documents = Documents(store, "test", "tallies", Tally)
    await documents.create_indexes()
    return documents


async def test_one_batch_one_write_of_each_document(tallies: Documents[Tally]) -> None:
    one, two = ids.random_id(), ids.random_id()
    batch = Batch([asked(one, 1), asked(two, 1), asked(one, 2), asked(one, 2), asked(one, 3), asked(two, 1)])
    touched = await fold(tallies, steps(batch))
    assert {each.id: (each.version, each.seen) for each in touched} == {one: (1, (1, 2, 3)), two: (1, (1,))}
    assert {each.id: each.seen for each in (await tallies.load([one, two])).values()} == {one: (1, 2, 3), two: (1,)}
    assert await tallies.unsent(0, 10) == [], "the offset is the token, no sweeper needs to care"


async def test_what_was_applied_before_is_returned_so_that_it_can_be_published(tallies: Documents[Tally]) -> None:
    one, two = ids.random_id(), ids.random_id()
    await fold(tallies, steps(Batch([asked(one, 1), asked(two, 1)])))
    again = await fold(tallies, steps(Batch([asked(one, 1), asked(two, 1), asked(two, 2)])))
    assert {each.id: len(each.outbox) for each in again} == {one: 1, two: 2}
    assert {each.id: each.version for each in again} == {one: 1, two: 2}


async def test_what_was_only_read_must_be_held_by_a_majority(
    tallies: Documents[Tally], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = ids.random_id()
    await fold(tallies, steps(Batch([asked(one, 1)])))
    load = tallies.load

    async def load_what_no_majority_holds(wanted: Any) -> dict[str, Tally]:
        return {key: each.model_copy(update={"version": 2}) for key, each in (await load(wanted)).items()}

    monkeypatch.setattr(tallies, "load", load_what_no_majority_holds)
    with pytest.raises(TransientError):
        await fold(tallies, steps(Batch([asked(one, 1)])))


async def test_nothing_is_written_when_a_decision_fails(tallies: Documents[Tally]) -> None:
    one = ids.random_id()

    def fail_at_two(before: Tally | None, event: Event[Any]) -> Tally | None:
        if event.sequence == 2:
            raise ZeroDivisionError
        return see(before, event)

    with pytest.raises(ZeroDivisionError):
        await fold(tallies, steps(Batch([asked(one, 1), asked(one, 2)]), fail_at_two))
    assert await tallies.load([one]) == {}


async def test_a_gap_is_rejected_and_nobody_else_waits(tallies: Documents[Tally]) -> None:
    one, two = ids.random_id(), ids.random_id()
    batch = Batch([asked(one, 2), asked(two, 1), asked(one, 3)])
    touched = await fold(tallies, steps(batch))
    assert batch.rejected == {asked(one, 2).id: "gap", asked(one, 3).id: "gap"}
    assert [each.id for each in touched] == [two]
    await fold(tallies, steps(Batch([asked(one, 1), asked(one, 2), asked(one, 3)])))
    assert (await tallies.load([one]))[one].seen == (1, 2, 3)


class Contended(Documents[Tally]):
    """Somebody else writes every document between this process's load and its save."""

    rivals = 0

    async def load(self, ids: Any) -> dict[str, Tally]:
        loaded = await super().load(ids)
        if self.rivals:
            self.rivals -= 1
            rival = await super().load(ids)
            await self.save([each.model_copy(update={"commands": (*each.commands, "x")}) for each in rival.values()])
        return loaded


async def test_a_loser_decides_again_on_what_the_winner_wrote(store: Store) -> None:
    one, two, new = ids.random_id(), ids.random_id(), ids.random_id()
    contended = Contended(store, "test", "tallies", Tally)
    await fold(contended, steps(Batch([asked(one, 1), asked(two, 1)])))
    contended.rivals = 2
    touched = await fold(contended, steps(Batch([asked(one, 2), asked(two, 1), asked(new, 1)])))
    stored = await contended.load([one, two, new])
    assert stored[one].seen == (1, 2)
    assert stored[one].commands == ("x", "x")
    assert stored[new].seen == (1,)
    assert {each.id for each in touched} == {one, two, new}


async def test_who_never_wins_is_told_to_come_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(races, "_PAUSE_SECONDS", 0)
    one = ids.random_id()
    contended = Contended(store, "test", "tallies", Tally)
    await fold(contended, steps(Batch([asked(one, 1)])))
    contended.rivals = 1_000
    with pytest.raises(TransientError):
        await fold(contended, steps(Batch([asked(one, 2)])))
