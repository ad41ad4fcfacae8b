"""Taking up requests against a real store: any interleaving of resends makes each request once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from intake.commands.reception import Accepted, KeyReusedError, Reception, Submission
from intake.rules.requests import NOTHING_TOLD
from intake.store import IntakeStore
from legalaid import clock, ids
from legalaid.events import Message
from legalaid.events.words import Channel
from legalaid.sealed import BlindIndex, Keyring
from legalaid.settings import KeyringSettings, MongoSettings
from legalaid.store import Outgoing, Store, publish_outboxes


class Printer:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        self.messages.extend(messages)


class Desk:
    """Two processes of intake over one store."""

    def __init__(self, store: Store, keyring: KeyringSettings) -> None:
        self.collections = IntakeStore(store)
        self.printer = Printer()
        self.outgoing = Outgoing(
            self.collections.requests, partial(publish_outboxes, self.printer, self.collections.requests)
        )
        self.processes = [
            Reception(self.collections.requests, Keyring(store, keyring), BlindIndex(keyring), self.outgoing)
            for _ in range(2)
        ]


@pytest.fixture
async def desk(mongo: MongoSettings, keyring_settings: KeyringSettings) -> AsyncIterator[Desk]:
    store = Store(mongo, app_name="test")
    desk = Desk(store, keyring_settings)
    await desk.collections.create_indexes()
    yield desk
    await store.close()


def submission(run: str, key: int, body: int) -> Submission:
    return Submission(
        request_id=ids.request_id(run, str(key)),
        client=run,
        body=b"%d" % body,
        channel=Channel.APP,
        call_id=None,
        told=NOTHING_TOLD,
        received_at=clock.now(),
        traceparent=None,
    )


posts = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 1), st.booleans()), min_size=1, max_size=14
)
"""Key, body, process, and whether to wait for all answers before going on."""


async def play(desk: Desk, played: list[tuple[int, int, int, bool]]) -> None:
    run = ids.random_id()
    sent: list[tuple[int, int, asyncio.Task[Accepted]]] = []
    for key, body, process, wait in played:
        answer = asyncio.ensure_future(desk.processes[process].submit(submission(run, key, body)))
        sent.append((key, body, answer))
        if wait:
            await asyncio.wait([task for _, _, task in sent])
    answers = await asyncio.gather(*(task for _, _, task in sent), return_exceptions=True)
    await desk.outgoing.flush()
    for key in {key for key, *_ in played}:
        outcomes = [(body, answer) for (own, body, _), answer in zip(sent, answers, strict=True) if own == key]
        accepted = [answer for _, answer in outcomes if isinstance(answer, Accepted)]
        winner = {body for body, answer in outcomes if isinstance(answer, Accepted)}
        assert len(winner) == 1
        for body, outcome in outcomes:
            assert isinstance(outcome, Accepted if body in winner else KeyReusedError)
        assert len({(answer.request_id, answer.receipt_code, answer.received_at) for answer in accepted}) == 1
        assert [answer.replayed for answer in accepted].count(False) == 1
        published = [message for message in desk.printer.messages if message.key == ids.request_id(run, str(key))]
        assert len(published) == 1


def test_any_interleaving_of_resends_makes_each_request_once(
    mongo: MongoSettings, keyring_settings: KeyringSettings
) -> None:
    with asyncio.Runner() as runner:

        async def opened() -> tuple[Store, Desk]:
            store = Store(mongo, app_name="test")
            desk = Desk(store, keyring_settings)
            await desk.collections.create_indexes()
            return store, desk

        store, desk = runner.run(opened())

        @hypothesis_settings(max_examples=60, deadline=None)
        @given(posts)
        def check(played: list[tuple[int, int, int, bool]]) -> None:
            runner.run(play(desk, played))

        try:
            check()
        finally:
            runner.run(store.close())


async def test_a_receipt_code_that_is_taken_is_made_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter(["1234567897", "1234567897", "1234567897", "0000000000", "1111111111"])
    monkeypatch.setattr(ids, "new_receipt_code", lambda: next(codes))
    reception, run = desk.processes[0], ids.random_id()
    first = await reception.submit(submission(run, 0, 0))
    two, three = await asyncio.gather(*(reception.submit(submission(run, key, 0)) for key in (1, 2)))
    assert first.receipt_code == "1234567897"
    assert {two.receipt_code, three.receipt_code} == {"0000000000", "1111111111"}
    await desk.outgoing.flush()
    assert len(desk.printer.messages) == 3
    stored = await desk.collections.requests.load([two.request_id])
    assert stored[two.request_id].state.receipt_code == two.receipt_code
    assert two.receipt_code in next(m for m in desk.printer.messages if m.key == two.request_id).value.decode()


async def test_the_outbox_is_cleared_once_it_is_published(desk: Desk) -> None:
    accepted = await desk.processes[0].submit(submission(ids.random_id(), 0, 0))
    assert (await desk.collections.requests.load([accepted.request_id]))[accepted.request_id].outbox
    await desk.outgoing.flush()
    assert not (await desk.collections.requests.load([accepted.request_id]))[accepted.request_id].outbox
