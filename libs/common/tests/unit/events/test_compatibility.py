"""The comparison of two schemas, with jsonsubschema as a second opinion on the constructs that our models use."""

import json
import warnings
from enum import StrEnum
from typing import Any

import pytest
from pydantic import AwareDatetime, Field, create_model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports what the standard library has since moved
    import jsonsubschema

from legalaid.events import Place, Sealed, base, people, words
from legalaid.events.compatibility import compare
from legalaid.events.schemas import _open, _Plain
from legalaid.ids import Id


class Fewer(StrEnum):
    """``words.Answer`` without a value."""

    YES = "YES"
    NO = "NO"


def _schema(**fields: Any) -> dict[str, Any]:
    model = create_model("Sample", __base__=base.EventData, **fields)
    return dict(_open(model.model_json_schema(mode="serialization", schema_generator=_Plain)))


Fields = dict[str, Any]
STABLE: dict[str, tuple[Fields, Fields]] = {
    "nothing": ({"id": (Id, ...)}, {"id": (Id, ...)}),
    "new optional field": ({"id": (Id, ...)}, {"id": (Id, ...), "place": (Place | None, None)}),
    "new value": ({"answer": (Fewer, ...)}, {"answer": (words.Answer, ...)}),
    "new value or null": ({"answer": (Fewer | None, ...)}, {"answer": (words.Answer | None, ...)}),
    "new value in a list": ({"many": (tuple[Fewer, ...], ...)}, {"many": (tuple[words.Answer, ...], ...)}),
    "new value in a mapping": (
        {"all": (dict[words.Claim, Fewer], ...)},
        {"all": (dict[words.Claim, words.Answer], ...)},
    ),
    "new default": ({"yes": (bool, ...)}, {"yes": (bool, True)}),
    "null moves": ({"at": (AwareDatetime | None, ...)}, {"at": (None | AwareDatetime, ...)}),
    "bounds": ({"count": (int, Field(ge=1))}, {"count": (int, Field(ge=1))}),
    "box": ({"box": (Sealed[people.Contact], ...)}, {"box": (Sealed[people.Contact], ...)}),
}
OLD_RECORDS: dict[str, tuple[Fields, Fields]] = {
    "required field": ({"id": (Id, ...)}, {"id": (Id, ...), "yes": (bool, ...)}),
    "fewer values": ({"answer": (words.Answer, ...)}, {"answer": (Fewer, ...)}),
    "fewer values or null": ({"answer": (words.Answer | None, ...)}, {"answer": (Fewer | None, ...)}),
    "fewer values in a list": ({"many": (tuple[words.Answer, ...], ...)}, {"many": (tuple[Fewer, ...], ...)}),
    "no null": ({"at": (AwareDatetime | None, ...)}, {"at": (AwareDatetime, ...)}),
    "another type": ({"yes": (bool, ...)}, {"yes": (int, ...)}),
    "no default": ({"yes": (bool, True)}, {"yes": (bool, ...)}),
    "no default factory": ({"many": (tuple[Id, ...], Field(default_factory=tuple))}, {"many": (tuple[Id, ...], ...)}),
    "higher bound": ({"count": (int, Field(ge=1))}, {"count": (int, Field(ge=2))}),
    "narrower pattern": ({"code": (base.CommuneCode, ...)}, {"code": (base.ProvinceCode, ...)}),
    "another model": ({"place": (Place | None, ...)}, {"place": (words.Speaker | None, ...)}),
}
RUNNING_READERS_OR_MEANING: dict[str, tuple[Fields, Fields]] = {
    "removed field": ({"id": (Id, ...), "yes": (bool, ...)}, {"id": (Id, ...)}),
    "removed optional field": ({"id": (Id, ...), "yes": (bool, True)}, {"id": (Id, ...)}),
    "null": ({"at": (AwareDatetime, ...)}, {"at": (AwareDatetime | None, ...)}),
    "wider pattern": ({"code": (base.ProvinceCode, ...)}, {"code": (str, ...)}),
    "another default": ({"language": (people.LanguageCode, "vie")}, {"language": (people.LanguageCode, "hmn")}),
    "another box": ({"box": (Sealed[people.Contact], ...)}, {"box": (Sealed[people.Facts], ...)}),
}


@pytest.mark.parametrize("change", STABLE)
def test_both_let_a_harmless_change_pass(change: str) -> None:
    old, new = (_schema(**fields) for fields in STABLE[change])
    assert [finding for finding in compare("x", old, new) if not finding.note] == []
    assert _old_records_are_read(old, new)


@pytest.mark.parametrize("change", OLD_RECORDS)
def test_both_refuse_what_old_records_cannot_pass(change: str) -> None:
    old, new = (_schema(**fields) for fields in OLD_RECORDS[change])
    assert [finding for finding in compare("x", old, new) if not finding.note]
    assert not _old_records_are_read(old, new)


@pytest.mark.parametrize("change", RUNNING_READERS_OR_MEANING)
def test_ours_also_refuses_what_breaks_running_readers_or_changes_a_meaning(change: str) -> None:
    old, new = (_schema(**fields) for fields in RUNNING_READERS_OR_MEANING[change])
    assert [finding for finding in compare("x", old, new) if not finding.note]
    assert _old_records_are_read(old, new), "so it is not for the sake of old records"


def test_a_new_value_is_worth_a_note() -> None:
    old, new = (_schema(**fields) for fields in STABLE["new value or null"])
    assert [str(finding) for finding in compare("x", old, new)] == [
        "note  x.answer: may now be UNKNOWN: deploy every reader before the writer."
    ]


def _old_records_are_read(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """What jsonsubschema says: everything that ``old`` takes, ``new`` takes. Old writers knew all their fields."""
    return bool(jsonsubschema.isSubschema({**_known(old, old), "additionalProperties": False}, _known(new, new)))


def _known(node: Any, root: dict[str, Any]) -> Any:
    """The schema in words that jsonsubschema knows: no references, and a format is a type of its own."""
    if isinstance(node, list):
        return [_known(value, root) for value in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _known(root["$defs"][node["$ref"].removeprefix("#/$defs/")], root)
    if "format" in node:
        return {"type": "string", "pattern": f"^{node['format']}$"}
    drop = {"$defs", "default", "description", "title", "x-compartment", "propertyNames"}
    return json.loads(json.dumps({key: _known(value, root) for key, value in node.items() if key not in drop}))


def test_a_narrower_value_is_found_behind_a_keyword_that_the_comparison_does_not_know() -> None:
    """Pydantic writes this as patternProperties, on which jsonsubschema does not end."""
    assert compare("x", _schema(all=(dict[Id, words.Answer], ...)), _schema(all=(dict[Id, Fewer], ...)))
