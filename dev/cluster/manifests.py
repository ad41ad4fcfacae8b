"""Reading manifests: pods wherever they are templates, and the environment that a container gets from them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dev.kustomize import Resource

_TEMPLATES = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
UNKNOWN = "\x00"
"""Stands in an environment for a value that only the cluster knows."""


@dataclass(frozen=True)
class PodTemplate:
    """What makes pods, and what the pods are."""

    owner: Resource
    spec: Resource

    @property
    def name(self) -> str:
        """Of what makes them."""
        name: str = self.owner["metadata"]["name"]
        return name

    @property
    def labels(self) -> Mapping[str, str]:
        """Of the owner's selector or, where it has none, of the owner."""
        labels: Mapping[str, str] = self.owner["metadata"]["labels"]
        return labels

    @property
    def containers(self) -> list[Resource]:
        """Those that start first, too."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]


def named(resources: Iterable[Resource], kind: str) -> dict[str, Resource]:
    """The resources of a kind, by name."""
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def pods(resources: Iterable[Resource]) -> Iterator[PodTemplate]:
    """Every pod template."""
    for resource in resources:
        if resource["kind"] in _TEMPLATES:
            spec = resource
            for step in _TEMPLATES[resource["kind"]]:
                spec = spec[step]
            yield PodTemplate(resource, spec)


def environment(container: Resource, resources: list[Resource]) -> dict[str, str]:
    """What the container reads. Raises ``KeyError`` for a ConfigMap that is not there."""
    maps = named(resources, "ConfigMap")
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        found |= maps[source["configMapRef"]["name"]].get("data") or {}
    for variable in container.get("env", ()):
        found[variable["name"]] = variable.get("value", UNKNOWN)
    return found
