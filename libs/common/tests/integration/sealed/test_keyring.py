"""The keyring in a real store: made once, fetched at once, erased everywhere."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from legalaid import ids
from legalaid.events.people import Contact, Facts, Person, Story
from legalaid.events.sealed import Sealed
from legalaid.sealed import COMPARTMENTS, Keyring, NotEntitledError, Parties, Party, new_settings
from legalaid.settings import KeyringSettings, MongoSettings
from legalaid.store.client import Store

ONE, OTHER = "+84912345678", "+84912345679"
SETTINGS = new_settings()


@pytest.fixture
async def store(mongo: MongoSettings) -> AsyncIterator[Store]:
    store = Store(mongo, app_name="test")
    yield store
    await store.close()


@pytest.fixture
async def keyring(store: Store) -> Keyring:
    keyring = Keyring(store, SETTINGS)
    await keyring.create_indexes()
    return keyring


async def test_boxes_open_with_the_keys_fetched_later(keyring: Keyring) -> None:
    owners = [ids.random_id() for _ in range(20)]
    made = await keyring.create(dict.fromkeys(owners))
    boxes = {owner: keys.seal(Story(text=owner)) for owner, keys in made.items()}
    fetched = await keyring.fetch([*owners, ids.random_id()])
    assert set(fetched) == set(owners)
    for owner in owners:
        assert fetched[owner].open(boxes[owner], Story).text == owner


async def test_creating_again_gives_the_keys_that_were_there(keyring: Keyring) -> None:
    old, new = ids.random_id(), ids.random_id()
    box = (await keyring.create({old: ONE}))[old].seal(Story(text="x"))
    again = await keyring.create({old: OTHER, new: None})
    assert set(again) == {old, new}
    assert again[old].open(box, Story) == Story(text="x")
    assert await keyring.matches(old, ONE)
    assert not await keyring.matches(old, OTHER)


async def test_a_service_carries_what_it_cannot_open(store: Store, keyring: Keyring) -> None:
    owner = ids.random_id()
    box = (await keyring.create({owner: None}))[owner].seal(Story(text="x"))
    routing = Keyring(store, KeyringSettings(facts=SETTINGS.facts))
    keys = (await routing.fetch([owner]))[owner]
    assert keys.open(keys.seal(Facts()), Facts) == Facts()
    with pytest.raises(NotEntitledError):
        keys.open(box, Story)
    with pytest.raises(NotEntitledError):
        await routing.create({ids.random_id(): None})


async def test_recognised_by_its_numbers_only(keyring: Keyring) -> None:
    owner, both = ids.random_id(), ids.random_id()
    await keyring.create({owner: ONE, both: (ONE, OTHER)})
    assert await keyring.matches(owner, ONE)
    assert not await keyring.matches(owner, OTHER)
    assert await keyring.matches(both, ONE)
    assert await keyring.matches(both, OTHER)
    assert not await keyring.matches(ids.random_id(), ONE)
    assert await keyring.owners(ONE) == sorted([owner, both])
    await keyring.replace_index(owner, OTHER)
    assert not await keyring.matches(owner, ONE)
    assert await keyring.matches(owner, OTHER)
    await keyring.replace_index(owner, None)
    assert not await keyring.matches(owner, OTHER)


async def test_after_erasure_nothing_opens_anywhere(store: Store, keyring: Keyring) -> None:
    owner, neighbour = ids.random_id(), ids.random_id()
    made = await keyring.create({owner: ONE, neighbour: ONE})
    boxes: list[Sealed[Any]] = [
        made[owner].seal(Contact(person=Person(phone=ONE))),
        made[owner].seal(Facts()),
        made[owner].seal(Story(text="x")),
    ]
    assert await keyring.erase(owner)
    assert not await keyring.erase(owner)
    for reader in (keyring, Keyring(store, SETTINGS)):
        assert set(await reader.fetch([owner, neighbour])) == {neighbour}
        assert not await reader.matches(owner, ONE)
        assert await reader.owners(ONE) == [neighbour]
    again = (await keyring.create({owner: None}))[owner]
    for box, model in zip(boxes, (Contact, Facts, Story), strict=True):
        with pytest.raises(Exception, match="sealed-box"):
            again.open(box, model)


async def test_the_store_holds_neither_keys_nor_numbers(store: Store, keyring: Keyring) -> None:
    owner = ids.random_id()
    made = (await keyring.create({owner: ONE}))[owner]
    document = await store.collection("keyring", "keys").find_one({"_id": owner})
    assert document is not None
    assert set(document) == {"_id", "keys", "index", "created_at"}
    assert set(document["keys"]) == set(COMPARTMENTS)
    assert ONE[1:] not in repr(document)
    kek = SETTINGS.facts.get_secret_value()
    assert kek not in repr(document)
    assert repr(made) == f"Keys({owner!r})"
    wrong = Keyring(store, KeyringSettings(facts=SecretStr(kek[:2] + new_settings().facts.get_secret_value()[2:])))
    with pytest.raises(Exception, match="sealed-box"):
        (await wrong.fetch([owner]))[owner].open(made.seal(Facts()), Facts)


PAO, MY = Party("Giàng A Páo", 1981), Party("Vàng Thị Mỷ", 1990)


async def test_who_stands_in_a_matter_is_found_by_marks_until_erased(store: Store, keyring: Keyring) -> None:
    one, other, stranger = (ids.random_id() for _ in range(3))
    await keyring.create(
        dict.fromkeys((one, other, stranger)),
        {one: Parties(PAO, (MY,)), other: Parties(MY), stranger: Parties(Party("Lò Văn Biên", 1960))},
    )
    comparing = Keyring(store, KeyringSettings())  # it needs no key
    known = await comparing.parties([one, other])
    assert [party.helped for party in known[one]] == [True, False]
    assert known[one][1].marks == known[other][0].marks
    marks = known[other][0].marks
    assert set(await comparing.sharing(marks)) == {one, other}
    assert await comparing.sharing([]) == {}
    await keyring.replace_index(one, None, Parties(PAO))
    assert set(await comparing.sharing(marks)) == {other}
    await keyring.erase(other)
    assert await comparing.sharing(marks) == {}
    assert await comparing.parties([other]) == {}
    await keyring.replace_index(other, None, Parties(MY))  # an amendment that was under way brings nothing back
    assert await comparing.sharing(marks) == {}


async def test_marks_are_looked_up_in_an_index(store: Store, keyring: Keyring) -> None:
    await keyring.create({ids.random_id(): None}, {})
    query = {"parties.marks": {"$in": ["born:1:x"]}}
    found = await store.collection("keyring", "keys").find(query).explain()
    assert "IXSCAN" in str(found)


async def test_what_the_store_holds_of_a_party_names_nobody(store: Store, keyring: Keyring) -> None:
    owner = ids.random_id()
    await keyring.create({owner: None}, {owner: Parties(Party("Giàng A Páo", 1981, ONE), (MY,), ("03127",), "CIVIL")})
    document = await store.collection("keyring", "keys").find_one({"_id": owner})
    assert document is not None
    assert set(document) == {"_id", "keys", "index", "parties", "created_at"}
    for secret in ("Giàng", "giang", "1981", "03127", "CIVIL", ONE[1:]):
        assert secret not in repr(document["parties"])
