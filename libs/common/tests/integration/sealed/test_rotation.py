"""Rotation re-wraps every data key, may be cut short, and lets the old key-encryption key be thrown away."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from legalaid import ids
from legalaid.events.people import Facts, Story
from legalaid.events.sealed import Sealed
from legalaid.sealed import Keyring, NotEntitledError, new_settings, rotation
from legalaid.sealed.rotation import Rotated, count_versions, rotate
from legalaid.settings import KeyringSettings, MongoSettings
from legalaid.store.client import Collection, Document, Store

OLD, NEW = new_settings("1"), new_settings("2")
BOTH = OLD.model_copy(update={"facts": SecretStr(f"{NEW.facts.get_secret_value()},{OLD.facts.get_secret_value()}")})
AFTER = OLD.model_copy(update={"facts": NEW.facts})


@pytest.fixture
async def store(mongo: MongoSettings) -> AsyncIterator[Store]:
    store = Store(mongo, app_name="test")
    yield store
    await store.close()


@pytest.fixture
async def boxes(store: Store) -> dict[str, tuple[Sealed[Facts], Sealed[Story]]]:
    made = await Keyring(store, OLD).create({ids.random_id(): None for _ in range(10)})
    return {owner: (keys.seal(Facts(birth_year=1970)), keys.seal(Story(text=owner))) for owner, keys in made.items()}


async def opened(store: Store, settings: KeyringSettings, boxes: dict[str, tuple[Sealed[Facts], Sealed[Story]]]) -> int:
    fetched = await Keyring(store, settings).fetch(boxes)
    for owner, (facts, story) in boxes.items():
        assert fetched[owner].open(facts, Facts).birth_year == 1970
        assert fetched[owner].open(story, Story).text == owner
    return len(fetched)


async def test_old_boxes_open_before_during_and_after(
    store: Store, boxes: dict[str, tuple[Sealed[Facts], Sealed[Story]]]
) -> None:
    assert await opened(store, BOTH, boxes) == 10
    assert await rotate(store, BOTH, "facts", batch=3) == Rotated("2", 10, 0)
    assert await opened(store, BOTH, boxes) == 10
    assert await opened(store, AFTER, boxes) == 10
    assert await rotate(store, BOTH, "facts") == Rotated("2", 0, 0)
    with pytest.raises(NotEntitledError):
        await opened(store, OLD, boxes)


async def test_a_rotation_cut_short_is_finished_by_another(
    store: Store, boxes: dict[str, tuple[Sealed[Facts], Sealed[Story]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    older, calls = rotation._older, 0

    async def failing(collection: Collection, compartment: str, newest: str, after: str, batch: int) -> list[Document]:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise ConnectionResetError
        return list(await older(collection, compartment, newest, after, batch))

    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_older", failing)
        with pytest.raises(ConnectionResetError):
            await rotate(store, BOTH, "facts", batch=3)
    assert (await count_versions(store))["facts"] == {"1": 4, "2": 6}
    assert await opened(store, BOTH, boxes) == 10
    assert await rotate(store, BOTH, "facts", batch=3) == Rotated("2", 4, 0)
    assert await opened(store, AFTER, boxes) == 10
    assert await count_versions(store) == {"contact": {"1": 10}, "facts": {"2": 10}, "story": {"1": 10}}


async def test_a_lost_old_key_is_counted_and_stops_nothing_else(
    store: Store, boxes: dict[str, tuple[Sealed[Facts], Sealed[Story]]]
) -> None:
    made = await Keyring(store, OLD.model_copy(update={"facts": new_settings("0").facts})).create(
        {ids.random_id(): None for _ in range(3)}
    )
    assert await rotate(store, BOTH, "facts", batch=2) == Rotated("2", 10, 3)
    assert await opened(store, AFTER, boxes) == 10
    assert (await count_versions(store))["facts"] == {"0": len(made), "2": 10}


async def test_what_is_erased_during_a_rotation_stays_erased(
    store: Store, boxes: dict[str, tuple[Sealed[Facts], Sealed[Story]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    older, erased = rotation._older, next(iter(boxes))

    async def erasing(collection: Collection, compartment: str, newest: str, after: str, batch: int) -> list[Document]:
        found = list(await older(collection, compartment, newest, after, batch))
        await Keyring(store, OLD).erase(erased)
        return found

    monkeypatch.setattr(rotation, "_older", erasing)
    assert await rotate(store, BOTH, "facts") == Rotated("2", 9, 0)
    assert await Keyring(store, AFTER).fetch([erased]) == {}


async def test_without_a_key_there_is_nothing_to_rotate_to(store: Store) -> None:
    with pytest.raises(NotEntitledError):
        await rotate(store, KeyringSettings(), "facts")


async def test_the_keys_that_a_service_keeps_for_itself_are_rotated_where_they_lie(store: Store) -> None:
    owner, own = ids.random_id(), KeyringSettings(facts=OLD.facts)
    keyring = Keyring(store, own, database="notify", compartments=("facts",))
    box = (await keyring.create({owner: None}))[owner].seal(Facts(birth_year=1970))
    assert await rotate(store, BOTH, "facts") == Rotated("2", 0, 0), "the shared keyring has none of them"
    assert await rotate(store, BOTH, "story", database="notify") == Rotated("1", 0, 0), "nor has it keys of the others"
    assert await rotate(store, BOTH, "facts", database="notify") == Rotated("2", 1, 0)
    after = KeyringSettings(facts=NEW.facts)
    found = await Keyring(store, after, database="notify", compartments=("facts",)).fetch([owner])
    assert found[owner].open(box, Facts).birth_year == 1970
    counted = await count_versions(store, database="notify")
    assert (counted["facts"], counted["story"]) == ({"2": 1}, {})
