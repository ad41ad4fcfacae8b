"""Which version is deployed: the one of ``.env``, as an image tag and as a label."""

import re

from dev.generate.manifests.topics import Resource
from dev.machine.paths import ROOT
from dev.stack.installation import SERVICES

IMAGES = (*(f"legalaid/{name}" for name in SERVICES), "legalaid/jobs", "legalaid/dev")


def version() -> str:
    """``LEGALAID_VERSION`` of ``.env``. Raises ``LookupError`` when it is not there."""
    found = re.search(r"^LEGALAID_VERSION=(\S+)$", (ROOT / ".env").read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(".env has no LEGALAID_VERSION")
    return found[1]


def component(release: str) -> Resource:
    """A component that every overlay has."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "labels": [{"pairs": {"app.kubernetes.io/version": release}}],
        "images": [{"name": name, "newTag": release} for name in IMAGES],
    }
