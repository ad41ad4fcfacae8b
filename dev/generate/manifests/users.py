"""Who may do what with which topic: from the registry's owners and consumers, and nothing more."""

from collections.abc import Iterable

from dev.generate.manifests.topics import CLUSTER, Resource
from dev.stack.installation import SERVICES
from legalaid.bus.dead_letters import dead_letter_topic
from legalaid.bus.topics import groups
from legalaid.events import TOPICS

JOBS = "jobs"
"""Looks into all dead letters and sends them back to where they came from."""
SCALER = "scaler"
"""Asks how far behind the groups are, and reads nothing."""

_READ, _WRITE = ("Describe", "Read"), ("Describe", "Write")


def users() -> list[Resource]:
    """One KafkaUser for each service, one for the jobs, one for who scales by lag."""
    letters = [dead_letter_topic(group) for group in groups()]
    every = [topic.name for topic in TOPICS]
    jobs = [*_topics(letters, ("Describe", "Read", "Write")), *_topics(every, _WRITE)]
    scaler = [*_topics([*every], ("Describe",)), *(_group(group, ("Describe",)) for group in groups())]
    return [*(_user(name, _service(name)) for name in SERVICES), _user(JOBS, jobs), _user(SCALER, scaler)]


def _service(name: str) -> list[Resource]:
    rights = _topics((topic.name for topic in TOPICS if topic.owner == name), _WRITE)
    if name in groups():
        rights += _topics((topic.name for topic in TOPICS if name in topic.consumers), _READ)
        rights += _topics([dead_letter_topic(name)], _WRITE)
        rights.append(_group(name, ("Read",)))
    return rights


def _topics(names: Iterable[str], operations: tuple[str, ...]) -> list[Resource]:
    return [_right("topic", name, operations) for name in names]


def _group(name: str, operations: tuple[str, ...]) -> Resource:
    return _right("group", name, operations)


def _right(kind: str, name: str, operations: tuple[str, ...]) -> Resource:
    return {"resource": {"type": kind, "name": name, "patternType": "literal"}, "operations": list(operations)}


def _user(name: str, rights: list[Resource]) -> Resource:
    """The operator keeps the password in a Secret of the user's name."""
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": f"{name}-kafka", "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": rights},
        },
    }
