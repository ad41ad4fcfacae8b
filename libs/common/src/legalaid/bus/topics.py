"""Topics as the registry wants them: made once, kept for ever."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from legalaid.bus.connection import connection
from legalaid.bus.dead_letters import dead_letter_topic
from legalaid.bus.producer import LARGEST_RECORD_BYTES
from legalaid.events import TOPICS, Retention
from legalaid.settings import KafkaSettings

log = structlog.get_logger()

_REPLICAS = 3
_POLICY = {Retention.FOREVER: "delete", Retention.LATEST: "compact"}


@dataclass(frozen=True)
class _Wanted:
    """One topic on the brokers."""

    name: str
    partitions: int
    config: Mapping[str, str]


def groups() -> tuple[str, ...]:
    """The consumer groups that the registry knows, one for each consuming service."""
    return tuple(sorted({consumer for topic in TOPICS for consumer in topic.consumers}))


async def create_topics(settings: KafkaSettings) -> None:
    """Make every topic of the registry and every group's dead-letter topic, and mend the configuration of those there.

    Doing it again changes nothing. A number of partitions that differs is only reported: more of them would send the
    later events of a key elsewhere than its earlier ones.
    """
    client = AIOKafkaAdminClient(**connection(settings))
    try:
        await client.start()
        brokers = (await client.describe_cluster())["brokers"]
        replicas = min(_REPLICAS, len(brokers))
        wanted = _wanted(settings.prefix, replicas)
        await _create(client, wanted, replicas)
        await _mend(client, wanted)
        await _compare_partitions(client, wanted)
    finally:
        await client.close()


def _wanted(prefix: str, replicas: int) -> list[_Wanted]:
    # one replica may be down for maintenance without stopping anybody, and no acknowledged record is on one disk alone
    kept = {"retention.ms": "-1", "retention.bytes": "-1", "min.insync.replicas": str(max(1, replicas - 1))}
    wanted = [
        _Wanted(prefix + topic.name, topic.partitions, kept | {"cleanup.policy": _POLICY[topic.retention]})
        for topic in TOPICS
    ]
    letters = kept | {"cleanup.policy": "delete", "max.message.bytes": str(LARGEST_RECORD_BYTES)}
    wanted += [_Wanted(prefix + dead_letter_topic(group), 1, letters) for group in groups()]
    return wanted


async def _create(client: AIOKafkaAdminClient, wanted: list[_Wanted], replicas: int) -> None:
    new = [NewTopic(topic.name, topic.partitions, replicas, topic_configs=dict(topic.config)) for topic in wanted]
    response = await client.create_topics(new)
    for name, code, explanation in response.topic_errors:
        error = for_code(code)
        if error is NoError:
            log.info("topic_created", topic=name)
        elif error is not TopicAlreadyExistsError:
            raise error(f"{name}: {explanation}")


async def _mend(client: AIOKafkaAdminClient, wanted: list[_Wanted]) -> None:
    """A topic that somebody else made may forget after a week: give it the configuration of the registry."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, dict(topic.config)) for topic in wanted]
    found: dict[str, dict[str, str]] = {}
    for response in await client.describe_configs(asked):
        for code, explanation, _, name, entries in response.resources:
            if code:
                raise for_code(code)(f"{name}: {explanation}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    wrong = [topic for topic in wanted if found[topic.name] != topic.config]
    if not wrong:
        return
    log.warning("topics_mended", topics=[topic.name for topic in wrong])
    mended = [ConfigResource(ConfigResourceType.TOPIC, topic.name, dict(topic.config)) for topic in wrong]
    for response in await client.alter_configs(mended):
        for code, explanation, _, name in response.resources:
            if code:
                raise for_code(code)(f"{name}: {explanation}")


async def _compare_partitions(client: AIOKafkaAdminClient, wanted: list[_Wanted]) -> None:
    described = {
        topic["topic"]: topic["partitions"] for topic in await client.describe_topics([t.name for t in wanted])
    }
    for topic in wanted:
        found = len(described[topic.name])
        if found not in {0, topic.partitions}:  # 0: so new that this broker has not heard of it yet
            log.warning("topic_partitions_differ", topic=topic.name, registry=topic.partitions, found=found)
