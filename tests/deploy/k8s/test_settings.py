"""What each process is given is what it reads: nothing unknown, nothing repeated, nothing left at a loopback."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from dev.install.cluster.resources import UNKNOWN, PodTemplate, Resource, named, pods, settings_of
from dev.machine.paths import ROOT
from dev.stack.installation import COMPARTMENTS, SERVICES
from legalaid.sealed.keys import new_settings
from legalaid.service import Part, chosen
from legalaid.settings import ServiceSettings

_PREFIX = "LEGALAID_"
_REAL = ("pilot", "nation")
_OPENING = {
    "intake-api": set(COMPARTMENTS["intake"]),
    "routing-api": set(COMPARTMENTS["routing"]),
    "routing-consumer": {"facts"},
    "notify-worker": {"contact", "index"},
}
"""What each opens or seals (docs/sealed-box.md); for everybody else, no key is the right key."""
_PAGE = ROOT / "docs" / "deploy.md"
KEYS = new_settings()


def _settings_type(template: PodTemplate) -> type[ServiceSettings]:
    """By the program that the container runs."""
    [container] = template.containers
    program = container["image"].partition(":")[0].removeprefix("legalaid/")
    name = (container.get("args") or [""])[0] if program == "jobs" else program
    if name not in SERVICES:
        return ServiceSettings
    found: type[ServiceSettings] = getattr(import_module(f"{name}.settings"), f"{name.capitalize()}Settings")
    return found


def _ours(resources: list[Resource]) -> Iterator[PodTemplate]:
    for template in pods(resources):
        image = template.containers[0]["image"]
        if image.startswith("legalaid/") and not image.startswith("legalaid/dev"):
            yield template


def _names(model: type[BaseModel], prefix: str = _PREFIX) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _names(inner, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def _load(template: PodTemplate, resources: list[Resource], monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    """The settings as the process will read them, with made-up secrets."""
    for name, value in settings_of(template, resources).items():
        monkeypatch.setenv(name, _made_up(name) if value == UNKNOWN else value)
    settings = _settings_type(template).load()
    monkeypatch.undo()
    return settings


def _made_up(name: str) -> str:
    if name.startswith("LEGALAID_KEYRING__"):
        secret: SecretStr = getattr(KEYS, name.removeprefix("LEGALAID_KEYRING__").lower())
        return secret.get_secret_value()
    return "mongodb://store.example/" if name == "LEGALAID_MONGO__URL" else "made-up"


def test_every_setting_is_one_that_the_process_reads(resources: list[Resource]) -> None:
    for template in _ours(resources):
        given = settings_of(template, resources)
        known = {*_names(_settings_type(template)), "LEGALAID_CLOCK"}
        assert given.keys() <= known, template.name
    used = {
        source["configMapRef"]["name"]
        for template in pods(resources)
        for container in template.containers
        for source in container.get("envFrom", ())
    }
    used |= {
        volume["configMap"]["name"]
        for template in _ours(resources)
        for volume in template.spec["volumes"]
        if "configMap" in volume
    }
    dashboards = {name for name in named(resources, "ConfigMap") if name.startswith("dashboard-")}
    assert named(resources, "ConfigMap").keys() - dashboards == used, "a ConfigMap that nobody reads"


def test_no_setting_repeats_what_the_code_says_anyway(resources: list[Resource]) -> None:
    for template in _ours(resources):
        defaults = _flat(json.loads(_settings_type(template)().masked()))
        for name, value in settings_of(template, resources).items():
            if value != UNKNOWN and name != "LEGALAID_CLOCK":
                assert str(defaults[name]) != value, f"{template.name}: {name}"


def _flat(values: Mapping[str, Any], prefix: str = _PREFIX) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        key = f"{prefix}{name.upper()}"
        found |= _flat(value, f"{key}__") if isinstance(value, dict) else {key: value}
    return found


def test_nothing_is_left_at_the_defaults_of_a_single_machine(
    resources: list[Resource], monkeypatch: pytest.MonkeyPatch
) -> None:
    for template in _ours(resources):
        settings = _load(template, resources, monkeypatch)
        uses_store = template.labels["app.kubernetes.io/component"] != "dead-letter-report" and (
            template.labels["app.kubernetes.io/component"] != "topics"
        )
        assert "127.0.0.1" not in settings.kafka.servers
        assert not uses_store or "127.0.0.1" not in settings.mongo.url.get_secret_value(), template.name
        assert settings.http.host == "0.0.0.0"  # noqa: S104 - in a pod of its own
        if template.owner["kind"] == "Deployment":
            assert bool(settings.auth.jwks_url) != bool(settings.auth.jwks_file), template.name
        if hasattr(settings, "gateway"):
            assert "127.0.0.1" not in settings.gateway.url


def test_files_that_settings_name_are_mounted(resources: list[Resource], monkeypatch: pytest.MonkeyPatch) -> None:
    for template in _ours(resources):
        [container] = template.containers
        mounted = {Path(mount["mountPath"]) for mount in container["volumeMounts"]}
        settings = _load(template, resources, monkeypatch)
        for name, value in _flat(json.loads(settings.masked())).items():
            if name.endswith("_FILE") and value:
                assert Path(value).parent in mounted, f"{template.name}: {name}"


def test_a_process_has_the_keys_of_its_compartments_and_no_others(resources: list[Resource]) -> None:
    for template in _ours(resources):
        given = settings_of(template, resources)
        keys = {name.removeprefix("LEGALAID_KEYRING__").lower() for name in given if "_KEYRING__" in name}
        assert keys == _OPENING.get(template.name, set()), template.name


def test_every_part_runs_somewhere_and_every_api_without_a_consumer(
    resources: list[Resource], monkeypatch: pytest.MonkeyPatch
) -> None:
    running: dict[str, set[str]] = {service: set() for service in SERVICES}
    for template in _ours(resources):
        if template.owner["kind"] != "Deployment":
            continue
        service, component = (template.labels[f"app.kubernetes.io/{name}"] for name in ("name", "component"))
        settings = _load(template, resources, monkeypatch)
        files = {"mongo": _plain(service).mongo, "holidays_file": None}  # the CA and the calendar are read at once
        plain = settings.model_copy(update=files)
        members = import_module(f"{service}.main").build(plain)
        parts = {part.name for part in chosen([each for each in members if isinstance(each, Part)], settings.parts)}
        assert "http" in parts, "health and metrics are there"
        assert ("consumer" in parts) == (component != "api")
        running[service] |= parts
    for service in SERVICES:
        members = import_module(f"{service}.main").build(_plain(service))
        known = {each.name for each in members if isinstance(each, Part)}
        assert running[service] == known, (
            f"name each part in LEGALAID_PARTS of a workload of {service} in deploy/k8s/base"
        )


def test_the_page_of_deployment_lists_the_parts_of_every_workload(rendered: Callable[[str], list[Resource]]) -> None:
    listed: dict[str, str] = {}
    for row in re.findall(r"^\| `.* \| http.*$", _PAGE.read_text("utf-8"), re.MULTILINE):
        workloads, parts = (cell.strip() for cell in row.split("|")[1:3])
        listed |= dict(zip(workloads.split(", "), parts.split("; "), strict=True))
    running = {
        f"`{template.name}`": settings_of(template, rendered("pilot"))["LEGALAID_PARTS"].replace(",", ", ")
        for template in _ours(rendered("pilot"))
        if template.owner["kind"] == "Deployment"
    }
    assert listed == running, "say the parts of each workload in the table of docs/deploy.md"


def _plain(service: str) -> ServiceSettings:
    settings: ServiceSettings = getattr(import_module(f"{service}.settings"), f"{service.capitalize()}Settings")()
    return settings


@pytest.mark.parametrize("overlay", _REAL)
def test_real_installations_trust_nobody_unknown(
    overlay: str, rendered: Callable[[str], list[Resource]], monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = rendered(overlay)
    for template in _ours(resources):
        settings = _load(template, resources, monkeypatch)
        component = template.labels["app.kubernetes.io/component"]
        assert settings.kafka.ca_file is not None
        assert settings.kafka.username == f"{template.labels['app.kubernetes.io/name']}-kafka"
        if not component.startswith("indexes-"):
            assert settings.kafka.password.get_secret_value(), template.name
        if template.owner["kind"] == "Deployment":
            assert settings.auth.jwks_url.startswith("https://")
            assert not settings.auth.issuer.endswith(".local")
        if component == "worker":
            gateway = settings.gateway  # type: ignore[attr-defined]  # notify has one
            assert gateway.kind != "simulated"
            assert gateway.url.startswith("https://")
            assert gateway.api_key.get_secret_value()
            assert gateway.secret_key.get_secret_value()


def test_secrets_are_named_and_never_written(rendered: Callable[[str], list[Resource]]) -> None:
    for overlay in _REAL:
        written = named(rendered(overlay), "Secret")
        assert written.keys() <= {"scaler-name"}, "it holds the name of a user"
