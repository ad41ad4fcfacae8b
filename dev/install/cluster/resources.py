"""Reading manifests as a cluster would be given them: pods wherever they are templates, and the environment that a
container gets from them.
"""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from dev.machine.programs import kustomize

Resource = dict[str, Any]

_TEMPLATES = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there
_SECRETS = PurePosixPath("/run/secrets")
"""Where a process looks for settings that are files, by their names."""
UNKNOWN = "\x00"
"""Stands in an environment for a value that only the cluster knows."""


def render(folder: Path) -> list[Resource]:
    """Every resource of the kustomization in ``folder``. Raises ``ValueError`` with what is wrong with it."""
    done = subprocess.run([*kustomize(), str(folder)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"{folder}: {done.stderr}")
    return [resource for resource in yaml.load_all(done.stdout, _LOADER) if resource]


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


def files(template: PodTemplate) -> dict[PurePosixPath, tuple[str, str]]:
    """Where a container of the pod finds what of a Secret: its name and the key."""
    sources = {
        volume["name"]: [each["secret"] for each in volume.get("projected", {}).get("sources", ()) if "secret" in each]
        or ([{"name": volume["secret"]["secretName"], **volume["secret"]}] if "secret" in volume else [])
        for volume in template.spec.get("volumes", ())
    }
    return {
        PurePosixPath(mount["mountPath"]) / item["path"]: (secret["name"], item["key"])
        for container in template.containers
        for mount in container.get("volumeMounts", ())
        for secret in sources[mount["name"]]
        for item in secret.get("items", ())
    }


def settings_of(template: PodTemplate, resources: list[Resource]) -> dict[str, str]:
    """What the pod's container reads, by the name of variable or file. Raises ``KeyError`` for a missing ConfigMap."""
    [container] = template.containers
    maps = named(resources, "ConfigMap")
    found = {path.name: UNKNOWN for path in files(template) if path.parent == _SECRETS}
    for source in container.get("envFrom", ()):
        found |= maps[source["configMapRef"]["name"]].get("data") or {}
    for variable in container.get("env", ()):
        found[variable["name"]] = variable.get("value", UNKNOWN)
    return found
