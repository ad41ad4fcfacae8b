"""Who may talk to whom is what the flow needs: every edge is allowed at both ends, and no other is."""

from collections.abc import Iterator, Mapping
from typing import Any

from dev.install.cluster.resources import PodTemplate, Resource, named, pods
from dev.stack.installation import SERVICES
from legalaid.events import TOPICS

ANYWHERE = "anywhere"
_OPERATORS = {
    "brokers": {"strimzi.io/name": "legalaid-kafka", "strimzi.io/cluster": "legalaid"},
    "store": {"app": "mongodb-svc"},
}
"""Pods that no manifest of ours has, by the labels that their operators give them."""


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """As Kubernetes reads a label selector; the empty one is of everybody."""
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    listed = all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ()))
    return wanted and listed


def _everybody(resources: list[Resource]) -> dict[str, Mapping[str, str]]:
    """The labels of every pod, by the name of what makes it."""
    found: dict[str, Mapping[str, str]] = {each.name: _labels(each) for each in pods(resources)}
    return found | ({} if "kafka" in found else _OPERATORS)


def _labels(template: PodTemplate) -> Mapping[str, str]:
    owner = template.owner["spec"]
    pod = owner["jobTemplate"]["spec"]["template"] if "jobTemplate" in owner else owner["template"]
    labels: Mapping[str, str] = pod["metadata"]["labels"]
    return labels


def _peers(rules: list[Any], side: str, everybody: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for rule in rules:
        if side not in rule:
            yield ANYWHERE
        for peer in rule.get(side, ()):
            if "namespaceSelector" in peer:
                yield f"namespace {peer['namespaceSelector']['matchLabels']}"
            else:
                yield from (name for name, labels in everybody.items() if _matches(peer["podSelector"], labels))


def _allowed(resources: list[Resource], way: str, side: str) -> dict[str, set[str]]:
    """For every pod, whom its policies let it talk to (``Egress``, ``to``) or let in (``Ingress``, ``from``)."""
    everybody = _everybody(resources)
    found: dict[str, set[str]] = {name: set() for name in everybody}
    for policy in named(resources, "NetworkPolicy").values():
        if way in policy["spec"]["policyTypes"]:
            for name, labels in everybody.items():
                if _matches(policy["spec"]["podSelector"], labels):
                    found[name] |= set(_peers(policy["spec"].get(way.lower(), []), side, everybody))
    return found


def _services_of(names: set[str]) -> set[str]:
    return {service for service in SERVICES if any(name.startswith(f"{service}-") for name in names)}


def test_everybody_is_denied_everything_first(resources: list[Resource]) -> None:
    assert named(resources, "NetworkPolicy")["default-deny"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_services_meet_in_kafka_and_nowhere_else(resources: list[Resource]) -> None:
    broker = "kafka" if "kafka" in _everybody(resources) else "brokers"
    out, let_in = _allowed(resources, "Egress", "to"), _allowed(resources, "Ingress", "from")
    talking = {topic.owner for topic in TOPICS} | {consumer for topic in TOPICS for consumer in topic.consumers}
    deployments = named(resources, "Deployment")
    assert _services_of({name for name in deployments if broker in out[name]}) == talking == set(SERVICES)
    for name in deployments:
        assert not _services_of(out[name] - {ANYWHERE}), f"{name} may call a service"
        assert not _services_of(let_in[name]) - ({"notify"} if name == "gateway" else set()), (
            f"{name} lets a service in"
        )


def test_both_ends_of_an_edge_allow_it(resources: list[Resource]) -> None:
    """Strimzi makes the policies by which brokers let in; those of the other pods are ours."""
    out, let_in = _allowed(resources, "Egress", "to"), _allowed(resources, "Ingress", "from")
    edges = {(name, peer) for name, peers in out.items() for peer in peers & out.keys()}
    assert {(name, peer) for name, peer in edges if name not in let_in[peer]} <= {
        (name, peer) for name, peer in edges if peer == "brokers"
    }
    backwards = {(peer, name) for name, peers in let_in.items() for peer in peers & out.keys()}
    assert backwards <= edges, "somebody is let in who may not come"


def test_only_those_who_keep_data_reach_the_store(resources: list[Resource]) -> None:
    store = "mongo" if "mongo" in _everybody(resources) else "store"
    let_in = _allowed(resources, "Ingress", "from")[store]
    assert let_in - {"store"} == {
        name for name in _everybody(resources) if _services_of({name}) or name.startswith(("indexes-", "rebuild-check"))
    }


def test_the_outside_is_for_tokens_and_for_the_gateway(resources: list[Resource]) -> None:
    out = _allowed(resources, "Egress", "to")
    ours = {name for name in named(resources, "Deployment") if _services_of({name})}
    assert {name for name in ours if ANYWHERE in out[name]} == {
        *(f"{service}-api" for service in SERVICES),
        "notify-worker",
    }


def test_front_ends_reach_the_apis_alone(resources: list[Resource]) -> None:
    let_in = _allowed(resources, "Ingress", "from")
    front = "namespace {'legalaid/front-ends': 'allowed'}"
    assert {name for name, peers in let_in.items() if front in peers} == {f"{service}-api" for service in SERVICES}
