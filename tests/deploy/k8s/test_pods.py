"""Every pod: the restricted profile, images and ports as the code has them, probes, and time enough to end."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
import yaml

from dev.generate.manifests import release
from dev.install.cluster import pod
from dev.install.cluster.resources import PodTemplate, Resource, files, named, pods, render, settings_of
from dev.machine.paths import ROOT
from legalaid.bus import membership
from legalaid.http import server
from legalaid.settings import ConsumerSettings, HttpSettings
from notify.loops import sender

_VOLUMES = {"configMap", "secret", "emptyDir", "projected", "persistentVolumeClaim", "downwardAPI", "csi", "ephemeral"}
_WORKLOADS = {"api", "consumer", "worker"}


def restricted(template: PodTemplate) -> Iterator[str]:
    """What the Pod Security Standard "restricted" of Kubernetes 1.34 would refuse a pod for."""
    spec = template.spec
    pod = spec.get("securityContext", {})
    for flag in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(flag):
            yield flag
    for volume in spec.get("volumes", ()):
        yield from (f"volume {kind}" for kind in volume.keys() - {"name"} - _VOLUMES)
    if pod.get("sysctls") or "seLinuxOptions" in pod:
        yield "sysctls or SELinux"
    for container in template.containers:
        own = container.get("securityContext", {})
        both = {**pod, **own}
        checks = {
            "privileged": not own.get("privileged"),
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "capabilities": own.get("capabilities", {}).get("drop") == ["ALL"]
            and set(own["capabilities"].get("add", ())) <= {"NET_BIND_SERVICE"},
            "runAsNonRoot": both.get("runAsNonRoot") is True and both.get("runAsUser") != 0,
            "seccompProfile": both.get("seccompProfile", {}).get("type") in {"RuntimeDefault", "Localhost"},
            "hostPort": not any("hostPort" in port for port in container.get("ports", ())),
            "procMount": own.get("procMount", "Default") == "Default",
        }
        yield from (f"{container['name']}: {name}" for name, ok in checks.items() if not ok)


def _ours(resources: list[Resource]) -> list[PodTemplate]:
    """Pods of the images that this repository makes."""
    return [each for each in pods(resources) if each.containers[0]["image"].startswith("legalaid/")]


def _workloads(resources: list[Resource]) -> list[PodTemplate]:
    return [each for each in _ours(resources) if each.labels["app.kubernetes.io/component"] in _WORKLOADS]


def test_every_pod_is_restricted(resources: list[Resource]) -> None:
    namespace = named(resources, "Namespace")["legalaid"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {each.name: list(restricted(each)) for each in pods(resources) if list(restricted(each))} == {}


@pytest.mark.parametrize("lacking", ["allowPrivilegeEscalation", "capabilities"])
def test_a_loose_pod_is_noticed(lacking: str, rendered: Callable[[str], list[Resource]]) -> None:
    template = _workloads(rendered("pilot"))[0]
    [container] = template.spec["containers"]
    tight = container["securityContext"]
    loose = {name: value for name, value in tight.items() if name != lacking}
    spec = {**template.spec, "containers": [{**container, "securityContext": loose}]}
    assert list(restricted(PodTemplate(template.owner, spec))) == [f"main: {lacking}"]


def test_the_player_of_the_morning_is_restricted_too() -> None:
    played = pod.player(pod.timeline(rate=20, begins_at=0), seed=7, requests=1)
    template = PodTemplate(played, played["spec"])
    assert list(restricted(template)) == []
    assert [each["image"] for each in template.containers] == [f"legalaid/dev:{release.version()}"]


def test_nobody_has_a_token_or_a_writable_root(resources: list[Resource]) -> None:
    accounts = named(resources, "ServiceAccount")
    for account in accounts.values():
        assert account["automountServiceAccountToken"] is False
    for template in pods(resources):
        assert template.spec["automountServiceAccountToken"] is False, template.name
        assert template.spec["enableServiceLinks"] is False, template.name
    for template in _ours(resources):
        assert all(each["securityContext"]["readOnlyRootFilesystem"] for each in template.containers), template.name
        assert template.spec["securityContext"]["runAsUser"] == _uid(), template.name
        service = template.labels["app.kubernetes.io/name"]
        assert template.spec.get("serviceAccountName", service) == service


def _uid() -> int:
    """The user that the images are made for."""
    [uid] = re.findall(r"^USER (\d+):\d+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return int(uid)


def test_images_are_those_of_the_release(resources: list[Resource]) -> None:
    for template in _ours(resources):
        for container in template.containers:
            name, _, tag = container["image"].partition(":")
            assert name in release.IMAGES
            assert tag == release.version()
            assert container["imagePullPolicy"] == "IfNotPresent"
    versions = dict(line.split("=", 1) for line in (ROOT / ".env").read_text().splitlines() if line and line[0] != "#")
    used = {each["image"] for template in pods(resources) for each in template.containers}
    assert {image for image in used if not image.startswith("legalaid/")} <= set(versions.values())


def test_an_installation_can_hold_every_image_of_ours_to_a_digest(k8s: Path) -> None:
    """As docs/deploy.md tells: a digest is known once an image was pushed, and then stands in the overlay alone."""
    held = {name: f"sha256:{number:064x}" for number, name in enumerate(release.IMAGES)}
    images = [{"name": name, "newName": f"registry.example/{name}", "digest": held[name]} for name in held]
    folder = k8s / "overlays" / "held"
    folder.mkdir()
    wanted = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "images": images}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({**wanted, "resources": ["../pilot"]}), "utf-8")
    used = {each["image"] for template in pods(render(folder)) for each in template.containers if "image" in each}
    assert used == {f"registry.example/{name}@{held[name]}" for name in held if name != "legalaid/dev"}


def test_the_simulator_is_nowhere_but_in_local(rendered: Callable[[str], list[Resource]]) -> None:
    for overlay in ("pilot", "nation"):
        assert not any("legalaid/dev" in each.containers[0]["image"] for each in _ours(rendered(overlay)))


def test_ports_and_probes_are_those_of_the_services(resources: list[Resource]) -> None:
    for template in _workloads(resources):
        [container] = template.containers
        port = int(settings_of(template, resources).get("LEGALAID_HTTP__PORT", HttpSettings().port))
        assert container["ports"] == [{"name": "http", "containerPort": port}]
        for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
            assert container[probe]["httpGet"] == {"path": path, "port": "http"}
    for service in named(resources, "Service").values():
        labels = service["spec"]["selector"].items()
        running = [each for each in pods(resources) if each.owner["kind"] in {"Deployment", "StatefulSet"}]
        chosen = [each for each in running if labels <= each.labels.items()]
        ports = {port["name"] for each in chosen for container in each.containers for port in container["ports"]}
        assert chosen, service["metadata"]["name"]
        assert {port.get("targetPort", port["name"]) for port in service["spec"]["ports"]} <= ports


def test_there_is_time_enough_to_end(resources: list[Resource]) -> None:
    consumer = ConsumerSettings().drain_seconds + membership._ANSWER_SECONDS * 2 + membership._LEAVE_SECONDS
    http = server._UNREADY_SECONDS + server._IN_FLIGHT_SECONDS
    for template in _workloads(resources):
        pause = template.spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert template.spec["terminationGracePeriodSeconds"] > pause + max(consumer, http, sender._DRAIN_SECONDS)


def test_memory_is_limited_and_work_is_spread(resources: list[Resource]) -> None:
    for template in pods(resources):
        for container in template.containers:
            wanted = container["resources"]
            assert {"cpu", "memory"} == wanted["requests"].keys(), template.name
            assert {"memory"} == wanted["limits"].keys(), template.name
    for template in _workloads(resources):
        selector = template.owner["spec"]["selector"]
        spread = template.spec["topologySpreadConstraints"]
        assert {each["topologyKey"] for each in spread} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
        assert all(each["labelSelector"] == selector for each in spread)
        budget = named(resources, "PodDisruptionBudget")[template.name]["spec"]
        assert budget == {"maxUnavailable": 1, "selector": selector}


def test_labels_are_the_recommended_ones(resources: list[Resource]) -> None:
    for resource in resources:
        labels = resource["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "legalaid"
        assert labels["app.kubernetes.io/managed-by"] == "kustomize"
        assert labels["app.kubernetes.io/version"] == release.version()
    for template in pods(resources):
        assert {"app.kubernetes.io/name", "app.kubernetes.io/component"} <= template.labels.keys()


def _loose_secrets(resources: list[Resource]) -> set[str]:
    """Pods of ours in which a secret is a variable, which a child and a crash report get too, or anybody's file."""
    found = set()
    for template in _ours(resources):
        [container] = template.containers
        mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
        volumes = [each for each in template.spec["volumes"] if each.keys() & {"secret", "projected"}]
        if any("valueFrom" in variable for variable in container.get("env", ())) or any(
            source.keys() != {"configMapRef"} for source in container.get("envFrom", ())
        ):
            found.add(template.name)
        for volume in volumes:
            if template.spec["securityContext"].get("fsGroup") != template.spec["securityContext"]["runAsGroup"]:
                found.add(template.name)
            if not mounts[volume["name"]].get("readOnly"):
                found.add(template.name)
            if "projected" in volume and volume["projected"].get("defaultMode") != _OWN_GROUP_READS:
                found.add(template.name)
    return found


_OWN_GROUP_READS = 0o440
"""A volume's files belong to root; a process of another user reads them as its pod's group."""


def test_secrets_are_files_that_nobody_else_reads(resources: list[Resource]) -> None:
    assert _loose_secrets(resources) == set()
    assert [each.name for each in _workloads(resources) if not any(map(_is_secret_setting, files(each)))] == []


def _is_secret_setting(path: PurePosixPath) -> bool:
    return path.parent == PurePosixPath("/run/secrets") and path.name.startswith("LEGALAID_")


@pytest.mark.parametrize("loose", [{"env": [{"name": "A", "valueFrom": {}}]}, {"envFrom": [{"secretRef": {}}]}])
def test_a_secret_as_a_variable_is_noticed(loose: Resource, rendered: Callable[[str], list[Resource]]) -> None:
    template = _workloads(rendered("pilot"))[0]
    changed = {**template.owner, "spec": {**template.owner["spec"], "template": {**template.owner["spec"]["template"]}}}
    [container] = template.containers
    changed["spec"]["template"]["spec"] = {**template.spec, "containers": [{**container, **loose}]}
    assert _loose_secrets([changed]) == {template.name}
