"""Front ends and readers are not written in Python: what the contract gives them must compile and hold there."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from dev.machine.paths import ROOT
from legalaid.events import TYPES

DOCS = ROOT / "docs"
SCHEMAS = ROOT / "libs" / "common" / "schemas"


def test_a_typed_client_compiles_and_catches_mistakes(node: Callable[..., str], tmp_path: Path) -> None:
    descriptions = sorted((DOCS / "openapi").glob("*.json"))
    for description in descriptions:
        # a field with a default may be left out of a body, which is what callers of ours care for
        made = tmp_path / "made" / f"{description.stem}.ts"
        node("openapi-typescript", "--default-non-nullable=false", description, "-o", made)
        assert "export interface paths" in made.read_text()
    node("tsc", "-p", ".")
    assert [each.stem for each in descriptions] == ["intake", "notify", "reports", "routing"]


def test_readers_in_typescript_get_a_type_for_each_event(node: Callable[..., str], tmp_path: Path) -> None:
    made = tmp_path / "made" / "events.ts"
    names = node("events.mjs", DOCS / "asyncapi.yaml", made).split()
    assert {model.__name__ for model in TYPES.values()} <= set(names)
    # what a later release may add is any; nothing that we know is
    assert re.findall(r"(\w+)\??: .*\bany\b", made.read_text()).count("additionalProperties") == len(
        re.findall(r"\bany\b", made.read_text())
    )
    (tmp_path / "client.ts").unlink()  # it wants the types of the descriptions
    node("tsc", "-p", ".")


def test_another_validator_reads_the_schemas_as_ours_does(node: Callable[..., str]) -> None:
    found = json.loads(node("schemas.mjs", SCHEMAS))
    assert len(found["schemas"]) == len(TYPES) + len(list(SCHEMAS.glob("sealed.*.json")))
    assert found["examples"] == len(found["schemas"])
    assert found["refusedExamples"] == []
    assert found["mutants"] > len(found["schemas"])
    assert found["passedMutants"] == []
