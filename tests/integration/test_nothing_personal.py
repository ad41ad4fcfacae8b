"""P4: whatever people tell, well or badly, none of it appears in clear anywhere but where an officer opens it."""

import asyncio
import json
import os
import random
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from dev.demo.crowd import CLOCK, Auditor, Crowd
from dev.look import kafka as log
from dev.look.leaks import Collector, Plants
from dev.look.planting import Planting
from dev.machine.paths import PYTHON
from dev.stack.backend import chosen_stack
from dev.stack.installation import SERVICES, Installation, installation
from dev.stack.keys import APP, DESK, EXCHANGE, OPERATOR, READER, Client, officer
from intake.api.bodies import Amendment, NewRequest
from legalaid import ids
from legalaid.bus import Producer
from legalaid.bus.record import Raw
from legalaid.events import Compartment, Sealed, notices, requests
from legalaid.events.people import Contact, Facts, Story
from legalaid.sealed import Keyring, SealError
from legalaid.sealed.keys import KeyEncryptionKeys, Keys
from legalaid.settings import KafkaSettings, KeyringSettings, MongoSettings
from legalaid.store import Store

pytestmark = pytest.mark.timeout(240)

DATABASES = ("intake", "routing", "notify", "reports", "keyring")
COMPARTMENTS: tuple[type[Compartment], ...] = (Contact, Facts, Story)
BOX = re.compile(r"1\.[A-Za-z0-9_-]{38,}")
MARK = re.compile(r"((number|born|near):)?1:[0-9a-f]{64}")
"""Of somebody in a matter: a keyed hash, of what kind, under which key, and nothing else."""
FREE = 12
"""Fields of a request that take words or a telephone number; there may be more by now, never fewer."""


@dataclass
class World:
    """An installation, and everything that was told to it."""

    running: Installation
    collector: Collector
    plants: Plants
    codes: Plants
    """Facts have no words of their own, only codes of ours, which an error may name as what would be right."""
    store: Store
    kafka: KafkaSettings
    requests: list[str] = field(default_factory=list)
    receipt_code: str = ""
    answers: list[tuple[str, httpx.Response]] = field(default_factory=list)

    def client(self, service: str, who: Client) -> httpx.AsyncClient:
        """Somebody's connection; every answer is kept."""

        async def keep(response: httpx.Response) -> None:
            await response.aread()
            self.answers.append((f"{response.request.method} {service}", response))

        token = self.running.authority.token(who)
        return httpx.AsyncClient(
            base_url=self.running[service].url,
            headers={"authorization": f"Bearer {token}"},
            event_hooks={"response": [keep]},
            timeout=20,
        )

    async def documents(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Every document of every database."""
        for database in DATABASES:
            for name in await self.store.collection_names(database):
                async for document in self.store.collection(database, name).find({}):
                    yield f"{database}.{name}", document

    async def records(self) -> list[Any]:
        """Every record of every topic, dead letters included."""
        return [record async for record in log.records(self.kafka, await log.topics(self.kafka))]

    def keyring_settings(self) -> KeyringSettings:
        keys = self.running.authority.keyring("contact", "facts", "story", "index")
        return KeyringSettings(**{name.rpartition("__")[2].lower(): SecretStr(key) for name, key in keys.items()})


def key() -> dict[str, str]:
    return {"idempotency-key": f'"{ids.random_id()}"'}


def asked(world: World, who: str) -> Planting:
    """A plant in every field that takes words, and facts that are nobody's business."""
    return Planting(
        world.plants,
        who,
        {
            "channel": "HOTLINE",
            "call_id": None,
            "person.name": "ông Giàng A {}",  # two words at least: a name that cases are compared by
            "person.language": None,
            "residence.province_code": None,  # words tell the place
            "residence.commune_code": None,
            "residence.text": "bản {}, tỉnh Điện Biên",
            "matter_place.province_code": None,
            "matter_place.commune_code": None,
            "address": "số 7, ngõ {}",
            "matter.field": "MARRIAGE_FAMILY",
            "matter.story": "Chồng tôi là {}.",
            "matter.others.name": "bà Vàng Thị {}",
            "matter.others.birth_year": 1953,
            "facts.sex": "FEMALE",
            "facts.birth_date": world.codes.texts["birth_date"],
            "facts.birth_year": None,
            "facts.ethnicity": "08",
            "facts.household": world.codes.texts["household"],
            "facts.claims": {world.codes.texts["claim"]: "YES", world.codes.texts["other claim"]: "YES"},
            "facts.occurred_at": world.codes.texts["occurred_at"],
            "facts.trial_on": world.codes.texts["trial_on"],
            "facts.limitation_ends_on": world.codes.texts["limitation_ends_on"],
            "facts.step_on": world.codes.texts["step_on"],
            "wishes.hours_from": None,
            "wishes.hours_to": None,
            "consent.purposes": ["CASE_HANDLING", "SMS_UPDATES"],
            "consent.at": "2026-11-23T08:30:00+07:00",
        },
    )


async def tell_well(world: World) -> None:
    """One person asks, amends and looks how it stands; another asks and withdraws; a call is missed."""
    plants, codes = world.plants, world.codes
    codes.code("birth_date", "1987-03-19")
    codes.code("occurred_at", "2019-05-08")
    codes.code("trial_on", "2031-02-17")
    codes.code("limitation_ends_on", "2032-04-21")
    codes.code("step_on", "2024-10-29")
    codes.code("household", "NEAR_POOR")
    codes.code("claim", "DOMESTIC_VIOLENCE_VICTIM")
    codes.code("other claim", "HIV_POSITIVE")
    async with world.client("intake", EXCHANGE) as exchange:
        report = {
            "exchange_call_id": plants.word("exchange_call_id"),
            "phone": plants.number("call.phone", "0965 284 173"),
            "at": "2026-11-23T08:55:00+07:00",
        }
        assert (await exchange.post("/v1/calls", json=report | {"state": "STARTED"})).status_code == 201
        missed = await exchange.post("/v1/calls", json=report | {"state": "ENDED", "outcome": "MISSED"})
        assert missed.json()["callback"]
    async with world.client("intake", OPERATOR) as operator:
        hostile: dict[str, str | bytes] = {"traceparent": plants.word("traceparent")}
        hostile["user-agent"] = plants.word("agent").encode()
        hostile |= {plants_header: plants.word(plants_header).encode() for plants_header in ("x-person", "referer")}
        headers = {name: value if isinstance(value, bytes) else value.encode() for name, value in hostile.items()}
        for who in ("one", "two"):
            one = asked(world, who)
            body = one.body(NewRequest)
            assert len(one.planted()) >= FREE
            mine = [(name.encode(), value) for name, value in headers.items()]
            mine += [(name.encode(), value.encode()) for name, value in key().items()]
            answer = await operator.post("/v1/requests", json=body, headers=mine)
            assert answer.status_code == 201, answer.text
            world.requests.append(answer.json()["request_id"])
            world.receipt_code = world.receipt_code or answer.json()["receipt_code"]
        first, second = world.requests
        body = asked(world, "amended").body(Amendment)
        amended = await operator.post(f"/v1/requests/{first}/amendments", json=body, headers=key())
        assert amended.status_code == 200, amended.text
        await operator.get(f"/v1/requests/{first}", params={"name": plants.word("query")})
        assert (await operator.post(f"/v1/requests/{second}/withdrawal")).status_code == 200
    async with world.client("intake", APP) as app:
        check = {"receipt_code": world.receipt_code, "phone": world.plants.texts["amended.person.phone"]}
        assert (await app.post("/v1/status-checks", json=check)).status_code == 200
        wrong = check | {"phone": plants.number("wrong phone", "0356 917 482")}
        assert (await app.post("/v1/status-checks", json=wrong)).status_code == 404
        await tell_of_a_device(world, app)


async def tell_of_a_device(world: World, app: httpx.AsyncClient) -> None:
    """The app registers a telephone and a browser; what they are reached by is a secret as much as a number is."""
    plants = world.plants
    subscription = {
        "endpoint": plants.code("device.endpoint", "https://updates.push.services.mozilla.com/wpush/v2/gqkzvxd7w2"),
        "keys": {
            "p256dh": plants.code("device.p256dh", "BQkzvxd" + "wzqkd7x" * 11 + "AAA"),
            "auth": plants.code("device.auth", "qkzvxdwqk7zvxdwqkzvxdw"),
        },
    }
    proof = {"receipt_code": world.receipt_code, "phone": plants.texts["amended.person.phone"]}
    consent = {name: plants.word(f"device.consent.{name}") for name in ("text_version", "evidence")}
    agreed = proof | {"consent": {"purposes": ["PUSH_UPDATES"], "at": "2026-11-23T09:05:00+07:00", **consent}}
    token = plants.code("device.token", "dQkzVxw:APA91bZqkVwxdzqQkzVxw")
    for address, status in (({"token": token}, 201), ({"token": plants.word("token of no form")}, 422)):
        assert (await app.post("/v1/devices", json=agreed | address)).status_code == status
    made = await app.post("/v1/devices", json=agreed | {"subscription": subscription})
    assert (await app.delete(f"/v1/devices/{made.json()['device_id']}")).status_code == 204


async def tell_badly(world: World) -> None:
    """Everything that a careless or hostile client may send, each with a plant of its own."""
    plants = world.plants
    word = plants.word
    async with world.client("intake", OPERATOR) as operator:
        good = {"channel": "HOTLINE"}
        bodies: list[dict[str, Any]] = [
            good | {"person": {"name": {"first": word("name of a wrong type")}}},
            good | {"person": {"phone": word("phone that is none")}},
            good | {"person": {"phone": plants.number("phone too long", "0912 555 831 7 246 3")}},
            good | {"person": word("section of a wrong type")},
            good | {word("unknown field"): word("value of an unknown field")},
            good | {"facts": {"claims": {word("unknown claim"): "YES"}}},
            good | {"facts": {"birth_date": word("birth date"), "household": word("household of a wrong type")}},
            good | {"matter": {"story": word("story too large") * 6000}},
            good | {"call_id": word("call id")},
            {"channel": word("channel")},
        ]
        for body in bodies:
            answer = await operator.post("/v1/requests", json=body, headers=key())
            assert answer.status_code in {413, 422}, answer.text
        for raw in (
            f'{{"person": {{"name": "{word("malformed")}',
            f'"{word("no object")}"',
            f"name={word('form')}",
        ):
            await operator.post("/v1/requests", content=raw.encode(), headers=key())
        for kind in ("text/plain", word("content type")):
            headers = [(b"content-type", kind.encode()), (b"idempotency-key", b'"abc"')]
            await operator.post("/v1/requests", content=word(f"as {kind}").encode(), headers=headers)
        for idempotency in (word("idempotency key").encode(), f'"{word("quoted key")}"'.encode(), b"x" * 300):
            answer = await operator.post("/v1/requests", json=good, headers={b"idempotency-key": idempotency})
            assert answer.status_code == 400
        request = world.requests[0]
        for path in (f"/v1/requests/{word('id')}", f"/v1/requests/{request}/{word('path')}", f"/{word('root')}"):
            for method in ("GET", "POST", "DELETE"):
                await operator.request(method, path, headers=key())
        body = {"residence": word("place of a wrong type"), "person": {"phone": word("amended phone")}}
        await operator.post(f"/v1/requests/{request}/amendments", json=body, headers=key())
    for service in SERVICES:
        async with world.client(service, OPERATOR) as client:
            for token in (f"{word(f'{service} token')}", f"a.{word(f'{service} jwt')}.c"):
                await client.get(f"/v1/cases/{request}", headers={b"authorization": f"Bearer {token}".encode()})
            await client.get(f"/v1/{word(f'{service} path')}", params={word(f"{service} query"): "1"})
            await client.post(f"/v1/{service}", content=word(f"{service} body").encode())
    async with world.client("intake", EXCHANGE) as exchange:
        for call in (
            {"exchange_call_id": word("bad call"), "state": word("state"), "at": word("at"), "phone": "0"},
            {"exchange_call_id": "1", "state": "STARTED", "at": "2026-11-23T09:00:00+07:00", "phone": word("caller")},
        ):
            await exchange.post("/v1/calls", json=call)


async def officers_at_work(world: World) -> None:
    """They open, accept and return cases, and mistype."""
    word, request = world.plants.word, world.requests[0]
    case = await world.store.collection("routing", "cases").find_one({"_id": request})
    assert case is not None
    owner = officer(case["state"]["owner"]["code"])
    async with world.client("routing", owner) as client:
        await client.post(f"/v1/cases/{request}/return", json={"reason": word("return reason")}, headers=key())
        more = {"reason": "OUT_OF_AREA", word("return field"): word("return value")}
        await client.post(f"/v1/cases/{request}/return", json=more, headers=key())
        await client.get("/v1/cases", params={"cursor": word("cursor"), "status": word("status")})
        await client.get("/v1/cases", params={"due_before": word("due")})
        quoted = {b"idempotency-key": f'"{word("officer key")}"'.encode()}
        await client.post(f"/v1/cases/{request}/accept", headers=quoted)
        plain = {"idempotency-key": "nguyen-van-a-0912738465"}
        accepted = await client.post(f"/v1/cases/{request}/accept", headers=plain)
        assert accepted.status_code == 200, accepted.text
    async with world.client("routing", DESK) as desk:
        await desk.post(f"/v1/cases/{request}/assign", json={"owner": word("new owner")}, headers=key())
    async with world.client("notify", DESK) as desk:
        for path in ("/v1/callbacks", "/v1/notices", f"/v1/callbacks/{word('notice')}/done"):
            await desk.request("POST" if path.endswith("done") else "GET", path, headers=key())
        await desk.post(f"/v1/notices/{request}/decision", json={"decision": word("decision")}, headers=key())
    async with world.client("reports", READER) as reader:
        await reader.get("/v1/summary", params={"from": word("from"), "province": word("province")})


async def poison(world: World, plants: Plants) -> None:
    """Records that are no events. Their own words are in the topics and dead letters, and must be nowhere else."""
    topic, subject = requests.TOPIC.name, world.requests[0].encode()
    [good] = [one for one in await world.records() if one.topic.endswith(topic) and one.key == subject][:1]
    junk = json.dumps({"name": plants.word("poison")}).encode()
    strange = tuple(header for header in good.headers if header[0] != "ce_type")
    strange += (("ce_type", plants.word("ce_type").encode()),)
    header = (plants.word("header"), plants.word("header value").encode())
    async with Producer(world.kafka, client_id="poison") as producer:
        await producer.forward(
            [
                Raw(topic, subject, junk, good.headers),
                Raw(topic, plants.word("poison key").encode(), good.value, strange),
                Raw(topic, None, b'{"name": "' + plants.word("cut").encode(), (header,)),
            ]
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nothing-personal")


@pytest.fixture(scope="module")
def installed(place: Path) -> Iterator[tuple[Installation, Collector]]:
    with chosen_stack(place / "stack") as stack, Collector() as collector:
        extra = {
            "LEGALAID_TELEMETRY__OTLP_ENDPOINT": collector.url,
            "LEGALAID_TELEMETRY__TRACE_RATIO": "1",
            "LEGALAID_TELEMETRY__LOG_LEVEL": "DEBUG",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "LEGALAID_SENDER__TOGETHER_SECONDS": "0",  # what is told is told before the test ends
        }
        prefix = f"t{ids.random_id()[:8]}-"
        with installation(stack, place, clock=CLOCK, prefix=prefix, extra=extra) as running:
            yield running, collector


@pytest.fixture
async def world(installed: tuple[Installation, Collector]) -> AsyncIterator[World]:
    running, collector = installed
    stack = running.stack
    store = Store(MongoSettings(url=SecretStr(stack.mongo), prefix=running.prefix), app_name="search")
    kafka = KafkaSettings(servers=stack.servers, prefix=running.prefix)
    yield World(running, collector, Plants(random.Random(7)), Plants(random.Random(0)), store, kafka)
    await store.close()


async def settle(world: World) -> None:
    await Auditor(world.running).findings(Crowd(world.running, seed=0))


async def leaks(world: World, plants: Plants, *, topics: bool = True, answers: bool = True) -> dict[str, list[str]]:
    """Where which plants were found."""
    found: dict[str, list[str]] = {}

    def look(where: str, haystack: Any) -> None:
        if places := plants.found_in(haystack):
            found[where] = sorted({*found.get(where, []), *places})

    if topics:
        for record in await world.records():
            look(f"topic {record.topic}", [record.key, record.value, *record.headers])
    async for name, document in world.documents():
        look(f"collection {name}", document)
    for service in SERVICES:
        look(f"log of {service}", world.running[service].log.read_bytes())
        async with httpx.AsyncClient(base_url=world.running[service].url) as client:
            look(f"metrics of {service}", (await client.get("/metrics")).text)
    for spans in list(world.collector.received):
        look("spans", spans)
    for what, answer in world.answers if answers else ():
        look(f"answer {answer.status_code} to {what}", [answer.text, *answer.headers.items()])
    return found


async def cannot_be_opened(world: World, erased: str, boxes: set[str]) -> None:
    """No key of the installation opens any of these boxes, whatever compartment it is tried as."""
    keks = KeyEncryptionKeys(world.keyring_settings())
    owners = [document["_id"] async for name, document in world.documents() if name.startswith("keyring.")]
    assert erased not in owners
    assert owners
    for keys in (await Keyring(world.store, world.keyring_settings()).fetch(owners)).values():
        disguised = Keys(erased, keys.wrapped, keks)
        for text in boxes:
            for model in COMPARTMENTS:
                with pytest.raises(SealError):
                    disguised.open(Sealed(text), model)


async def boxes_of(world: World, owner: str) -> set[str]:
    """Every box of a request, from the topics and from the databases."""
    texts = [record.value.decode(errors="replace") for record in await world.records() if record.key == owner.encode()]
    texts += [repr(document) async for _, document in world.documents() if owner in repr(document)]
    return {box for text in texts for box in BOX.findall(text)}


async def openable(world: World, owner: str, boxes: set[str]) -> set[str]:
    keys = (await Keyring(world.store, world.keyring_settings()).fetch([owner]))[owner]
    opened: set[str] = set()
    for text in boxes:
        for model in COMPARTMENTS:
            try:
                keys.open(Sealed(text), model)
            except SealError:
                continue
            opened.add(text)
    return opened


async def test_nothing_personal_is_anywhere_in_clear_and_erasure_reaches_everywhere(world: World, place: Path) -> None:
    await tell_well(world)
    await settle(world)
    await tell_badly(world)
    await officers_at_work(world)
    poisoned = Plants(random.Random(8))
    await poison(world, poisoned)
    await settle(world)
    await asyncio.sleep(0.5)  # spans leave in batches

    letters = [one for one in await world.records() if one.topic.endswith("dead-letters")]
    assert len(letters) >= 3
    assert any(one.topic.endswith(notices.TOPIC.name) for one in await world.records())
    assert len(world.collector.received) > 4
    assert await leaks(world, world.plants) == {}
    assert await leaks(world, world.codes, answers=False) == {}
    assert await leaks(world, poisoned, topics=False) == {}
    async for name, document in world.documents():
        if name.startswith("keyring."):
            assert set(document) - {"parties"} == {"_id", "keys", "index", "created_at"}
            assert all(MARK.fullmatch(mark) for mark in marks_in(document))

    await can_find(world, place)
    await erasure(world)


async def can_find(world: World, place: Path) -> None:
    """The search is not blind: what is put into a log, a topic or a collection on purpose is found there."""
    word = world.plants.texts["one.person.name"]
    scratch = world.store.collection("reports", "scratch")
    await scratch.insert_one({"_id": "x", "inner": [{"note": f"gọi lại cho {word.upper()}"}]})
    async with Producer(world.kafka, client_id="leak") as producer:
        await producer.forward(
            [
                Raw(
                    "legalaid.notify.dead-letters",
                    b"k",
                    b"{}",
                    (("x", world.plants.texts["one.person.phone"].encode()),),
                )
            ]
        )
    log = world.running["reports"].log
    kept = log.read_bytes()
    with log.open("ab") as lines:
        lines.write(json.dumps({"event": word}).encode())
    found = await leaks(world, world.plants)
    assert found.pop("collection reports.scratch") == ["one.person.name"]
    assert found.pop("log of reports") == ["one.person.name"]
    assert found.pop(f"topic {world.kafka.prefix}legalaid.notify.dead-letters") == ["one.person.phone"]
    assert found == {}
    await scratch.drop()
    assert place in log.parents
    log.write_bytes(kept)


def marks_in(document: dict[str, Any]) -> set[str]:
    """The marks of a document of the keyring."""
    return {mark for party in document.get("parties", []) for mark in (*party["marks"], *party.get("matter", ()))}


async def no_mark_outlives(world: World, marks: set[str]) -> None:
    """Marks are nowhere but in the keyring: no topic, database or log ever had one."""
    digests = {mark.rpartition(":")[2] for mark in marks}
    where = [repr(document) async for _, document in world.documents()]
    where += [repr(record) for record in await world.records()]
    where += [world.running[service].log.read_text() for service in SERVICES]
    assert not [digest for digest in digests for text in where if digest in text]


async def erasure(world: World) -> None:
    erased, other = world.requests
    keyring = world.store.collection("keyring", "keys")
    known = await keyring.find_one({"_id": erased})
    assert known is not None
    assert {party["helped"] for party in known["parties"]} == {True, False}
    still = {mark async for document in keyring.find({"_id": {"$ne": erased}}) for mark in marks_in(document)}
    case = await world.store.collection("routing", "cases").find_one({"_id": erased})
    assert case is not None
    owner = officer(case["state"]["owner"]["code"])
    boxes = await boxes_of(world, erased)
    opened = await openable(world, erased, boxes)
    assert len(opened) > 5
    async with world.client("routing", owner) as client, world.client("intake", APP) as app:
        view = await client.get(f"/v1/cases/{erased}")
        assert asked(world, "amended").planted() - set(world.plants.found_in(view.text)) == set(), (
            "not told, or not kept"
        )
        assert [each for each in world.plants.found_in(view.text) if each.startswith("device")] == [], "notify's alone"
        command = [PYTHON, "-m", "legalaid.sealed", "erase", erased]
        environment = {**os.environ, **world.running.environment("intake")}
        done = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert (await client.get(f"/v1/cases/{erased}")).status_code == 410
        check = {"receipt_code": world.receipt_code, "phone": world.plants.texts["amended.person.phone"]}
        assert (await app.post("/v1/status-checks", json=check)).status_code == 404
    assert await boxes_of(world, erased) >= boxes
    await cannot_be_opened(world, erased, boxes)
    gone = marks_in(known) - still
    assert len(gone) > 5
    await no_mark_outlives(world, gone)
    assert await openable(world, other, await boxes_of(world, other))
