"""Whether one JSON Schema of the contract may take the place of another. Exact for the constructs that our models use.

Two directions matter. Records are kept for ever, so today's code must read every old one and understand the same by it.
And for a while old readers run beside new writers: they pass over new fields, but nothing else may surprise them.
So a schema may only gain optional fields and enum values. A new enum value (like a new event type) is dead-lettered by
a reader that does not know it, until it is replayed: the readers must be deployed before the writer, which a note
says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ANNOTATIONS = frozenset({"$schema", "$id", "title", "description", "examples"})
"""Keywords that change nothing for a reader."""
_INNER = frozenset({"items", "propertyNames", "additionalProperties"})
"""Keywords that hold one schema."""
_ABSENT = object()


@dataclass(frozen=True)
class Finding:
    """One difference: ``where`` it is, what it means and what to do. A note does not fail the gate."""

    where: str
    sentence: str
    note: bool = False

    def __str__(self) -> str:
        """As it is printed."""
        return f"{'note' if self.note else 'FAIL'}  {self.where}: {self.sentence}"


def compare(where: str, old: dict[str, Any], new: dict[str, Any]) -> list[Finding]:
    """Every difference between two whole schemas that a reader could notice."""
    return list(_node(where, _plain(_inline(old, old)), _plain(_inline(new, new))))


def _inline(node: Any, root: dict[str, Any]) -> Any:
    """The schema with what its references point to in their place, wherever they stand."""
    if isinstance(node, list):
        return [_inline(value, root) for value in node]
    if not isinstance(node, dict):
        return node
    own = {key: _inline(value, root) for key, value in node.items() if key not in {"$ref", "$defs"}}
    if "$ref" not in node:
        return own
    return {**_inline(root["$defs"][node["$ref"].removeprefix("#/$defs/")], root), **own}


def _plain(node: dict[str, Any]) -> dict[str, Any]:
    """The schema without annotations and with null last, so that equal meaning is equal data."""
    plain: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            plain[key] = {name: _plain(field) for name, field in value.items()}
        elif key == "anyOf":
            plain[key] = sorted(map(_plain, value), key=lambda choice: choice == {"type": "null"})
        elif key == "const":
            plain["enum"] = [value]
        elif key in _INNER and isinstance(value, dict):
            plain[key] = _plain(value)
        elif key not in _ANNOTATIONS:
            plain[key] = value
    return plain


def _node(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Finding]:
    for keyword in sorted(old.keys() | new.keys()):
        before, after = old.get(keyword, _ABSENT), new.get(keyword, _ABSENT)
        if keyword == "required":
            continue  # _fields looks at it, field by field
        if keyword == "properties":
            yield from _fields(where, old, new)
        elif before == after:
            continue
        elif keyword == "enum" and before is not _ABSENT and after is not _ABSENT:
            yield from _values(where, before, after)
        elif keyword == "anyOf" and before is not _ABSENT and after is not _ABSENT and len(before) == len(after):
            for one, other in zip(before, after, strict=True):
                yield from _node(where, one, other)
        elif keyword in _INNER and _both_schemas(before, after):
            yield from _node(f"{where}[]", before, after)
        elif keyword == "x-compartment":
            yield Finding(
                where, f"moved from compartment {before} to {after}: old boxes would not open. Add a new field."
            )
        else:
            yield from _changed(where, keyword, before, after)


def _both_schemas(before: Any, after: Any) -> bool:
    return isinstance(before, dict) and isinstance(after, dict)


def _changed(where: str, keyword: str, before: Any, after: Any) -> Iterator[Finding]:
    if keyword == "default":
        if before is not _ABSENT:  # a default that appears comes with a field that is no longer required
            yield Finding(
                where,
                f"its default changed from {before!r} to {_shown(after)}: records from before the field existed would "
                "mean something else. Keep the default.",
            )
        return
    yield Finding(
        where,
        f"{keyword} changed from {_shown(before)} to {_shown(after)}: an old record or a running reader would break. "
        "Keep it and add a new optional field, or register a new version (.vN+1) beside this one.",
    )


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else repr(value)


def _fields(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Finding]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed = set(old.get("required", ())), set(new.get("required", ()))
    for name in before.keys() - after.keys():
        yield Finding(
            f"{where}.{name}",
            "the field was removed, but kept records and running readers have it. Keep the field, or register a new "
            "version (.vN+1) beside this one.",
        )
    for name in (after.keys() - before.keys()) & needed:
        yield Finding(
            f"{where}.{name}",
            "the new field is required, but old records lack it. Give it a default that is true for them.",
        )
    for name in before.keys() & after.keys():
        if name in needed - needed_before:
            yield Finding(
                f"{where}.{name}", "the field became required, but old records may lack it. Keep its default."
            )
        yield from _node(f"{where}.{name}", before[name], after[name])


def _values(where: str, before: list[Any], after: list[Any]) -> Iterator[Finding]:
    gone = [value for value in before if value not in after]
    if gone:
        yield Finding(
            where,
            f"no longer takes {', '.join(map(str, gone))}, which old records hold. Keep the value and stop writing it.",
        )
    added = [value for value in after if value not in before]
    if added:
        yield Finding(
            where, f"may now be {', '.join(map(str, added))}: deploy every reader before the writer.", note=True
        )
