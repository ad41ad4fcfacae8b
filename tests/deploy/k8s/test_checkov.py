"""What a stranger's tool says of the manifests of real installations; and that it looked."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.install.cluster.resources import Resource

pytestmark = pytest.mark.timeout(900)  # the first time it is fetched

TASTE = {
    "CKV_K8S_11": "no limit of CPU: who may not use an idle core is slow for nothing; requests share them out",
    "CKV_K8S_15": "IfNotPresent: our tags are never built twice, and pods start while the registry is away",
    "CKV_K8S_43": "no digest can be known before an image is pushed: an installation pins its own (docs/deploy.md)",
}
"""What checkov finds in our pods and we do otherwise, each with its reason. Each must still be found."""


def _checkov(program: str, folder: Path, *overlays: Any) -> dict[str, Any]:
    for number, resources in enumerate(overlays):
        (folder / f"{number}.yaml").write_text(yaml.safe_dump_all(resources), "utf-8")
    command = [program, "--directory", str(folder), "--framework", "kubernetes", "--skip-download"]
    done = subprocess.run([*command, "--compact", "--output", "json"], capture_output=True, text=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["summary"]["parsing_errors"] == 0
    return told


def test_checkov_finds_nothing_in_the_manifests_but_taste(
    checkov: str, rendered: Callable[[str], list[Resource]], tmp_path: Path
) -> None:
    loose = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "loose", "namespace": "legalaid"},
        "spec": {
            "containers": [{"name": "main", "image": "a:1", "securityContext": {"privileged": True}}],
            "hostNetwork": True,
        },
    }
    pilot, nation = rendered("pilot"), rendered("nation")
    told = _checkov(checkov, tmp_path, pilot, nation, [loose])
    assert told["summary"]["resource_count"] > len(pilot) + len(nation), "it reads every resource, and each pod of ours"
    assert told["summary"]["passed"] > 2000
    failed = told["results"]["failed_checks"]
    assert {each["check_id"] for each in failed if not each["resource"].endswith(".loose")} == TASTE.keys()
    assert {"CKV_K8S_16", "CKV_K8S_19"} <= {each["check_id"] for each in failed if each["resource"].endswith(".loose")}
