"""Each rule of ``dev.lint`` finds what it is for, and leaves the rest alone."""

import subprocess
from pathlib import Path

import pytest

from dev.lint import rules
from dev.lint.__main__ import main
from dev.lint.source import Source, sources
from dev.lint.tree import PROBLEMS, SAME, SERVICES, documented_problems, no_dead_links, same_shape

HANDLERS = "services/routing/src/routing/handlers.py"
RULES = "services/routing/src/routing/rules/law.py"

BAD = [
    (rules.topics_named_once, HANDLERS, "topic = 'legalaid.cases'"),
    (rules.topics_named_once, HANDLERS, "topic = f'{prefix}legalaid.cases'"),
    (rules.topics_named_once, HANDLERS, "topic = 'legalaid.routing.dead-letters'"),
    (rules.pure_rules, RULES, "from legalaid import clock"),
    (rules.pure_rules, RULES, "from legalaid.clock import now"),
    (rules.pure_rules, RULES, "from legalaid.ids import receipt_code"),
    (rules.pure_rules, RULES, "from legalaid.vietnam.calendar import load"),
    (rules.pure_rules, RULES, "from legalaid.vietnam import calendar"),
    (rules.pure_rules, RULES, "from legalaid.store import Documents"),
    (rules.pure_rules, RULES, "from routing.store import Cases"),
    (rules.pure_rules, RULES, "from routing import tables"),
    (rules.pure_rules, RULES, "from .. import store"),
    (rules.pure_rules, RULES, "import asyncio"),
    (rules.pure_rules, RULES, "import random"),
    (rules.pure_rules, RULES, "import structlog"),
    (rules.pure_rules, "services/routing/src/routing/rules.py", "import httpx"),
    (rules.short_files, HANDLERS, "x = 1\n" * 501),
    (rules.short_files, "docs/outbox.md", "x\n" * 501),
    (rules.reasons, HANDLERS, "x = 1  # noqa"),
    (rules.reasons, HANDLERS, "x = 1  # noqa: S101"),
    (rules.reasons, HANDLERS, "x = 1  # noqa: S101 because"),
    (rules.reasons, HANDLERS, "x = 1  # noqa: S101 - why\ny = 1  # noqa: S102"),
    (rules.reasons, HANDLERS, "x = 1  # noqa: S101 - why" + "\n" * 40 + "y = 1  # noqa: S101"),
    (rules.reasons, HANDLERS, "x = 1  # type: ignore"),
    (rules.reasons, HANDLERS, "x = 1  # type: ignore[misc]"),
    (rules.no_addresses, "requirements.lock", "rich @ https://mirror.example/rich.whl"),
    (rules.no_addresses, "requirements.lock", "--index-url mirror\nrich==14"),
    (rules.no_addresses, "requirements.lock", "rich @ file:///opt/rich.whl"),
    (rules.no_addresses, "web/package-lock.json", '"resolved": "mirror/ajv.tgz",'),
]
GOOD = [
    (rules.topics_named_once, HANDLERS, '"""Reads legalaid.cases."""\nfrom legalaid.events.cases import TOPIC'),
    (rules.topics_named_once, "libs/common/src/legalaid/events/cases.py", "name = 'legalaid.cases'"),
    (rules.pure_rules, RULES, "from legalaid.events.words import Status\nfrom routing.rules.directory import Centre"),
    (
        rules.pure_rules,
        RULES,
        "from legalaid.clock import VIETNAM\nfrom legalaid.vietnam.calendar import WorkingCalendar",
    ),
    (rules.pure_rules, RULES, "from legalaid.vietnam import phones, places\nfrom legalaid.vietnam.text import fold"),
    (rules.pure_rules, RULES, "import re\nfrom datetime import datetime\nfrom pydantic import BaseModel"),
    (rules.pure_rules, HANDLERS, "import httpx"),
    (rules.short_files, HANDLERS, "x = 1\n" * 500),
    (rules.short_files, "requirements.lock", "x\n" * 5000),
    (rules.reasons, HANDLERS, "x = 1  # noqa: S101, E501 - a test asserts"),
    (rules.reasons, HANDLERS, "x = 1  # noqa: S101 - why\ny = 1  # noqa: S101"),
    (rules.reasons, HANDLERS, "x = 1  # type: ignore[misc]  # the stub is wrong"),
    (rules.no_addresses, "requirements.lock", "rich==14.0.0 \\\n    --hash=sha256:00  # via -r pyproject.toml:dev"),
    (rules.no_addresses, "web/package-lock.json", '"ajv": {"version": "8.17.1", "integrity": "sha512-00"},'),
    (rules.no_addresses, "README.md", "see https://example.org"),
]


def _id(case: object) -> str:
    return getattr(case, "__name__", str(case))[:60]


@pytest.mark.parametrize(("rule", "path", "text"), BAD, ids=_id)
def test_a_rule_finds_what_breaks_it(rule: rules.Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize(("rule", "path", "text"), GOOD, ids=_id)
def test_a_rule_leaves_the_rest_alone(rule: rules.Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_every_rule_is_tried_both_ways_and_is_run() -> None:
    assert {rule for rule, _, _ in BAD} == {rule for rule, _, _ in GOOD} == set(rules.RULES)


def test_the_services_have_one_shape() -> None:
    parts = [f"services/{service}/src/{service}/{part}" for service in SERVICES for part in SAME]
    whole = [Source(f"{part}.py", "") for part in parts]
    assert list(same_shape(whole)) == []
    whole[0] = Source(f"{parts[0]}/__init__.py", "")
    assert list(same_shape(whole)) == []
    assert [finding.sentence for finding in same_shape(whole[1:])] == ["intake has no rules, which every service has."]


def test_documents_lead_somewhere_and_are_in_the_index() -> None:
    index = Source("docs/README.md", "[Outbox](outbox.md), [one](adr/0001-x.md), [code](../libs/common)")
    code = Source("libs/common/src/legalaid/x.py", '"""See docs/outbox.md."""')
    rest = [
        Source("docs/outbox.md", "[back](README.md#top) [out](https://example.org)"),
        Source("docs/adr/0001-x.md", ""),
    ]
    assert list(no_dead_links([index, code, *rest])) == []
    said = [finding.sentence for finding in no_dead_links([index, code])]
    assert said == ["the link to outbox.md leads nowhere.", "the link to adr/0001-x.md leads nowhere.", *said[2:]]
    assert said[2:] == ["docs/outbox.md does not exist."]
    alone = Source("docs/sending.md", "")
    assert [finding.sentence for finding in no_dead_links([alone])] == ["the index does not name sending.md."]


def test_every_problem_is_documented_and_every_documented_one_is_raised() -> None:
    code = Source(
        HANDLERS, "_TITLES = {405: ('no-method', 'x')}\ndef f():\n    raise Problem(\n    409, 'ended', 'It ended')"
    )
    table = "| word |\n| `no-method` | 405 |\n| `ended` | 409 |"
    assert list(documented_problems([code, Source(PROBLEMS, table)])) == []
    said = [finding.sentence for finding in documented_problems([code, Source(PROBLEMS, "| `gone` | 410 |")])]
    assert said == [
        "docs/problems.md does not list the problem no-method.",
        "docs/problems.md does not list the problem ended.",
        "no code raises the problem gone.",
    ]


def test_the_command_reads_what_git_would_track_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    for name in ("bad.py", "ignored.py"):
        (tmp_path / name).write_text("x = 1  # noqa\n")
    (tmp_path / "picture.png").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "page.md").write_text("![what is drawn](picture.png)\n")
    assert {source.path for source in sources(tmp_path)} == {".gitignore", "bad.py", "page.md", "picture.png"}
    assert main(tmp_path) == 1
    told = capsys.readouterr().out
    assert "bad.py:1: write" in told
    assert "ignored.py" not in told
    assert "picture.png" not in told, "a picture is there to be linked to"
