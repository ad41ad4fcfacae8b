"""The ingress leads to every route of every service, and to nothing else."""

import json
from collections.abc import Callable, Iterator

import pytest

from dev.install.cluster.resources import Resource, named
from dev.machine.paths import ROOT
from dev.stack.installation import SERVICES


def _paths(ingress: Resource) -> Iterator[tuple[str, str, str]]:
    for rule in ingress["spec"]["rules"]:
        for each in rule["http"]["paths"]:
            yield each["path"], each["pathType"], each["backend"]["service"]["name"]


def _leads(path: str, ingress: Resource) -> set[str]:
    """To which services a request for ``path`` may go."""
    return {
        service
        for prefix, kind, service in _paths(ingress)
        if path == prefix or (kind == "Prefix" and path.startswith(f"{prefix}/"))
    }


INSIDE = ("/v1/access-record/searches", "/v1/providers")
"""Asked from within: by auditors (docs/access-record.md), and by who runs notify (docs/providers.md)."""


@pytest.mark.parametrize("overlay", ["pilot", "nation"])
def test_every_route_and_nothing_else_is_reached(overlay: str, rendered: Callable[[str], list[Resource]]) -> None:
    ingress = named(rendered(overlay), "Ingress")["legalaid"]
    for service in SERVICES:
        routes = json.loads((ROOT / "docs" / "openapi" / f"{service}.json").read_text())["paths"]
        for route in routes:
            assert _leads(route, ingress) == (set() if route.startswith(INSIDE) else {service}), route
    for hidden in ("/metrics", "/docs", "/openapi.json", "/livez", "/readyz", "/"):
        assert _leads(hidden, ingress) == set()
    hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
    assert hosts == {host for tls in ingress["spec"]["tls"] for host in tls["hosts"]}
