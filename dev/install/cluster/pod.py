"""A morning that a pod plays through the Services, and what its audit says."""

import json
from dataclasses import dataclass

from dev.demo.morning import BEGINS
from dev.demo.timeline import Timeline
from dev.generate.manifests.release import version
from dev.install.cluster.kubectl import create, get, kubectl, wait
from dev.install.cluster.resources import Resource

NAME = "player"
_SUMMARY = "/tmp/summary.json"  # noqa: S108 - in a pod of its own
_KEY = "signing-key.pem"


@dataclass(frozen=True)
class Played:
    """How it ended."""

    code: int
    """1 when something was lost, doubled or answered as it should not be."""
    summary: dict[str, object]
    log: str


def timeline(rate: float, begins_at: float) -> Timeline:
    """A morning that begins at ``begins_at`` (Unix seconds)."""
    return Timeline(BEGINS, begins_at, rate)


def start(time: Timeline, seed: int, requests: int) -> None:
    """Start the pod that plays."""
    create(player(time, seed, requests))


def is_over() -> bool:
    """Whether the pod has ended."""
    return get("pod", NAME)["status"]["phase"] in {"Succeeded", "Failed"}


def result() -> Played:
    """Wait for the end; the summary is what the container left as its last word."""
    wait("jsonpath={.status.containerStatuses[0].state.terminated}", f"pod/{NAME}")
    [status] = get("pod", NAME)["status"]["containerStatuses"]
    ended = status["state"]["terminated"]
    return Played(ended["exitCode"], json.loads(ended.get("message") or "{}"), kubectl("logs", NAME))


def player(time: Timeline, seed: int, requests: int) -> Resource:
    """What plays: the image of the simulator, with the key that signs tokens."""
    arguments = [f"--clock={time.setting}", f"--key=/keys/{_KEY}", f"--seed={seed}", f"--requests={requests}"]
    addresses = ["intake=http://intake", "routing=http://routing", "gateway=http://gateway:8010"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "legalaid"}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "main",
                    "image": f"legalaid/dev:{version()}",
                    "imagePullPolicy": "IfNotPresent",
                    "args": ["dev.demo", *arguments, "--at", *addresses],
                    "env": [
                        {"name": "LEGALAID_KAFKA__SERVERS", "value": "kafka:9092"},
                        {"name": "LEGALAID_MONGO__URL", "value": "mongodb://mongo:27017/?directConnection=true"},
                    ],
                    "resources": {"requests": {"cpu": "100m", "memory": "192Mi"}, "limits": {"memory": "512Mi"}},
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "terminationMessagePath": _SUMMARY,
                    "volumeMounts": [
                        {"name": "keys", "mountPath": "/keys", "readOnly": True},
                        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - as above
                    ],
                }
            ],
            "volumes": [
                {"name": "keys", "secret": {"secretName": NAME, "defaultMode": 0o440}},
                {"name": "tmp", "emptyDir": {}},
            ],
        },
    }
