"""The commands of an operator: look into dead letters, and send them back once."""

import asyncio
from typing import Any

import pytest

from legalaid.bus import Batch
from legalaid.bus.__main__ import main
from legalaid.bus.record import Raw
from legalaid.events import calls

from .conftest import Bus, Seen, messages, until


async def _run(*arguments: str) -> int:
    """The commands own an event loop, so they run in a thread of their own."""
    return await asyncio.to_thread(main, ["dead-letters", *arguments])


@pytest.fixture(autouse=True)
def _settings(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_KAFKA__SERVERS", bus.kafka.servers)
    monkeypatch.setenv("LEGALAID_KAFKA__PREFIX", bus.kafka.prefix)


async def _buried(bus: Bus) -> list[Any]:
    """Three events that a bug sent to the dead letters, and one of junk."""
    sent = messages(keys=3, each=1)

    async def broken(_batch: Batch) -> None:
        raise KeyError("secret")

    await bus.producer.publish(sent)
    await bus.producer.forward([Raw(calls.TOPIC.name, b"k", b"junk", (("x", b"1"),))])
    async with bus.running(bus.consumer(broken)), bus.letters_until(4):
        pass
    return list(sent)


async def test_after_the_bug_is_mended_the_events_are_replayed_once(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = await _buried(bus)
    seen = Seen()
    assert await _run("replay", "routing", "--reason", "handler-error") == 0
    assert await _run("replay", "routing", "--reason", "handler-error") == 0
    output = capsys.readouterr().out
    assert output.count("handler-error  3") == 1
    assert "nothing waits to be replayed" in output
    async with bus.running(bus.consumer(seen)):
        await until(lambda: len(seen.counts) == 3)
    assert set(seen.counts) == {one.id for one in sent}
    assert set(seen.counts.values()) == {1}
    assert await bus.committed() == 4 + 3


async def test_a_replayed_record_is_the_record_that_came(bus: Bus) -> None:
    await _buried(bus)
    before = await bus.records(calls.TOPIC)
    assert await _run("replay", "routing") == 0
    after = await bus.records(calls.TOPIC)
    assert sorted(after, key=repr) == sorted([*before, *before], key=repr)


async def test_other_reasons_wait_and_limits_count(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    await _buried(bus)
    assert await _run("replay", "routing", "--reason", "handler-error", "--limit", "2") == 0
    assert await _run("replay", "routing", "--dry-run") == 0
    assert await _run("replay", "routing") == 0
    assert await _run("replay", "routing") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    counts = [line for line in lines if line[0] in {"handler-error", "not-cloudevents", "nothing"}]
    rest = sorted([["handler-error", "1"], ["not-cloudevents", "1"]])
    assert counts[0] == ["handler-error", "2"]
    assert sorted(counts[1:3]) == rest  # would be
    assert sorted(counts[3:5]) == rest  # was
    assert counts[5][0] == "nothing"
    assert len(await bus.records(calls.TOPIC)) == 4 + 4


async def test_list_counts_and_show_never_tells_the_payload_unasked(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = await _buried(bus)
    letters = await bus.letters()
    junk = next(letter for letter in letters if letter.reason == "not-cloudevents")
    event = next(letter for letter in letters if letter.reason == "handler-error")

    capsys.readouterr()
    assert await _run("list", "routing") == 0
    listing = capsys.readouterr().out
    assert [line.split() for line in listing.splitlines()[2:4]] == [
        ["handler-error", "legalaid.calls", "waiting", "3"],
        ["not-cloudevents", "legalaid.calls", "waiting", "1"],
    ]
    assert f"legalaid.calls/{junk.partition}@{junk.origin}" in listing
    assert "KeyError" in listing
    assert "secret" not in listing

    assert await _run("show", "routing", str(event.offset)) == 0
    shown = capsys.readouterr().out
    assert "vn.legalaid.call.answered.v1" in shown
    assert f"{len(sent[0].value)} bytes" in shown
    assert "answered_at" not in shown

    assert await _run("show", "routing", str(event.offset), "--payload") == 0
    assert "answered_at" in capsys.readouterr().out
    assert await _run("show", "routing", "99") == 1

    assert await _run("replay", "routing", "--reason", "not-cloudevents") == 0
    capsys.readouterr()
    assert await _run("list", "routing") == 0
    assert ["not-cloudevents", "legalaid.calls", "replayed", "1"] in [
        line.split() for line in capsys.readouterr().out.splitlines()
    ]


async def test_brokers_that_are_away_are_said_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEGALAID_KAFKA__SERVERS", "127.0.0.1:1")
    assert await _run("list", "routing") == 1
    assert "the brokers did not do it" in capsys.readouterr().err
