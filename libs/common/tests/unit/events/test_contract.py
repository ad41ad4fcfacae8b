"""The committed files of the contract agree with the models, with each other, and with JSON Schema and AsyncAPI."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from legalaid.events import TOPICS, TYPES, asyncapi, catalogue, decode, examples
from legalaid.events.__main__ import ROOT, main
from legalaid.events.base import EventData, Topic, event
from legalaid.events.gate import from_folder
from legalaid.events.generate import SCHEMAS, generate
from legalaid.events.schemas import contract, schema

FILES = from_folder(ROOT / SCHEMAS)
NAMES = sorted(contract())
DOCUMENT = yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text("utf-8"))


def test_the_committed_contract_is_what_the_models_give() -> None:
    said: list[str] = []
    assert generate(ROOT, say=said.append, check=True), said


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_one_and_takes_its_example(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    example = json.loads(FILES[f"examples/{name}.json"])
    data = example["data"] if name in TYPES else example
    jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker()).validate(data)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_each_example_shows_the_key_and_the_compartments(name: str) -> None:
    example = json.loads(FILES[f"examples/{name}.json"])
    headers = [(f"ce_{key}", value.encode()) for key, value in example.items() if isinstance(value, str)]
    read = decode(json.dumps(example["data"]).encode(), [*headers, ("content-type", b"application/json")])
    assert getattr(read.data, read.topic.key) == read.subject
    assert read.type == name
    for field, node in schema(name)["properties"].items():
        if "x-compartment" in json.dumps(node):
            assert f'"x-compartment": "{field}"' in json.dumps(node), "a box is called after its compartment"


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_is_an_example_or_is_refused(name: str) -> None:
    text = examples.draft(name)
    assert examples.check(name, text) == []


def test_what_stands_together_in_a_draft_fits() -> None:
    opened = json.loads(examples.draft("vn.legalaid.case.opened.v1"))["data"]
    assert (opened["owner"]["kind"], opened["owner"]["code"]) == ("CENTRE", "TGPL-11")
    assert opened["owner"]["name"].startswith("Trung tâm")
    assert (opened["kind"], opened["status"]) == ("REQUEST", "ASSIGNED")
    assert opened["ruleset"] == "2026.1"
    owed = json.loads(examples.draft("vn.legalaid.call.callback-owed.v1"))["data"]
    assert owed["owed_at"] < owed["due_at"]
    contact = json.loads(examples.draft("sealed.contact"))
    assert contact["wishes"]["hours_from"] < contact["wishes"]["hours_to"]


def test_a_type_has_one_name_and_one_form() -> None:
    class Again(EventData):
        pass

    taken = next(iter(TYPES))
    for name in (taken, "vn.legalaid.Call.v1", "vn.legalaid.call.ended"):
        with pytest.raises(ValueError, match="registered twice, or is not"):
            event(TOPICS[0], name)(Again)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_each_topic_has_an_owner_readers_and_a_key_that_every_event_has(topic: Topic) -> None:
    services = {"intake", "routing", "notify", "reports"}
    assert topic.owner in services
    assert topic.consumers
    assert set(topic.consumers) <= services - {topic.owner}
    for model in TYPES.values():
        if model.topic is topic:
            assert model.model_fields[topic.key].is_required()


def test_asyncapi_is_whole() -> None:
    jsonschema.Draft202012Validator(_ASYNCAPI).validate(DOCUMENT)
    assert [channel["address"] for channel in DOCUMENT["channels"].values()] == [topic.name for topic in TOPICS]
    told = {message["name"] for message in DOCUMENT["components"]["messages"].values()}
    assert told == set(TYPES)
    for reference in _references(DOCUMENT):
        _resolve(reference)


def test_asyncapi_names_every_writer_and_reader() -> None:
    said = {
        (operation["action"], operation["tags"][0]["name"], operation["channel"]["$ref"].rpartition("/")[2])
        for operation in DOCUMENT["operations"].values()
    }
    wrote = {("send", topic.owner, topic.short) for topic in TOPICS}
    read = {("receive", reader, topic.short) for topic in TOPICS for reader in topic.consumers}
    assert said == wrote | read


def test_asyncapi_headers_take_the_headers_that_we_write() -> None:
    shared = DOCUMENT["components"]["schemas"]["cloudEventHeaders"]
    for message in DOCUMENT["components"]["messages"].values():
        own = message["headers"]["allOf"][1]
        example = json.loads(FILES[f"examples/{message['name']}.json"])
        headers = {f"ce_{key}": value for key, value in example.items() if key not in {"data", "datacontenttype"}}
        headers["content-type"] = example["datacontenttype"]
        for part in (shared, own):
            jsonschema.Draft202012Validator(part).validate(headers)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(own).validate(headers | {"ce_type": "another"})


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


def _resolve(reference: str) -> None:
    file, _, pointer = reference.partition("#")
    if file:
        assert (ROOT / "docs" / file).is_file(), reference
        return
    node = DOCUMENT
    for step in pointer.strip("/").split("/"):
        node = node[step]


_REF = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string"}}}
_ASYNCAPI = {
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components"],
    "additionalProperties": False,
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {"required": ["title", "version"]},
        "defaultContentType": {"const": "application/json"},
        "servers": {"additionalProperties": {"required": ["host", "protocol"]}},
        "channels": {
            "propertyNames": {"pattern": r"^[A-Za-z0-9_\-]+$"},
            "additionalProperties": {
                "required": ["address", "messages", "servers", "bindings"],
                "properties": {
                    "messages": {"minProperties": 1, "additionalProperties": _REF},
                    "bindings": {
                        "properties": {"kafka": {"required": ["partitions", "topicConfiguration", "bindingVersion"]}}
                    },
                },
            },
        },
        "operations": {
            "additionalProperties": {
                "required": ["action", "channel", "summary"],
                "properties": {"action": {"enum": ["send", "receive"]}, "channel": _REF},
            }
        },
        "components": {
            "properties": {
                "messages": {
                    "propertyNames": {"pattern": r"^[A-Za-z0-9._-]+$"},
                    "additionalProperties": {"required": ["name", "title", "summary", "headers", "payload"]},
                }
            }
        },
    },
}
"""The parts of the AsyncAPI 3.0 structure that we use. The official parser is a Node program; it was content too."""


def test_the_catalogue_explains_every_name(capsys: pytest.CaptureFixture[str]) -> None:
    for name in NAMES:
        assert main(["explain", name]) == 0
        assert name in catalogue.document()
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in NAMES)
    assert "sealed contact" in printed
    assert asyncapi.document() == (ROOT / "docs/asyncapi.yaml").read_text("utf-8")


def test_validate_says_where_but_never_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    data = json.loads(FILES["examples/vn.legalaid.call.ended.v1.json"])["data"]
    good.write_text(json.dumps(data | {"from_the_future": 1}))
    bad.write_text(json.dumps(data | {"outcome": "Nguyễn Văn Kín"}))
    assert main(["validate", "vn.legalaid.call.ended.v1", str(good)]) == 0
    assert main(["validate", "vn.legalaid.call.ended.v1", str(bad)]) == 1
    told = capsys.readouterr()
    assert "/outcome" in told.err
    assert "Kín" not in told.err + told.out
