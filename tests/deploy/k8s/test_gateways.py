"""Any provider of SMS in the place of eSMS: its kind, its address, the way to it, and the keys."""

from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest
import yaml

from dev.install.cluster.resources import named, render
from notify.settings import GatewayKind

PROVIDERS = sorted({*get_args(GatewayKind)} - {"simulated"})


@pytest.mark.parametrize("kind", PROVIDERS)
def test_an_installation_may_have_any_of_them(k8s: Path, kind: str) -> None:
    folder = k8s / "overlays" / f"pilot-{kind}"
    folder.mkdir()
    for file in (k8s / "overlays" / "pilot").iterdir():
        text = file.read_text("utf-8")
        (folder / file.name).write_text(text.replace("components/esms", f"components/{kind}"), "utf-8")
    resources = render(folder)
    [settings] = [each["data"] for each in resources if each["metadata"]["name"].startswith("notify-settings")]
    assert settings["LEGALAID_GATEWAY__KIND"] == kind
    url = urlsplit(settings["LEGALAID_GATEWAY__URL"])
    ports = named(resources, "NetworkPolicy")["gateway"]["spec"]["egress"][0]["ports"]
    assert (url.port or 443) in {each["port"] for each in ports}
    worker = yaml.safe_dump(named(resources, "Deployment")["notify-worker"])
    assert "LEGALAID_GATEWAY__API_KEY" in worker
    assert "LEGALAID_KEYRING__CONTACT" in worker
