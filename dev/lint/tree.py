"""The rules over all files at once."""

import ast
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence

from dev.lint.source import Finding, Source

TreeRule = Callable[[Sequence[Source]], Iterator[Finding]]


def same_shape(sources: Sequence[Source]) -> Iterator[Finding]:
    """The services have the same shape, so that who knows one finds the way in each."""
    paths = {source.path for source in sources}
    for service in SERVICES:
        folder = f"services/{service}/src/{service}"
        for part in SAME:
            if not {f"{folder}/{part}.py", f"{folder}/{part}/__init__.py"} & paths:
                yield Finding(f"{folder}/{part}.py", 1, f"{service} has no {part}, which every service has.")


SERVICES = ("intake", "routing", "notify", "reports")
SAME = ("rules", "handlers", "store", "api", "settings", "main", "__main__")
"""Each is a file, or a folder where one file is not enough."""


def no_dead_links(sources: Sequence[Source]) -> Iterator[Finding]:
    """What a document or a docstring points to is there, and the index of docs/ names every document."""
    paths = {source.path for source in sources}
    for source in sources:
        if source.path.endswith(".md"):
            yield from _links(source, paths)
        if source.path.endswith((".md", ".py")) and "/tests/" not in source.path:
            for number, line in enumerate(source.text.splitlines(), 1):
                for target in re.findall(r"(?<![\w/.-])docs/[\w./-]+\.md", line):
                    if target not in paths:
                        yield Finding(source.path, number, f"{target} does not exist.")
    index = next((source.text for source in sources if source.path == "docs/README.md"), "")
    for path in paths:
        if re.fullmatch(r"docs/(adr/)?[\w-]+\.md", path) and path != "docs/README.md":
            below = path.removeprefix("docs/")
            if f"({below})" not in index:
                yield Finding("docs/README.md", 1, f"the index does not name {below}.")


def _links(source: Source, paths: set[str]) -> Iterator[Finding]:
    folders = {posixpath.dirname(path) for path in paths}
    folders |= {parent for folder in folders for parent in _parents(folder)}
    for number, line in enumerate(source.text.splitlines(), 1):
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", line):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), target))
            if path not in paths and path not in folders:
                yield Finding(source.path, number, f"the link to {target} leads nowhere.")


def _parents(folder: str) -> Iterator[str]:
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def documented_problems(sources: Sequence[Source]) -> Iterator[Finding]:
    """Clients decide by the type of a problem, so docs/problems.md has every one that is raised, and no other."""
    said = next((source.text for source in sources if source.path == PROBLEMS), "")
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", said, re.MULTILINE))
    raised: set[str] = set()
    for source in filter(lambda source: source.is_product, sources):
        for line, slug in _slugs(source):
            raised.add(slug)
            if slug not in listed:
                yield Finding(source.path, line, f"{PROBLEMS} does not list the problem {slug}.")
    for slug in sorted(listed - raised):
        yield Finding(PROBLEMS, 1, f"no code raises the problem {slug}.")


PROBLEMS = "docs/problems.md"


def _slugs(source: Source) -> Iterator[tuple[int, str]]:
    """The second argument of each ``Problem(...)``, and the texts of the table ``_TITLES`` of the framework's own."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Problem":
            texts = node.args[1:2]
        elif isinstance(node, ast.Assign) and "_TITLES" in {getattr(target, "id", "") for target in node.targets}:
            texts = [each.elts[0] for each in ast.walk(node.value) if isinstance(each, ast.Tuple)]
        else:
            continue
        for text in texts:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.lineno, text.value


RULES: tuple[TreeRule, ...] = (same_shape, no_dead_links, documented_problems)
