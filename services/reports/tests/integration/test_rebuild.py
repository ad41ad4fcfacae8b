import asyncio
import os
import sys
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from legalaid import clock
from legalaid.events import calls
from reports import metrics
from reports.loops.census import count
from reports.rebuild import rebuild
from reports.store import DATABASE


async def told(reports: Any, *names: str) -> None:
    await reports.publish([event for name in names for story in reports.stories(name) for event in story])


async def collections(reports: Any) -> set[str]:
    return set(await reports.store.collection_names(DATABASE))


async def test_the_facts_are_what_the_log_says(reports: Any) -> None:
    await reports.publish([reports.centre("Trung tâm")])
    await told(reports, "1", "2", "1")
    before = await collections(reports)
    found = await rebuild(reports.settings)
    assert found.problems == []
    assert found.same == 9
    assert await collections(reports) | before == before | {"facts", "centres", "checks"}


DAY = 86_400


async def _gauges(reports: Any) -> tuple[float, int]:
    """Differences, and the days for which the facts are unproved, as the service shows them."""
    await count(reports.collections)
    differences, unproved = metrics.REBUILD_DIFFERENCES, metrics.REBUILD_UNPROVED_SECONDS
    return differences._value.get(), int(unproved._value.get() // DAY)


async def test_what_a_check_found_is_in_the_gauges_of_the_service(reports: Any) -> None:
    assert await _gauges(reports) == (0, 0), "a new installation is not late"
    await told(reports, "1")
    assert (await rebuild(reports.settings)).problems == []
    await reports.collections.keep_check(0, clock.real_now() - timedelta(days=2))
    assert await _gauges(reports) == (0, 2)
    facts = reports.collections.facts.collection
    right = await facts.find_one({"_id": {"$regex": "^cases:"}})
    await facts.update_one({"_id": right["_id"]}, {"$set": {"fact.outcome": "REFUSED"}})
    assert len((await rebuild(reports.settings)).problems) == 1
    assert await _gauges(reports) == (1, 2), "a check that failed proves nothing"
    await facts.update_one({"_id": right["_id"]}, {"$set": {"fact": right["fact"]}})
    assert (await rebuild(reports.settings)).problems == []
    assert await _gauges(reports) == (0, 0)


async def test_who_comes_late_is_waited_for(reports: Any) -> None:
    await told(reports, "1")
    comparing = asyncio.create_task(rebuild(reports.settings))
    for name in "23456":
        await told(reports, name)
        await asyncio.sleep(0.02)
    found = await comparing
    assert found.problems == []
    assert found.same >= 4


async def test_differences_are_told_by_id_and_field(reports: Any) -> None:
    await told(reports, "1", "2", "3", "4")
    assert (await rebuild(reports.settings)).same == 16
    facts = reports.collections.facts.collection
    wrong, gone, stale, foreign = (
        reports.stories(name)[number][0] for name, number in (("1", 2), ("2", 3), ("3", 1), ("4", 0))
    )
    ids = [f"{event.topic.short}:{event.subject}" for event in (wrong, gone, stale, foreign)]
    await facts.update_one({"_id": ids[0]}, {"$set": {"fact.province": "15", "fact.outcome": "REFUSED"}})
    await facts.delete_one({"_id": ids[1]})
    await facts.update_one({"_id": ids[2]}, {"$set": {"applied.calls": 1}})
    copy = await facts.find_one({"_id": ids[3]})
    await facts.insert_one({**copy, "_id": "requests:foreign"})

    found = await rebuild(reports.settings, patience_seconds=0)
    assert found.different == [
        f"facts {ids[0]}: fact.outcome is REFUSED, should be COMPLETED, fact.province is 15, should be 11"
    ]
    assert sorted(found.behind) == sorted(
        [
            f"facts {ids[1]}: is missing",
            f"facts {ids[2]}: at {{'calls': 1}}, the log is at {{'calls': 2}}",
            "facts requests:foreign: the log does not tell of it",
        ]
    )
    assert found.same == 13


async def run_command(reports: Any, *arguments: str) -> tuple[int | None, str]:
    settings = reports.settings
    environment = {
        "LEGALAID_KAFKA__SERVERS": settings.kafka.servers,
        "LEGALAID_KAFKA__PREFIX": settings.kafka.prefix,
        "LEGALAID_MONGO__URL": settings.mongo.url.get_secret_value(),
        "LEGALAID_MONGO__PREFIX": settings.mongo.prefix,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "reports",
        "rebuild",
        *arguments,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_command_says_so_and_keeps_what_it_is_asked_to_keep(reports: Any) -> None:
    await told(reports, "1")
    producer = AIOKafkaProducer(bootstrap_servers=reports.settings.kafka.servers)
    async with producer:
        await producer.send_and_wait(reports.settings.kafka.prefix + calls.TOPIC.name, b"not an event", b"key")
    code, output = await run_command(reports, "--keep")
    assert (code, output) == (0, "4 documents are as the log says, 0 are not; 1 records of the log are no events\n")
    assert "facts_rebuild_1" in await collections(reports)

    subject = reports.stories("1")[0][0].subject
    await reports.collections.facts.collection.delete_one({"_id": f"requests:{subject}"})
    code, output = await run_command(reports, "--patience", "0")
    assert code == 1
    assert output.splitlines()[0] == f"facts requests:{subject}: is missing"
    assert not any(name.endswith("rebuild_2") for name in await collections(reports))
    assert "facts_rebuild_1" in await collections(reports), "what was kept is not touched by the next"
