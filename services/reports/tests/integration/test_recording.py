"""Promise P2 for reports: any interleaving of topics, repeats and cuts leave the same facts."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalaid import ids
from legalaid.bus import Batch
from legalaid.errors import TransientError
from legalaid.events import Event
from legalaid.store import Store
from reports.handlers import Recorder
from reports.rules.facts import Fact, after, fact_id
from reports.store import FactDocument, ReportsStore

Tell = Callable[[str], list[list[Event[Any]]]]


def expected(stories: list[list[Event[Any]]]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for story in stories:
        for event in story:
            facts[fact_id(event)] = after(facts.get(fact_id(event)), event)
    return facts


class Cutting:
    """Saves, then forgets to say so."""

    def __init__(self, store: ReportsStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cut = False
        save = store.facts.save

        async def save_and_be_cut(changed: list[FactDocument], *, by_consumer: bool = False) -> set[str]:
            losers = await save(changed, by_consumer=by_consumer)
            if self.cut:
                raise TransientError("cut")
            return losers

        monkeypatch.setattr(store.facts, "save", save_and_be_cut)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_the_same_events_make_the_same_facts(
    store: Store, tell: Tell, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    stories = [story for _ in range(2) for story in tell(ids.random_id())]
    collections = ReportsStore(store)
    await collections.create_indexes()
    recorder = Recorder(collections)
    with monkeypatch.context() as patch:
        cutting = Cutting(collections, patch)
        done = [0] * len(stories)
        while (left := [number for number, story in enumerate(stories) if done[number] < len(story)]) != []:
            number = data.draw(st.sampled_from(left))
            begin = data.draw(st.integers(0, done[number]))
            end = data.draw(st.integers(done[number] + 1, len(stories[number])))
            events = stories[number][begin:end]
            if data.draw(st.booleans()):
                events = [event for event in events for _ in range(2)]
            batch = Batch(events[0].topic, 0, events)
            cutting.cut = data.draw(st.booleans())
            with suppress(TransientError):
                await recorder.on_facts(batch)
                done[number] = end
            cutting.cut = False
            assert batch.rejected == {}

    wanted = expected(stories)
    stored = await collections.facts.load(wanted)
    assert {key: document.fact for key, document in stored.items()} == wanted
    assert [document.outbox for document in stored.values()] == [[]] * len(wanted)


async def test_what_follows_a_gap_is_rejected(store: Store, tell: Tell) -> None:
    [asked, *_] = tell("1")
    collections = ReportsStore(store)
    batch = Batch(asked[0].topic, 0, [asked[0], asked[2]])
    await Recorder(collections).on_facts(batch)
    assert batch.rejected == {id(asked[2]): "gap"}
    [document] = await collections.facts.find({})
    assert document.fact == expected([asked[:1]])[document.id]
