"""Taking up requests against a real store: any interleaving of resends makes each request once."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from intake.commands.brake import Brake
from intake.commands.reception import Accepted, KeyReusedError, Reception, Submission, TooManyRequestsError
from intake.rules.requests import NOTHING_TOLD, Told
from intake.settings import BrakeSettings
from intake.store import IntakeStore
from legalaid import clock, ids
from legalaid.events import Message
from legalaid.events.people import Contact, Person
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
        index = BlindIndex(keyring)
        ten_past = clock.real_now().replace(minute=10, second=0, microsecond=0)
        limits = BrakeSettings(per_phone_app=3, client_window_seconds=3600)
        brake = Brake(self.collections.counts, index, limits, now=lambda: ten_past)
        self.processes = [
            Reception(self.collections.requests, Keyring(store, keyring), index, brake, self.outgoing) for _ in range(2)
        ]


@pytest.fixture
async def desk(mongo: MongoSettings, keyring_settings: KeyringSettings) -> AsyncIterator[Desk]:
    store = Store(mongo, app_name="test")
    desk = Desk(store, keyring_settings)
    await desk.collections.create_indexes()
    yield desk
    await store.close()


def submission(run: str, key: int, body: int, told: Told = NOTHING_TOLD) -> Submission:
    return Submission(
        request_id=ids.request_id(run, str(key)),
        client=run,
        body=b"%d" % body,
        channel=Channel.APP,
        call_id=None,
        told=told,
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


async def test_one_number_opens_so_many_requests_and_no_more_and_a_resend_is_never_refused(desk: Desk) -> None:
    run = ids.random_id()
    told = Told(contact=Contact(person=Person(phone=f"+849{secrets.randbelow(10**8):08}")))

    async def post(key: int, told: Told = told) -> Accepted | BaseException:
        process = desk.processes[key % 2]
        return (await asyncio.gather(process.submit(submission(run, key, 0, told)), return_exceptions=True))[0]

    first = [await post(key) for key in range(2)]
    at_once = await asyncio.gather(*(post(2 * key) for key in range(1, 10)))
    assert all(isinstance(answer, Accepted) for answer in first)
    assert [isinstance(answer, Accepted) for answer in at_once].count(True) == 1
    (refused,) = {type(answer) for answer in at_once if not isinstance(answer, Accepted)}
    assert refused is TooManyRequestsError
    again = [await post(key) for key in range(2)]
    assert all(isinstance(answer, Accepted) and answer.replayed for answer in again)
    assert isinstance(await post(100, NOTHING_TOLD), Accepted)


async def test_a_front_end_that_has_gone_wild_waits_and_the_others_do_not(desk: Desk) -> None:
    run = ids.random_id()
    posts = (desk.processes[0].submit(submission(run, key, 0)) for key in range(305))
    answers = await asyncio.gather(*posts, return_exceptions=True)
    stopped = [answer for answer in answers if isinstance(answer, TooManyRequestsError)]
    assert len(stopped) == 5
    assert all(answer.retry_after == 3000 for answer in stopped)
    assert isinstance(await desk.processes[1].submit(submission(ids.random_id(), 0, 0)), Accepted)
