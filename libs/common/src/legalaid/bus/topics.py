"""Topics as the registry wants them: made once, kept for ever."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from legalaid import clock
from legalaid.bus.backoff import delays
from legalaid.bus.connection import connection
from legalaid.bus.dead_letters import dead_letter_topic
from legalaid.bus.producer import LARGEST_RECORD_BYTES
from legalaid.events import TOPICS, Retention
from legalaid.settings import KafkaSettings

log = structlog.get_logger()

_PATIENCE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 3.0
_REPLICAS = 3
_REPLICAS_THAT_ANSWER = "min.insync.replicas"
_POLICY = {Retention.FOREVER: "delete", Retention.LATEST: "compact"}


@dataclass(frozen=True)
class WantedTopic:
    """One topic on the brokers, as the registry wants it."""

    name: str
    partitions: int
    config: Mapping[str, str]


def groups() -> tuple[str, ...]:
    """The consumer groups that the registry knows, one for each consuming service."""
    return tuple(sorted({consumer for topic in TOPICS for consumer in topic.consumers}))


async def create_topics(settings: KafkaSettings) -> None:
    """Make every topic of the registry and every group's dead-letter topic, and mend the configuration of those there.

    Doing it again changes nothing, so it is done again while the brokers are starting or electing. A number of
    partitions that differs is only reported: more of them would send the later events of a key elsewhere than its
    earlier ones. Raises ``KafkaError`` when the brokers refuse, or are away for longer than a start takes.
    """
    deadline = clock.elapsed() + _PATIENCE_SECONDS
    for delay in delays(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS):
        try:
            await _make_and_mend(settings)
        except KafkaError as error:
            if not error.retriable or clock.elapsed() > deadline:
                raise
            log.warning("topics_put_off", error=type(error).__name__)
            await asyncio.sleep(delay)
        else:
            return


async def _make_and_mend(settings: KafkaSettings) -> None:
    client = AIOKafkaAdminClient(**connection(settings))
    try:
        await client.start()
        brokers = (await client.describe_cluster())["brokers"]
        replicas = min(_REPLICAS, len(brokers))
        wanted = wanted_topics(settings.prefix, replicas)
        there = await _create(client, wanted, replicas)
        if there:
            await _mend(client, there)
            await _compare_partitions(client, there)
    finally:
        await client.close()


def wanted_topics(prefix: str, replicas: int) -> list[WantedTopic]:
    """Every topic of the registry and every group's dead-letter topic, for so many replicas of each partition."""
    # one replica may be down for maintenance without stopping anybody, and no acknowledged record is on one disk alone
    kept = {"retention.ms": "-1", "retention.bytes": "-1", _REPLICAS_THAT_ANSWER: str(max(1, replicas - 1))}
    wanted = [
        WantedTopic(prefix + topic.name, topic.partitions, kept | {"cleanup.policy": _POLICY[topic.retention]})
        for topic in TOPICS
    ]
    letters = kept | {"cleanup.policy": "delete", "max.message.bytes": str(LARGEST_RECORD_BYTES)}
    wanted += [WantedTopic(prefix + dead_letter_topic(group), 1, letters) for group in groups()]
    return wanted


async def _create(client: AIOKafkaAdminClient, wanted: list[WantedTopic], replicas: int) -> list[WantedTopic]:
    """Make what is missing, and say what was there before."""
    there: set[str] = set()
    new = [NewTopic(topic.name, topic.partitions, replicas, topic_configs=dict(topic.config)) for topic in wanted]
    response = await client.create_topics(new)
    for name, code, explanation in response.topic_errors:
        error = for_code(code)
        if error is NoError:
            log.info("topic_created", topic=name)
        elif error is TopicAlreadyExistsError:
            there.add(name)
        else:
            raise error(f"{name}: {explanation}")
    return [topic for topic in wanted if topic.name in there]


async def _mend(client: AIOKafkaAdminClient, wanted: list[WantedTopic]) -> None:
    """A topic that somebody else made may forget after a week: give it the configuration of the registry."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, dict(topic.config)) for topic in wanted]
    wrong: list[ConfigResource] = []
    configs = {topic.name: topic.config for topic in wanted}
    for response in await client.describe_configs(asked):
        for code, explanation, _, name, entries in response.resources:
            error = for_code(code)
            if error is UnknownTopicOrPartitionError:
                continue  # just made by another process: this broker has not heard of it yet
            if error is not NoError:
                raise error(f"{name}: {explanation}")
            found = {entry[0]: entry[1] for entry in entries}
            # how many replicas must answer depends on how many the topic was made with, so that stays as it is
            right = {**configs[name], _REPLICAS_THAT_ANSWER: found[_REPLICAS_THAT_ANSWER]}
            if found != right:
                log.warning("topic_mended", topic=name, found=found)
                wrong.append(ConfigResource(ConfigResourceType.TOPIC, name, right))
    if not wrong:
        return
    for response in await client.alter_configs(wrong):
        for code, explanation, _, name in response.resources:
            if code:
                raise for_code(code)(f"{name}: {explanation}")


async def _compare_partitions(client: AIOKafkaAdminClient, wanted: list[WantedTopic]) -> None:
    described = await client.describe_topics([topic.name for topic in wanted])
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    for topic in wanted:
        found = partitions[topic.name]
        if found not in {0, topic.partitions}:  # 0: so new that this broker has not heard of it yet
            log.warning("topic_partitions_differ", topic=topic.name, registry=topic.partitions, found=found)
