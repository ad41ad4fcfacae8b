"""docker-compose.yml says what the code says: settings, parts, keys and ports; every container is held to its place."""

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, SecretStr

from dev.install import secrets
from dev.install.compose.trial import VICTIMS
from dev.machine.paths import ROOT
from dev.stack.installation import COMPARTMENTS, PORTS, SERVICES
from legalaid.service import Part
from legalaid.settings import ServiceSettings

PREFIX = "LEGALAID_"
NO_SETTINGS = {"LEGALAID_CLOCK"}  # read by legalaid.clock
WITHOUT_SHELL = {"otel-collector", "tempo", "loki"}
WRITES_BESIDE_ITS_PROGRAMS = {"kafka"}


def versions() -> dict[str, str]:
    lines = (ROOT / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def interpolated(text: str) -> str:
    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", lambda found: versions().get(found[1], found[2] or ""), text)


FILE: dict[str, Any] = yaml.safe_load(interpolated((ROOT / "docker-compose.yml").read_text()))
CONTAINERS: dict[str, dict[str, Any]] = FILE["services"]
JOBS = {name for name, container in CONTAINERS.items() if container["restart"] == "no"}


def service_of(name: str) -> str | None:
    """The service whose settings the container reads."""
    image = CONTAINERS[name]["image"].partition(":")[0]
    service = image.removeprefix("legalaid/")
    return service if service in SERVICES else None


def settings_of(service: str | None) -> type[ServiceSettings]:
    if service is None:
        return ServiceSettings
    found: type[ServiceSettings] = getattr(import_module(f"{service}.settings"), f"{service.capitalize()}Settings")
    return found


def names(model: type[BaseModel], prefix: str = PREFIX, *, secret: bool = False) -> Iterator[str]:
    """The variables that set the fields of a model; only those that hide what they hold, if ``secret``."""
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from names(kind, f"{prefix}{name.upper()}__", secret=secret)
        elif not secret or kind is SecretStr or SecretStr in get_args(kind) or get_origin(kind) is SecretStr:
            yield f"{prefix}{name.upper()}"


CHANNELS: dict[str, Any] = yaml.safe_load(interpolated((ROOT / "deploy" / "compose" / "channels.yml").read_text()))


def test_the_file_of_more_channels_names_settings_of_notify_and_keeps_its_secrets_apart() -> None:
    known, secret = set(names(settings_of("notify"))), set(names(settings_of("notify"), secret=True))
    for name, more in CHANNELS["services"].items():
        assert service_of(name) == "notify"
        variables, targets = set(more["environment"]), {each["target"] for each in more["secrets"]}
        alike = {re.sub(r"GATEWAYS__[A-Z]+__", "GATEWAY__", each) for each in variables}
        assert alike <= known - secret, "a secret is a file"
        assert {re.sub(r"GATEWAYS__[A-Z]+__", "GATEWAY__", each) for each in targets} <= secret
        assert {each["source"] for each in more["secrets"]} <= CHANNELS["secrets"].keys()
    assert all(set(each) == {"file"} for each in CHANNELS["secrets"].values())


def ours(name: str) -> bool:
    return str(CONTAINERS[name]["image"]).startswith("legalaid/")


def files(name: str) -> dict[str, str]:
    """The secrets that the container is given: target, source."""
    given = CONTAINERS[name].get("secrets", [])
    return dict((each, each) if isinstance(each, str) else (each["target"], each["source"]) for each in given)


def parts(name: str) -> list[str]:
    return str(CONTAINERS[name]["environment"]["LEGALAID_PARTS"]).split(",")


OURS = sorted(filter(ours, CONTAINERS))
PROCESSES = [name for name in OURS if "LEGALAID_PARTS" in CONTAINERS[name].get("environment", {})]


@pytest.mark.parametrize("name", OURS)
def test_every_setting_exists(name: str) -> None:
    known = set(names(settings_of(service_of(name))))
    if service_of(name) is None:  # a job of all services, or none of ours
        known = set(chain.from_iterable(names(settings_of(service)) for service in SERVICES))
    given = {*CONTAINERS[name].get("environment", {}), *files(name)}
    assert {each for each in given if each.startswith(PREFIX)} - NO_SETTINGS <= known


def test_the_processes_of_a_service_run_all_its_parts_and_no_others() -> None:
    for service in SERVICES:
        build = import_module(f"{service}.main").build
        known = {part.name for part in build(settings_of(service)()) if isinstance(part, Part)}
        processes = [name for name in PROCESSES if service_of(name) == service]
        assert len(processes) > 1
        running = set().union(*map(parts, processes))
        assert running == known, f"name each part in LEGALAID_PARTS of a process of {service} in docker-compose.yml"
        assert all("http" in parts(name) for name in processes)


def test_a_process_is_given_only_keys_of_its_service() -> None:
    for service, compartments in COMPARTMENTS.items():
        given = [set(files(name)) for name in PROCESSES if service_of(name) == service]
        assert set().union(*given) == {f"LEGALAID_KEYRING__{compartment.upper()}" for compartment in compartments}


def test_secrets_are_files_and_never_variables() -> None:
    secret = {each for service in SERVICES for each in names(settings_of(service), secret=True)}
    for name in OURS:
        variables: dict[str, Any] = CONTAINERS[name].get("environment", {})
        assert set(variables) & secret <= {"LEGALAID_MONGO__URL"}
        assert "@" not in variables.get("LEGALAID_MONGO__URL", "")
    assert all(set(secret) == {"file"} for secret in FILE["secrets"].values())
    assert not {name for name in versions() if not name.endswith(("_IMAGE", "_VERSION"))}


def test_make_up_writes_every_secret(tmp_path: Any) -> None:
    secrets.for_compose(tmp_path)
    given = [*FILE["secrets"].values(), FILE["configs"]["jwks"]]
    wanted = {PurePosixPath(each["file"]).name for each in given}
    assert wanted <= {file.name for file in tmp_path.iterdir()}
    assert tmp_path.stat().st_mode & 0o077 == 0, "others on the machine can read the keys"
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    secrets.for_compose(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_files_that_settings_name_are_mounted() -> None:
    for name in OURS:
        mounted = {each["target"] for each in CONTAINERS[name].get("configs", [])}
        for variable, value in CONTAINERS[name].get("environment", {}).items():
            if variable in {"LEGALAID_HOLIDAYS_FILE", "LEGALAID_AUTH__JWKS_FILE"} and name not in JOBS:
                assert value in mounted, f"{name}: {variable}"
        if "--create-indexes" in CONTAINERS[name].get("command", []):
            assert "/etc/legalaid/holidays.csv" in mounted, "it reads the calendar before the store"


def test_ports_are_those_of_make_run_and_on_loopback() -> None:
    published = {}
    for name, container in CONTAINERS.items():
        for port in container.get("ports", []):
            host, outside, _inside = port.split(":")
            assert host == "127.0.0.1", name
            published[name.removesuffix("-api")] = int(outside)
    assert {name: port for name, port in published.items() if name in PORTS} == PORTS
    assert published.keys() - PORTS.keys() == {"prometheus", "alertmanager", "pager", "grafana"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_held_to_its_place(name: str) -> None:
    container = CONTAINERS[name]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["mem_limit"]
    assert container["pids_limit"]
    assert container["logging"]["options"].keys() == {"max-size", "max-file"}
    assert container.get("read_only", False) == (name not in WRITES_BESIDE_ITS_PROGRAMS)
    assert not container.get("privileged")
    assert "cap_add" not in container or name == "mongo"
    assert not any("docker.sock" in str(volume) for volume in container.get("volumes", []))
    healthy = "healthcheck" in container
    assert healthy == (name not in JOBS | WITHOUT_SHELL)
    if healthy:
        assert container["healthcheck"]["start_period"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_version_is_pinned_in_env(name: str) -> None:
    image = CONTAINERS[name]["image"]
    assert re.fullmatch(r"[a-z/-]+:v?\d+(\.\d+)*(@sha256:[0-9a-f]{64})?", image), image
    assert CONTAINERS[name]["image"] in {
        *versions().values(),
        *(f"legalaid/{each}:{versions()['LEGALAID_VERSION']}" for each in (*SERVICES, "jobs", "dev")),
    }


def test_every_image_of_ours_is_built_once() -> None:
    built = [container["image"] for container in CONTAINERS.values() if "build" in container]
    assert sorted(built) == sorted({CONTAINERS[name]["image"] for name in OURS})
    for container in CONTAINERS.values():
        if container.get("build", {}).get("target") == "service":
            assert (
                container["build"]["args"]["SERVICE"] == container["image"].removeprefix("legalaid/").partition(":")[0]
            )


def test_services_start_after_every_job_that_prepares_for_them() -> None:
    prepare = JOBS - {"jobs", "morning"}
    wait = {job for name in PROCESSES for job in CONTAINERS[name]["depends_on"]}
    transitive = wait | {each for job in wait for each in CONTAINERS[job].get("depends_on", {})}
    assert prepare <= transitive
    for name, container in CONTAINERS.items():
        for other, how in container.get("depends_on", {}).items():
            expected = "service_completed_successfully" if other in JOBS else "service_healthy"
            assert how["condition"] == expected, f"{name} on {other}"


def test_the_trial_kills_everything_that_keeps_running() -> None:
    assert sorted(VICTIMS) == sorted(
        name for name, container in CONTAINERS.items() if name not in JOBS and "profiles" not in container
    )


def test_what_is_mounted_is_there() -> None:
    for container in CONTAINERS.values():
        for volume in container.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
            elif not source.startswith("/"):
                assert source in FILE["volumes"]


def test_prometheus_asks_every_process() -> None:
    scraped = yaml.safe_load((ROOT / "deploy" / "observability" / "prometheus" / "prometheus.yml").read_text())
    targets = {
        target: job["job_name"]
        for job in scraped["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert targets == {f"{name}:8000": service_of(name) for name in PROCESSES}
