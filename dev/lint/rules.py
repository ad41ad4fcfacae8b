"""The rules. Each takes one file and yields the line and the sentence of what breaks it."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator

from dev.lint.source import Source
from legalaid.events import TOPICS

Found = Iterator[tuple[int, str]]
Rule = Callable[[Source], Found]


def topics_named_once(source: Source) -> Found:
    """A topic's name is part of the contract: it stands in ``legalaid.events`` (and its wire form in the bus)."""
    if not source.is_product or source.module.startswith(("legalaid.events", "legalaid.bus")):
        return
    prose = {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            for topic in _TOPIC.findall(node.value):
                yield node.lineno, f"the topic {topic} is named outside legalaid.events: use its TOPIC."


_TOPIC = re.compile("|".join([*(re.escape(topic.name) for topic in TOPICS), r"legalaid\.[a-z]+\.dead-letters"]))


def pure_rules(source: Source) -> Found:
    """Rules decide: they import the contract, the facts of Vietnam and the standard library; nothing that does I/O."""
    package, _, inner = source.module.partition(".")
    if not source.is_product or inner.split(".")[0] != "rules":
        return
    for line, name in source.imports():
        top = name.split(".")[0]
        own = top == package and name.startswith(f"{package}.rules")
        shared = name in _PURE or (name.startswith(_PURE_PACKAGES) and name not in _READING)
        if not (own or shared or (top in sys.stdlib_module_names and top not in _IO)):
            yield line, f"rules may not import {name}: hand them what it gives as an argument."


_PURE_PACKAGES = ("legalaid.events.", "legalaid.vietnam.", "pydantic.")
_PURE = frozenset({"legalaid.events", "legalaid.clock.VIETNAM"})
_READING = frozenset({"legalaid.vietnam.calendar", "legalaid.vietnam.calendar.load"})
"""``load`` reads a file: main reads the calendar, and rules get it, so they import its class by name."""
_IO = frozenset(
    {
        "asyncio",
        "concurrent",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
    }
)
"""Standard modules through which a rule could reach the world."""


def short_files(source: Source) -> Found:
    """What does not fit into a head is split."""
    lines = source.text.count("\n")
    if source.path.endswith(_WRITTEN) and source.path not in _GENERATED and lines > LONGEST:
        yield LONGEST + 1, f"the file has {lines} lines, more than {LONGEST}: split it by what its parts are for."


LONGEST = 500
_WRITTEN = (".py", ".md", ".toml", ".sh", ".yaml", ".yml", ".html", ".js", ".css", "Makefile")
_GENERATED = frozenset({"docs/asyncapi.yaml", "docs/events.md", "docs/metrics.md"})


def reasons(source: Source) -> Found:
    """An exception from a rule says which rule, and why; of several close together, the first speaks for its rule."""
    if not source.path.endswith(".py"):
        return
    given: dict[str, int] = {}
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, comment = token.start[0], token.string
        if re.search(r"#\s*noqa", comment):
            known = re.search(r"# noqa: ([A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*)( - \S)?", comment)
            rules = known[1].split(", ") if known else []
            if known and known[2]:
                given |= dict.fromkeys(rules, line)
            elif not rules or any(line - given.get(rule, -_CLOSE) >= _CLOSE for rule in rules):
                yield line, "write `# noqa: <rule> - <reason>`."
        if re.search(r"#\s*type:\s*ignore", comment) and not _IGNORE.search(comment):
            yield line, "write `# type: ignore[<rule>]  # <reason>`."


_CLOSE = 20
"""Lines for which a reason holds."""
_IGNORE = re.compile(r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # \S")


def no_addresses(source: Source) -> Found:
    """A lock file names what is installed and its hash; where that comes from is a matter of the machine."""
    if not source.path.endswith((".lock", "package-lock.json")):
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if _ADDRESS.search(line):
            yield number, "an address in a lock file: a mirror or none must do as well, so leave the hash alone."


_ADDRESS = re.compile(r"\w://|\"resolved\"|--(extra-)?index-url|--find-links")

RULES: tuple[Rule, ...] = (
    topics_named_once,
    pure_rules,
    short_files,
    reasons,
    no_addresses,
)
