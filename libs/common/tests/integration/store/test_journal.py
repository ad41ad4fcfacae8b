"""What was published is kept before it may leave an outbox."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events import Message, requests
from legalaid.settings import MongoSettings
from legalaid.store import Aggregate, Documents, Journal, Kept, Outgoing, Store, publish_outboxes
from legalaid.store.outbox import sweep

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Matter(Aggregate):
    pass


class Published(list[Message]):
    async def publish(self, messages: Sequence[Message]) -> None:
        self.extend(messages)


@pytest.fixture
async def matters(store: Store) -> Documents[Matter]:
    documents = Documents(store, "intake", "matters", Matter)
    await documents.create_indexes()
    return documents


async def written(matters: Documents[Matter], events: int = 2) -> Matter:
    one = Matter(id=ids.random_id())
    for number in range(events):
        data = requests.RequestWithdrawn(request_id=one.id, withdrawn_at=AT)
        one.emit(data, cause=str(number), time=AT, correlation_id=one.id)
    await matters.insert([one])
    return one


async def kept(store: Store, since: datetime | None = None) -> list[Kept]:
    return [each async for page in Journal(store, "intake").kept(since) for each in page]


@pytest.mark.parametrize("way", ["at once", "in the background", "swept"])
async def test_whoever_publishes_keeps_what_was_published(store: Store, matters: Documents[Matter], way: str) -> None:
    one, published = await written(matters), Published()
    match way:
        case "at once":
            await publish_outboxes(published, matters, [one])
        case "in the background":
            outgoing = Outgoing(matters, lambda batch: publish_outboxes(published, matters, batch))
            outgoing.put([one])
            await outgoing.flush()
        case _:
            await sweep(matters, published, older_than_seconds=0)
    found = await kept(store)
    assert [(each.key, each.sequence) for each in found] == [(one.id, 1), (one.id, 2)]
    assert await Journal(store, "intake").messages(found) == published


async def test_many_are_kept_in_few_documents_and_come_back_in_the_order_asked_for(
    store: Store, matters: Documents[Matter]
) -> None:
    one = await written(matters, events=120)
    await matters.journal.keep(one.outbox)
    assert await store.collection("intake", "journal").count_documents({}) == 3
    found = sorted(await kept(store), reverse=True)
    assert [each.sequence for each in found] == list(range(120, 0, -1))
    assert await Journal(store, "intake").messages(found) == one.outbox[::-1]


async def test_what_could_not_be_kept_stays_in_its_outbox(
    store: Store, matters: Documents[Matter], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await written(matters)

    async def away(_published: Sequence[Message]) -> None:
        raise TransientError("store: away")

    with monkeypatch.context() as broken:
        broken.setattr(matters.journal, "keep", away)
        with pytest.raises(TransientError):
            await publish_outboxes(Published(), matters, [one])
        with pytest.raises(TransientError):
            await sweep(matters, Published(), older_than_seconds=0)
    assert not any(map(matters.is_acknowledged, one.outbox))
    assert len((await matters.load([one.id]))[one.id].outbox) == 2
    await sweep(matters, Published(), older_than_seconds=0)
    assert (await matters.load([one.id]))[one.id].outbox == []
    assert len(await kept(store)) == 2


async def test_it_is_kept_for_as_many_days_as_the_setting_says(store: Store, mongo: MongoSettings) -> None:
    short = Store(mongo.model_copy(update={"journal_days": 3}), app_name="journal-tests")
    matters = Documents(short, "intake", "matters", Matter)
    await publish_outboxes(Published(), matters, [await written(matters)])
    await short.close()
    found = await store.collection("intake", "journal").find({}).to_list(None)
    assert {each["expires"] - each["at"] for each in found} == {timedelta(days=3)}
    now = clock.real_now()
    assert len(await kept(store, now - timedelta(minutes=1))) == 2
    assert await kept(store, now + timedelta(minutes=1)) == []
