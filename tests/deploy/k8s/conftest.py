"""The manifests of each overlay, as a cluster would be given them."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from dev.install import secrets
from dev.install.cluster.resources import Resource, render
from dev.machine.paths import ROOT

OVERLAYS = ("local", "pilot", "nation")


@pytest.fixture(scope="session")
def k8s(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, in which `local` has secrets of its own."""
    folder = tmp_path_factory.mktemp("deploy")
    for name in ("k8s", "observability"):
        shutil.copytree(ROOT / "deploy" / name, folder / name, ignore=shutil.ignore_patterns("secrets"))
    secrets.for_cluster(folder / "k8s" / "overlays" / "local" / "secrets")
    return folder / "k8s"


@pytest.fixture(scope="session")
def rendered(k8s: Path) -> Callable[[str], list[Resource]]:
    """The resources of an overlay, by its name."""

    @cache
    def overlay(name: str) -> list[Resource]:
        return render(k8s / "overlays" / name)

    return overlay


@pytest.fixture(params=OVERLAYS)
def resources(request: pytest.FixtureRequest, rendered: Callable[[str], list[Resource]]) -> list[Resource]:
    """Of each overlay in turn."""
    return rendered(request.param)
