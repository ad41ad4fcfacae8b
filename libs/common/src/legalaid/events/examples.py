"""One example of every event version, kept for ever: the oldest records there are, and what they must still mean.

An example is a CloudEvent in JSON format; that of a sealed compartment is its content. ``generate`` drafts the example
of a new type; make it plausible before its first commit. From then on nothing writes the file again, whatever becomes
of the model, and the gate holds today's code to it.
"""

import json
import re
from typing import Any

from pydantic import ValidationError

from legalaid.events.base import TYPE_PATTERN, model_of
from legalaid.events.compatibility import Finding
from legalaid.events.schemas import as_text, contract, schema
from legalaid.events.wire import UndecodableError, decode, encode

_TEXTS = (
    "case-assigned",
    "TGPL-11",
    "vie",
    "11",
    "03127",
    "08:00",
    "Mo-Fr 08:00-17:00",
    "1234567897",
    "+84900000000",
    "0b0f8e5e-7b1c-5d2a-9c3e-1f2d3c4b5a60",
    "1." + "A" * 64,  # has the form of a sealed box; nobody can open it
    "https://push.example/1",
    "B" + "A" * 86,  # a point of P-256 and a secret in base64url, as far as their form goes
    "A" * 22,
)
"""The draft of a text field is the first of these that its pattern takes."""
_FIELDS = {
    "kind": "CENTRE",  # as the code of an owner is a centre's
    "name": "Trung tâm Trợ giúp pháp lý Nhà nước tỉnh Điện Biên",
    "status": "ASSIGNED",
    "ruleset": "2026.1",
    "due_at": "2026-11-25T01:30:00Z",
    "hours_to": "17:00",
    "birth_date": "1990-05-17",
}
"""What the draft of a field of that name is, where its schema takes it: what stands beside it must fit."""
_FORMATS = {"date-time": "2026-11-23T01:30:00Z", "date": "2026-11-23"}


def draft(name: str) -> str:
    """A first example of ``name``. Raises ``ValueError`` when it must be written by hand."""
    whole = schema(name)
    data = _sample(whole, whole)
    try:
        contract()[name].model_validate_json(json.dumps(data))
    except ValidationError:
        message = f"no example of {name} can be drafted, because its model has rules between fields: write it by hand"
        raise ValueError(message) from None
    model = model_of(name)
    if model is None:
        return as_text(data)
    event = {
        "specversion": "1.0",
        "id": "7a5c2f0e-4f3d-5b1a-8e6d-9c8b7a6f5e4d",
        "source": f"/legalaid/{model.topic.owner}",
        "type": name,
        "subject": data[model.topic.key],
        "time": _FORMATS["date-time"],
        "sequence": "0000000001",
        "correlationid": _TEXTS[8],
        "datacontenttype": "application/json",
        "data": data,
    }
    return as_text(event)


def _sample(node: dict[str, Any], root: dict[str, Any]) -> Any:  # noqa: PLR0911 - one return per kind of schema
    if "$ref" in node:
        return _sample(root["$defs"][node["$ref"].removeprefix("#/$defs/")], root)
    if "anyOf" in node:
        return _sample(node["anyOf"][0], root)
    if "enum" in node or "const" in node:
        return node.get("const", node.get("enum", [None])[0])
    match node["type"]:
        case "object" if "properties" in node:
            return {name: _field(name, field, root) for name, field in node["properties"].items()}
        case "object":
            return {_sample(node["propertyNames"], root): _sample(node["additionalProperties"], root)}
        case "array":
            return [_sample(node["items"], root)]
        case "string" if "format" in node:
            return _FORMATS[node["format"]]
        case "string":
            return next((text for text in _TEXTS if re.search(node.get("pattern", ""), text)), "?")
        case "boolean":
            return True
        case kind:
            return node.get("minimum", 0 if kind in {"integer", "number"} else None)


def _field(name: str, node: dict[str, Any], root: dict[str, Any]) -> Any:
    drafted, wanted = _sample(node, root), _FIELDS.get(name)
    while "anyOf" in node or "$ref" in node:
        node = node["anyOf"][0] if "anyOf" in node else root["$defs"][node["$ref"].removeprefix("#/$defs/")]
    takes = wanted in node["enum"] if "enum" in node else re.search(node.get("pattern", ""), wanted or "")
    return wanted if wanted and node.get("type") == "string" and takes else drafted


def check(name: str, text: str) -> list[Finding]:
    """Whether today's code reads the example and understands by it every value that it holds."""
    example = json.loads(text)
    where = f"example of {name}"
    if not re.match(TYPE_PATTERN, name):
        try:
            known = contract()[name].model_validate_json(text).model_dump(mode="json")
        except (KeyError, ValidationError):
            return [_unread(where)]
        return _lost(where, example, known)
    data = json.dumps(example.pop("data")).encode()
    headers = [("content-type", example.pop("datacontenttype").encode())]
    headers += [(f"ce_{attribute}", value.encode()) for attribute, value in example.items()]
    try:
        message = encode(decode(data, headers))
    except UndecodableError:
        return [_unread(where)]
    lost = _lost(where, json.loads(data), json.loads(message.value))
    now = {header.removeprefix("ce_"): value.decode() for header, value in message.headers}
    times = ({**attributes, "time": attributes["time"].replace("+00:00", "Z")} for attributes in (example, now))
    return lost + _lost(where, *times)


def _unread(where: str) -> Finding:
    return Finding(
        where, "today's code cannot read it, and so no record like it. Keep the model as it was for old records."
    )


def _lost(where: str, example: Any, known: Any) -> list[Finding]:
    """What the example says and today's code no longer says. Fields that today's code adds are no loss."""
    if isinstance(example, dict) and isinstance(known, dict):
        return [
            finding for key, value in example.items() for finding in _lost(f"{where}, {key}", value, known.get(key))
        ]
    if example == known:
        return []
    return [Finding(where, "today's code does not give back the value that the example holds: its meaning changed.")]
