"""More providers, Zalo and webhooks: their keys are Secrets of notify alone, and an installation works without any."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, SecretStr

from dev.install.cluster.resources import Resource, named, pods, render
from dev.machine.paths import ROOT
from legalaid.settings import ServiceSettings
from notify.settings import GatewaySettings, NotifySettings

SECRETS = {"notify-channels": "notify-worker", "notify-webhooks": "notify-api"}
"""Each with the one Deployment that is given it."""
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
EXAMPLE = {
    "LEGALAID_GATEWAYS__ESMS__API_KEY": "first",
    "LEGALAID_GATEWAYS__SECOND__SECRET_KEY": "second",
    "LEGALAID_ZALO__SECRET_KEY": "third",
}


def _secret_names(model: type[BaseModel], prefix: str = "LEGALAID_") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _secret_names(kind, f"{prefix}{name.upper()}__")
        elif kind is SecretStr:
            yield f"{prefix}{name.upper()}"


def _is_secret(setting: str) -> bool:
    several = re.sub(r"^LEGALAID_GATEWAYS__[A-Z0-9-]+__", "LEGALAID_GATEWAY__", setting)
    return several in set(_secret_names(NotifySettings))


def test_each_is_given_to_one_process_and_may_be_missing(resources: list[Resource]) -> None:
    given = {name: set[str]() for name in SECRETS}
    for template in pods(resources):
        for volume in template.spec.get("volumes", ()):
            for source in volume.get("projected", {}).get("sources", ()):
                secret = source.get("secret", {})
                if secret.get("name") in SECRETS:
                    assert secret == {"name": secret["name"], "optional": True}, "each of its keys becomes a file"
                    given[secret["name"]].add(template.name)
    assert given == {name: {process} for name, process in SECRETS.items()}


def test_no_secret_of_a_provider_stands_in_a_config_map(resources: list[Resource]) -> None:
    for settings in named(resources, "ConfigMap").values():
        assert [name for name in settings.get("data") or {} if _is_secret(name)] == []


def test_a_secret_in_a_config_map_would_be_noticed() -> None:
    assert _is_secret("LEGALAID_GATEWAYS__ESMS__API_KEY")
    assert _is_secret("LEGALAID_ZALO__OA_SECRET")
    assert not _is_secret("LEGALAID_GATEWAYS__ESMS__KIND")


def test_the_name_of_a_key_is_the_setting_that_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a cluster lays them out: what is public in variables, each secret in a file."""
    for name, value in EXAMPLE.items():
        (tmp_path / name).write_text(value, "utf-8")
    monkeypatch.setenv("LEGALAID_GATEWAYS__ESMS__KIND", "esms")
    monkeypatch.setenv("LEGALAID_GATEWAYS__SECOND__KIND", "vmg")
    monkeypatch.setitem(ServiceSettings.model_config, "secrets_dir", str(tmp_path))
    monkeypatch.setitem(NotifySettings.model_config, "secrets_dir", str(tmp_path))
    settings = NotifySettings.load()
    assert {name: each.kind for name, each in settings.providers.items()} == {"esms": "esms", "second": "vmg"}
    assert settings.providers["esms"].api_key.get_secret_value() == "first"
    assert settings.providers["second"].secret_key.get_secret_value() == "second"
    assert settings.zalo.secret_key.get_secret_value() == "third"


def test_without_any_one_provider_of_sms_works_as_ever() -> None:
    settings = NotifySettings()
    assert settings.providers == {"simulated": GatewaySettings()}
    assert not settings.zalo.app_id


def test_the_page_of_deployment_names_every_secret_of_theirs() -> None:
    """That of the one provider is in the Secret `notify-gateway`; those of several have its names."""
    every = set(_secret_names(NotifySettings)) - set(_secret_names(ServiceSettings))
    several = {name.replace("_GATEWAY__", "_GATEWAYS__<NAME>__") for name in every}
    assert [name for name in sorted(several) if name not in PAGE] == []


def test_a_store_of_secrets_may_bring_them(k8s: Path) -> None:
    folder = k8s / "overlays" / "nation-channels"
    folder.mkdir()
    wanted: dict[str, Any] = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    wanted |= {
        "namespace": "legalaid",
        "resources": ["../nation"],
        "components": ["../../components/external-channels"],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(wanted), "utf-8")
    assert named(render(folder), "ExternalSecret").keys() >= SECRETS.keys()


def test_the_ways_of_webhooks_lead_to_notify(rendered: Callable[[str], list[Resource]]) -> None:
    paths = named(rendered("pilot"), "Ingress")["legalaid"]["spec"]["rules"][0]["http"]["paths"]
    led = {each["path"]: each["backend"]["service"]["name"] for each in paths}
    assert led["/v1/webhooks"] == "notify"
