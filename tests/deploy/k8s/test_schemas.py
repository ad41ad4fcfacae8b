"""Every resource is one that a cluster would take: core kinds by Kubernetes' schemas, operators' kinds by ours.

Where the operators' own CustomResourceDefinitions are at hand, LEGALAID_CRDS names their folder and they are asked too.
"""

import json
import os
from functools import cache
from importlib import resources as files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry
from referencing import Resource as Document

from dev.install.cluster.resources import Resource

VERSION = "1.34.0"
"""The oldest Kubernetes that docs/deploy.md names."""
CRDS = os.environ.get("LEGALAID_CRDS", "")


def _is_core(resource: Resource) -> bool:
    group = resource["apiVersion"].rpartition("/")[0]
    return "." not in group or group.endswith(".k8s.io")


@cache
def _strict(file: str) -> Any:
    """A file of what `kubernetes-validate --strict` uses, which itself reads all of them again for each resource."""
    folder = files.files("kubernetes_validate") / "kubernetes-json-schema" / f"v{VERSION}-local-strict"
    return json.loads((folder / file).read_text("utf-8"))


@cache
def _registry() -> Registry[Any]:
    return Document.from_contents(_strict("_definitions.json")) @ Registry[Any]()


def _core_errors(resource: Resource) -> list[str]:
    group, _, version = resource["apiVersion"].rpartition("/")
    name = "-".join(filter(None, (resource["kind"].lower(), group.partition(".")[0], version)))
    validator = jsonschema.Draft202012Validator(_strict(f"{name}.json"), registry=_registry())
    return [
        f"{resource['kind']} {resource['metadata']['name']}: {each.message}" for each in validator.iter_errors(resource)
    ]


def test_core_kinds_are_valid(resources: list[Resource]) -> None:
    core = [resource for resource in resources if _is_core(resource)]
    assert len(core) > 50
    assert [error for resource in core for error in _core_errors(resource)] == []


def test_a_wrong_field_is_noticed(resources: list[Resource]) -> None:
    [api] = [each for each in resources if (each["kind"], each["metadata"]["name"]) == ("Deployment", "routing-api")]
    assert _core_errors({**api, "spec": {**api["spec"], "replica": 2}})


def _schema(shape: Any) -> dict[str, Any]:
    """The JSON Schema of a shape of operators.yaml: each object is closed."""
    match shape:
        case {"one of": shapes}:
            return {"oneOf": [_schema(each) for each in shapes]}
        case dict():
            fields = {name.strip("()"): _schema(each) for name, each in shape.items()}
            needed = [name for name in shape if not name.startswith("(")]
            return {"type": "object", "properties": fields, "required": needed, "additionalProperties": False}
        case [each]:
            return {"type": "array", "items": _schema(each)}
        case "string" | "integer" | "boolean" | "object":
            return {"type": shape}
    return {"enum": shape.split("|")}


@cache
def _shapes() -> dict[str, Any]:
    """By apiVersion and kind."""
    shapes = yaml.safe_load(Path(__file__).with_name("operators.yaml").read_text("utf-8"))
    return {kind: jsonschema.Draft202012Validator(_schema(shape)) for kind, shape in shapes.items()}


def _operator_errors(resource: Resource, spec: Any) -> list[str]:
    kind = f"{resource['apiVersion']} {resource['kind']}"
    return [f"{kind} {resource['metadata']['name']}: {each.message}" for each in _shapes()[kind].iter_errors(spec)]


def test_kinds_of_operators_have_their_shape(resources: list[Resource]) -> None:
    own = [resource for resource in resources if not _is_core(resource)]
    assert [error for each in own for error in _operator_errors(each, each["spec"])] == []


def test_a_wrong_field_of_an_operator_is_noticed(resources: list[Resource]) -> None:
    for each in resources:
        if not _is_core(each):
            spec = each["spec"]
            assert _operator_errors(each, {**spec, "mistyped": "field"})
            assert [field for field in spec if not _operator_errors(each, {**spec, field: 0.5})] == []


@cache
def _definitions() -> dict[tuple[str, str], Any]:
    """The operators' own schemas, by apiVersion and kind."""
    found = {}
    for file in Path(CRDS).glob("*.yaml"):
        for definition in yaml.safe_load_all(file.read_text("utf-8")):
            if definition and definition["kind"] == "CustomResourceDefinition":
                spec = definition["spec"]
                for version in spec["versions"]:
                    schema = version["schema"]["openAPIV3Schema"]
                    found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = _closed(schema)
    return found


def _closed(schema: Any) -> Any:
    """The schema as an API server prunes by it: a field that it does not know is wrong."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        name: _closed(each) for name, each in schema.items() if name != "pattern"
    }  # some are no regex of Python's
    if isinstance(closed.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    return closed


@pytest.mark.skipif(not CRDS, reason="LEGALAID_CRDS names no folder of CustomResourceDefinitions")
def test_operators_would_take_their_kinds(resources: list[Resource]) -> None:
    for resource in resources:
        if not _is_core(resource):
            known = _definitions()[resource["apiVersion"], resource["kind"]]
            jsonschema.validate(resource["spec"], known["properties"]["spec"])
