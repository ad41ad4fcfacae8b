"""One name, one thing: what a reader of the product meets under a name is told apart nowhere but in its module."""

import ast
from collections import defaultdict

from dev.machine.paths import ROOT

TWICE = {
    "Decision": "routing's about a case; notify's of a person, whose name is public (components of its OpenAPI)",
    "Message": "what Kafka carries, and what a gateway carries to a person: the word of both fields",
    "KeyReusedError": "the same thing in two services, which import nothing of each other",
}
"""Public classes of this name are in two modules, for this reason."""


def test_no_two_public_classes_of_the_product_have_one_name() -> None:
    modules = defaultdict(set)
    for file in (file for root in ("libs", "services") for file in (ROOT / root).glob("**/src/**/*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].add(str(file.relative_to(ROOT)))
    assert len(modules) > 200
    assert {name: sorted(files) for name, files in modules.items() if len(files) > 1 and name not in TWICE} == {}
    assert {name for name in TWICE if len(modules[name]) < 2} == set(), "no longer twice"
