import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from legalaid.bus import create_topics
from legalaid.events import TOPICS
from legalaid.settings import KafkaSettings

ASKED = ("cleanup.policy", "retention.ms", "retention.bytes", "min.insync.replicas")


async def _config(kafka: KafkaSettings, name: str) -> dict[str, str]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka.servers)
    await client.start()
    try:
        asked = ConfigResource(ConfigResourceType.TOPIC, kafka.prefix + name, dict.fromkeys(ASKED, ""))
        async with asyncio.timeout(10):
            while True:  # a broker hears of a new topic a moment after its controller
                [response] = await client.describe_configs([asked])
                [(code, _, _, _, entries)] = response.resources
                if not code:
                    return {entry[0]: entry[1] for entry in entries}
    finally:
        await client.close()


async def _partitions(kafka: KafkaSettings) -> dict[str, int]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka.servers)
    await client.start()
    try:
        names = [name for name in await client.list_topics() if name.startswith(kafka.prefix)]
        described = await client.describe_topics(names)
        return {topic["topic"].removeprefix(kafka.prefix): len(topic["partitions"]) for topic in described}
    finally:
        await client.close()


async def test_topics_are_as_the_registry_says_however_often_they_are_made(kafka: KafkaSettings) -> None:
    await create_topics(kafka)
    await create_topics(kafka)
    letters = {f"legalaid.{group}.dead-letters": 1 for group in ("intake", "routing", "notify", "reports")}
    expected = {topic.name: topic.partitions for topic in TOPICS} | letters
    async with asyncio.timeout(10):
        found = await _partitions(kafka)
        while len(found) < len(expected) or not all(found.values()):
            found = await _partitions(kafka)
    assert found == expected


async def test_the_record_is_kept_for_ever_and_the_directory_is_compacted(kafka: KafkaSettings) -> None:
    await create_topics(kafka)
    forever = {"retention.ms": "-1", "retention.bytes": "-1", "min.insync.replicas": "1"}
    assert await _config(kafka, "legalaid.cases") == forever | {"cleanup.policy": "delete"}
    assert await _config(kafka, "legalaid.routing.dead-letters") == forever | {"cleanup.policy": "delete"}
    assert (await _config(kafka, "legalaid.centres"))["cleanup.policy"] == "compact"


async def test_a_topic_that_somebody_made_to_forget_is_mended(kafka: KafkaSettings) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka.servers)
    await client.start()
    week = {"retention.ms": "604800000"}
    await client.create_topics([NewTopic(f"{kafka.prefix}legalaid.requests", 6, 1, topic_configs=week)])
    await client.close()
    assert (await _config(kafka, "legalaid.requests"))["retention.ms"] == "604800000"
    await create_topics(kafka)
    async with asyncio.timeout(10):
        while (await _config(kafka, "legalaid.requests"))["retention.ms"] != "-1":  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)
