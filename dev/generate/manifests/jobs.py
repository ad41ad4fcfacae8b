"""What is done once for every release: topics, and the indexes of each service.

A Job cannot be changed, so its name ends in a hash of all that it does and of the release: a new release is a new Job.
Doing it again does no harm, so what is finished is soon removed: else it would stand in the way of changed settings.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from dev.generate.manifests.topics import Resource
from dev.stack.installation import SERVICES
from legalaid.bus.topics import wanted_topics

_HASH_LENGTH = 8
URL_KEY = "connectionString.standard"
"""As the operator of MongoDB names it."""
_KEPT_SECONDS = 600


def topics_job(release: str) -> Resource:
    """Makes and mends the topics. Only where brokers ask for no password: elsewhere an operator makes them."""
    about = [(topic.name, topic.partitions, dict(topic.config)) for topic in wanted_topics("", 3)]
    return _job("topics", "jobs", ["legalaid.bus", "topics"], ["settings"], (release, about))


def index_jobs(release: str) -> list[Resource]:
    """Each service creates its own indexes, with its own rights, before the new release waits for them at its start."""
    return [
        _job(f"indexes-{name}", name, ["--create-indexes"], ["settings", f"{name}-settings"], release, _store_of(name))
        for name in SERVICES
    ]


def _store_of(service: str) -> Resource:
    return {"secret": {"name": f"{service}-mongodb", "items": [{"key": URL_KEY, "path": "LEGALAID_MONGO__URL"}]}}


def _job(name: str, image: str, args: list[str], settings: list[str], about: Any, *secrets: Resource) -> Resource:
    labels = {"app.kubernetes.io/name": image, "app.kubernetes.io/component": name}
    spec: Resource = {
        "backoffLimit": 6,
        "activeDeadlineSeconds": 1800,
        "ttlSecondsAfterFinished": _KEPT_SECONDS,
        "template": {"metadata": {"labels": labels}, "spec": _pod(image, args, settings, secrets)},
    }
    hashed = hashlib.sha256(json.dumps([about, spec], sort_keys=True).encode()).hexdigest()[:_HASH_LENGTH]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"{name}-{hashed}", "labels": labels},
        "spec": spec,
    }


def _pod(image: str, args: list[str], settings: list[str], secrets: Sequence[Resource]) -> Resource:
    return {
        "serviceAccountName": image,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "OnFailure",
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
                "image": f"legalaid/{image}",
                "imagePullPolicy": "IfNotPresent",
                "args": args,
                "envFrom": [{"configMapRef": {"name": each}} for each in settings],
                "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a folder of the pod alone
                    *({"name": "secrets", "mountPath": "/run/secrets", "readOnly": True} for _ in secrets[:1]),
                ],
            }
        ],
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
            *({"name": "secrets", "projected": {"defaultMode": 0o440, "sources": list(secrets)}} for _ in secrets[:1]),
        ],
    }
