"""The contract as files: a JSON Schema of every event type and of every sealed compartment, and the table of topics.

They are generated from the models, committed in ``libs/common/schemas`` and compared by the gate.
"""

import json
from functools import cache
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from legalaid.events import TOPICS, TYPES
from legalaid.events.people import Contact, Facts, Story

SEALED: dict[str, type[BaseModel]] = {f"sealed.{model.compartment}": model for model in (Contact, Facts, Story)}
"""What lies in the boxes is part of the contract too: a box in a topic outlives the code that sealed it."""

TOPICS_FILE = "topics.json"


class _Plain(GenerateJsonSchema):
    """Without the titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - Pydantic's signature
        return False


def contract() -> dict[str, type[BaseModel]]:
    """Every model that records of ours are read with: by CloudEvents type, and ``sealed.<compartment>``."""
    return {**dict(sorted(TYPES.items())), **SEALED}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema for readers of ``name``. Open: a reader passes over fields that it does not know."""
    generated = _generated(contract()[name])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:legalaid:schema:{name}"}
    return {**head, **cast("dict[str, Any]", _open(generated))}


@cache
def _generated(model: type[BaseModel]) -> dict[str, Any]:
    """Nobody changes it: ``_open`` copies."""
    return model.model_json_schema(mode="serialization", schema_generator=_Plain)


def _open(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _open(value) for key, value in node.items() if not (key == "additionalProperties" and value is False)
        }
    if isinstance(node, list):
        return [_open(value) for value in node]
    return node


def topics() -> dict[str, Any]:
    """The topics and the types in each, by topic name."""
    return {
        topic.name: {
            "owner": topic.owner,
            "consumers": list(topic.consumers),
            "key": topic.key,
            "partitions": topic.partitions,
            "retention": str(topic.retention),
            "types": sorted(name for name, model in TYPES.items() if model.topic is topic),
        }
        for topic in TOPICS
    }


def as_text(content: Any) -> str:
    """JSON as it is committed: readable, with a newline at its end."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def files() -> dict[str, str]:
    """Every generated file of ``libs/common/schemas``, by name. Not the examples: they are never written again."""
    schemas = {f"{name}.json": as_text(schema(name)) for name in contract()}
    return {TOPICS_FILE: as_text(topics()), **schemas}
