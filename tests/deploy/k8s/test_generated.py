"""What is generated is what the code says, and one version is deployed."""

import re

from dev.generate.__main__ import stale
from dev.generate.manifests import files as manifests
from dev.generate.manifests import release
from dev.machine.paths import ROOT


def test_what_is_generated_is_up_to_date() -> None:
    assert stale(manifests.generated()) == {}, "run `make generate` and commit"


def test_compose_and_kubernetes_deploy_the_same_version() -> None:
    tags = re.findall(r"newTag: (\S+)", (manifests.K8S / "components" / "release" / "kustomization.yaml").read_text())
    assert set(tags) == {release.version()}
    assert len(tags) == len(release.IMAGES)
    assert f"LEGALAID_VERSION={release.version()}" in (ROOT / ".env").read_text().splitlines()
