"""P3 from outside: whether every open case has, at every moment, one owner, one next action and one due time.

Read from the raw records of the log. It imports nothing of routing and none of the event models, whose validators it
would otherwise only repeat; its words are spelled out here a second time on purpose.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_ENDED = {"COMPLETED", "REFUSED", "TRANSFERRED", "WITHDRAWN", "DISCONTINUED", "LINKED"}
_OPEN = {"RECEIVED", "CHECKING", "NEED_MORE_INFO", "ASSIGNED", "ACCEPTED", "IN_PROGRESS"}
_OWNERS = {"DESK", "CENTRE", "BRANCH"}
_ASKS = "vn.legalaid.request.received.v1"
_OWES = "vn.legalaid.call.callback-owed.v1"
_OPENED = "vn.legalaid.case.opened.v1"


@dataclass(frozen=True)
class Entry:
    """One record of the log, as bytes tell it."""

    key: str
    type: str
    id: str
    sequence: int
    data: Mapping[str, Any]


def entry(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Entry:
    """A record of the topics of requests, calls or cases. Raises ``ValueError`` or ``KeyError`` when it is no event."""
    told = {name: (text or b"").decode() for name, text in headers}
    data = json.loads(value or b"")
    return Entry((key or b"").decode(), told["ce_type"], told["ce_id"], int(told["ce_sequence"]), data)


@dataclass
class Unowned:
    """Takes the log piece by piece, in any order of partitions; ``found()`` tells of everything taken so far."""

    _wanted: dict[str, str] = field(default_factory=dict)
    _history: dict[str, dict[int, Entry]] = field(default_factory=lambda: defaultdict(dict))
    _found: dict[str, str] = field(default_factory=dict)

    def take(self, entries: Iterable[Entry]) -> None:
        """More of the log. A record that came before is the same fact again."""
        for each in entries:
            if each.type in (_ASKS, _OWES):
                self._wanted[each.key] = each.type
            elif each.type.startswith("vn.legalaid.case."):
                self._take_case(each)

    def _take_case(self, entry: Entry) -> None:
        history = self._history[entry.key]
        known = history.setdefault(entry.sequence, entry)
        if known.id != entry.id:
            self._found[entry.key] = f"two histories: two different events have the sequence {entry.sequence}"
        elif known.data != entry.data:
            self._found[entry.key] = f"event {entry.sequence} was published with two contents"
        elif reason := _fault(entry):
            self._found[entry.key] = f"after event {entry.sequence}: {reason}"

    def found(self) -> dict[str, str]:
        """Ids with what is wrong, in words."""
        found = dict(self._found)
        for case, history in self._history.items():
            numbers = sorted(history)
            if numbers != list(range(1, len(numbers) + 1)):
                found.setdefault(case, f"its events are numbered {_ranges(numbers)}")
            elif history[1].type != _OPENED:
                found.setdefault(case, "its first event does not open it")
        for wanted, cause in self._wanted.items():
            if wanted not in self._history:
                found.setdefault(wanted, f"{cause} is in the log, and nobody has the case")
        return found

    def types(self, case: str) -> list[str]:
        """The types of a case's events, oldest first."""
        history = self._history.get(case, {})
        return [history[number].type for number in sorted(history)]


def _fault(entry: Entry) -> str:
    """What is wrong with the state that an event of a case tells; empty when nothing is."""
    data = entry.data
    status, owner = data.get("status"), data.get("owner")
    if data.get("case_id") != entry.key:
        return "it is about another case than its key says"
    if status in _ENDED:
        held = [name for name in ("owner", "next_action", "due_at") if data.get(name) is not None]
        return f"it has ended, and has still {' and '.join(held)}" if held else ""
    if status not in _OPEN:
        return f"its status is {status!r}"
    if not isinstance(owner, Mapping) or owner.get("kind") not in _OWNERS or not owner.get("code"):
        return "it is open, and nobody owns it"
    if not isinstance(data.get("next_action"), str) or not data["next_action"]:
        return "it is open, and there is no next action"
    return "" if _is_time(data.get("due_at")) else "it is open, and there is no due time"


def _is_time(text: object) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _ranges(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
