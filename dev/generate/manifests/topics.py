"""Topics for Strimzi's topic operator: what ``python -m legalaid.bus topics`` would make on three brokers."""

from typing import Any

from legalaid.bus.topics import wanted_topics

CLUSTER = "legalaid"
"""The name of the Kafka resource: Strimzi finds what belongs to it by this label."""
_REPLICAS = 3

Resource = dict[str, Any]


def topics() -> list[Resource]:
    """One KafkaTopic for each topic of the registry and each group's dead letters."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": CLUSTER}},
            "spec": {
                "partitions": topic.partitions,
                "replicas": _REPLICAS,
                "config": {name: _plain(value) for name, value in topic.config.items()},
            },
        }
        for topic in wanted_topics("", _REPLICAS)
    ]


def _plain(value: str) -> str | int:
    return int(value) if value.lstrip("-").isdigit() else value
