"""One optimistic change: whoever was faster, each change is applied once, and its events are numbered without a gap."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalaid import ids
from legalaid.errors import TransientError
from legalaid.events import decode, requests
from legalaid.store import Aggregate, Decided, Documents, Store
from legalaid.store.races import TRIES

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Matter(Aggregate):
    commands: tuple[str, ...] = ()


class NotHereError(Exception):
    pass


@pytest.fixture
async def matters(store: Store) -> Documents[Matter]:
    documents = Documents(store, "intake", "changed", Matter)
    await documents.create_indexes()
    return documents


def obeyed(before: Matter | None, key: str, command: str) -> Decided[Matter, str]:
    """Adds the command to the matter, or says that it is there."""
    matter = before or Matter(id=key)
    if command in matter.commands:
        return Decided("done before")
    matter.commands = (*matter.commands, command)
    data = requests.RequestWithdrawn(request_id=key, withdrawn_at=AT)
    matter.emit(data, cause=command, time=AT, correlation_id=key)
    return Decided("done", matter)


async def obey(documents: Documents[Matter], key: str, command: str) -> str:
    async def decide(before: Matter | None) -> Decided[Matter, str]:
        return obeyed(before, key, command)

    return (await documents.change(key, decide)).answer


def new() -> str:
    return ids.random_id()


async def test_what_does_not_exist_is_made_and_what_exists_is_changed(matters: Documents[Matter]) -> None:
    key = new()
    assert await obey(matters, key, "one") == "done"
    assert await obey(matters, key, "two") == "done"
    assert await obey(matters, key, "one") == "done before"
    held = (await matters.load([key]))[key]
    assert (held.version, held.commands) == (2, ("one", "two"))


async def test_what_the_decision_raises_goes_to_the_caller_and_nothing_is_written(matters: Documents[Matter]) -> None:
    async def refuse(before: Matter | None) -> Decided[Matter, str]:
        assert before is None
        raise NotHereError

    key = new()
    with pytest.raises(NotHereError):
        await matters.change(key, refuse)
    assert await matters.load([key]) == {}


async def test_who_was_overtaken_decides_on_what_stands_now(matters: Documents[Matter]) -> None:
    key, seen = new(), list[tuple[str, ...]]()

    async def overtaken(before: Matter | None) -> Decided[Matter, str]:
        seen.append(before.commands if before else ())
        if len(seen) <= 2:
            await obey(matters, key, f"faster {len(seen)}")
        return obeyed(before, key, "mine")

    assert (await matters.change(key, overtaken)).answer == "done"
    assert seen == [(), ("faster 1",), ("faster 1", "faster 2")]
    assert (await matters.load([key]))[key].commands == ("faster 1", "faster 2", "mine")


async def test_who_is_always_overtaken_gives_up_for_now(matters: Documents[Matter]) -> None:
    key, tries = new(), list[int]()

    async def overtaken(before: Matter | None) -> Decided[Matter, str]:
        tries.append(len(tries))
        await obey(matters, key, f"faster {len(tries)}")
        return obeyed(before, key, "mine")

    with pytest.raises(TransientError):
        await matters.change(key, overtaken)
    assert len(tries) == TRIES
    assert "mine" not in (await matters.load([key]))[key].commands


async def test_a_change_whose_answer_was_lost_finds_itself(
    matters: Documents[Matter], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, save = new(), matters.save

    async def lost(changed: list[Matter]) -> set[str]:
        await save(changed)
        monkeypatch.setattr(matters, "save", save)
        return {each.id for each in changed}

    monkeypatch.setattr(matters, "save", lost)
    assert await obey(matters, key, "mine") == "done before"
    assert (await matters.load([key]))[key].commands == ("mine",)


async def test_an_answer_without_a_write_waits_until_a_majority_holds_what_it_saw(
    matters: Documents[Matter], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new()
    await obey(matters, key, "mine")

    async def not_yet(seen: object) -> None:
        raise TransientError(f"no majority holds {seen} yet")

    monkeypatch.setattr(matters, "confirm", not_yet)
    with pytest.raises(TransientError):
        await obey(matters, key, "mine")


async def test_of_many_only_the_losers_are_decided_again(matters: Documents[Matter]) -> None:
    lost, won, kept = new(), new(), new()
    await obey(matters, kept, "mine")
    rounds = list[set[str]]()

    async def decide(found: Mapping[str, Matter | None]) -> Mapping[str, Decided[Matter, str]]:
        rounds.append(set(found))
        if len(rounds) == 1:
            await obey(matters, lost, "faster")
        return {key: obeyed(before, key, "mine") for key, before in found.items()}

    stand = await matters.change_all([lost, won, kept], decide)
    assert rounds == [{lost, won, kept}, {lost}]
    assert {key: each.answer for key, each in stand.items()} == {lost: "done", won: "done", kept: "done before"}
    assert {key: each.version for key, each in (await matters.load(stand)).items()} == {lost: 2, won: 1, kept: 1}


COMMANDS = st.lists(st.sampled_from("abcde"), min_size=2, max_size=8)


@given(commands=COMMANDS, exists=st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_however_many_change_it_at_once_each_change_is_applied_once(
    matters: Documents[Matter], store: Store, commands: list[str], exists: bool
) -> None:
    key = new()
    if exists:
        await obey(matters, key, "first")
    processes = [Documents(store, "intake", "changed", Matter) for _ in commands]

    async def insist(documents: Documents[Matter], command: str) -> str:
        while True:
            try:
                return await obey(documents, key, command)
            except TransientError:
                continue

    answers = await asyncio.gather(*map(insist, processes, commands))
    held = (await matters.load([key]))[key]
    assert sorted(held.commands) == sorted({*commands, *(["first"] if exists else [])})
    assert held.version == len(held.commands)
    events = [decode(message.value, message.headers) for message in held.outbox]
    assert [event.sequence for event in events] == list(range(1, len(held.commands) + 1))
    assert [event.id for event in events] == [
        ids.event_id(command, requests.RequestWithdrawn.event_type) for command in held.commands
    ]
    assert answers.count("done") == len(set(commands))
