"""Topics and rights in Kafka are those of the registry, and nobody scales past the partitions."""

from collections.abc import Callable

import pytest

from dev.install.cluster.resources import Resource, named
from dev.stack.installation import SERVICES
from legalaid.bus.dead_letters import dead_letter_topic
from legalaid.bus.topics import groups
from legalaid.events import TOPICS

Rights = set[tuple[str, str, str]]
_REAL = ("pilot", "nation")


@pytest.fixture(params=_REAL)
def real(request: pytest.FixtureRequest, rendered: Callable[[str], list[Resource]]) -> list[Resource]:
    return rendered(request.param)


def _rights(user: Resource) -> Rights:
    return {
        (acl["resource"]["type"], acl["resource"]["name"], operation)
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }


def test_topics_are_those_of_the_registry_on_three_brokers(real: list[Resource]) -> None:
    topics = named(real, "KafkaTopic")
    assert topics.keys() == {topic.name for topic in TOPICS} | {dead_letter_topic(group) for group in groups()}
    for topic in TOPICS:
        spec = topics[topic.name]["spec"]
        assert (spec["partitions"], spec["replicas"]) == (topic.partitions, 3)
    for made in topics.values():
        config = made["spec"]["config"]
        assert (config["retention.ms"], config["retention.bytes"]) == (-1, -1), "the log is the record"
        assert config["min.insync.replicas"] == 2


def test_a_service_writes_what_it_owns_and_reads_what_it_consumes(real: list[Resource]) -> None:
    users = named(real, "KafkaUser")
    for service in SERVICES:
        rights = _rights(users[f"{service}-kafka"])
        written = {name for kind, name, operation in rights if (kind, operation) == ("topic", "Write")}
        read = {name for kind, name, operation in rights if (kind, operation) == ("topic", "Read")}
        joined = {name for kind, name, operation in rights if (kind, operation) == ("group", "Read")}
        assert written == {topic.name for topic in TOPICS if topic.owner == service} | {dead_letter_topic(service)}
        assert read == {topic.name for topic in TOPICS if service in topic.consumers}
        assert joined == {service}


def test_nobody_but_a_service_reads_events(real: list[Resource]) -> None:
    users = named(real, "KafkaUser")
    events = {topic.name for topic in TOPICS}
    for name in users.keys() - {f"{service}-kafka" for service in SERVICES}:
        assert not {topic for _, topic, operation in _rights(users[name]) if operation == "Read"} & events
    assert {operation for *_, operation in _rights(users["scaler-kafka"])} == {"Describe"}


def test_no_right_is_to_change_topics(real: list[Resource]) -> None:
    operations = {operation for user in named(real, "KafkaUser").values() for *_, operation in _rights(user)}
    assert operations == {"Describe", "Read", "Write"}


def test_replicas_never_outnumber_partitions(resources: list[Resource]) -> None:
    partitions = {group: min(_partitions(group)) for group in groups()}
    scaled = named(resources, "ScaledObject")
    for name, deployment in named(resources, "Deployment").items():
        labels = deployment["metadata"]["labels"]
        if labels["app.kubernetes.io/component"] not in {"consumer", "worker"}:
            continue
        most = deployment["spec"].get("replicas") or scaled[name]["spec"]["maxReplicaCount"]
        assert 2 <= most <= partitions[labels["app.kubernetes.io/name"]]


def _partitions(group: str) -> list[int]:
    """Of the topics that matter for scaling: a compacted table of one partition is not what a group is behind with."""
    return [topic.partitions for topic in TOPICS if group in topic.consumers and topic.partitions > 1]


def test_lag_is_asked_of_the_groups_that_exist_and_few_come_and_go(real: list[Resource]) -> None:
    scaled = named(real, "ScaledObject")
    assert {each["spec"]["triggers"][0]["metadata"]["consumerGroup"] for each in scaled.values()} == set(groups())
    for name, each in scaled.items():
        deployment = named(real, "Deployment")[name]
        assert each["spec"]["scaleTargetRef"] == {"name": name}
        assert (
            each["spec"]["triggers"][0]["metadata"]["consumerGroup"]
            == (deployment["metadata"]["labels"]["app.kubernetes.io/name"])
        )
        assert "replicas" not in deployment["spec"], "two would say how many there are"
        down = each["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        assert down["stabilizationWindowSeconds"] >= 600
        assert down["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 300}]


def test_a_broker_may_be_away(real: list[Resource]) -> None:
    config = named(real, "Kafka")["legalaid"]["spec"]["kafka"]["config"]
    assert sum(pool["spec"]["replicas"] for pool in named(real, "KafkaNodePool").values()) == 3
    assert (config["min.insync.replicas"], config["default.replication.factor"]) == (2, 3)
    assert config["auto.create.topics.enable"] is False
