"""The check must find what it is for; each test breaks one thing in a log that is right."""

import json
from typing import Any

import pytest

from dev.faults.ownership import Entry, Unowned, entry
from legalaid.events.words import OwnerKind, Status

REQUEST = "vn.legalaid.request.received.v1"
OWNER = {"kind": "CENTRE", "code": "TGPL-11", "name": "Trung tâm", "province": "11"}
OPEN: dict[str, Any] = {
    "case_id": "c",
    "status": "ASSIGNED",
    "owner": OWNER,
    "next_action": "REVIEW",
    "due_at": "2026-11-24T10:00:00+07:00",
}
ENDED = OPEN | {"status": "WITHDRAWN", "owner": None, "next_action": None, "due_at": None}


def case(sequence: int, type_: str, data: dict[str, Any], *, key: str = "c", event_id: str = "") -> Entry:
    return Entry(key, f"vn.legalaid.case.{type_}.v1", event_id or f"{key}-{sequence}", sequence, data)


def asked(key: str = "c") -> Entry:
    return Entry(key, REQUEST, f"r-{key}", 1, {})


GOOD = (asked(), case(1, "opened", OPEN), case(2, "reassessed", OPEN), case(3, "closed", ENDED))


def found(*entries: Entry) -> dict[str, str]:
    unowned = Unowned()
    unowned.take(entries)
    return unowned.found()


def test_a_log_that_is_right() -> None:
    assert found(*GOOD) == {}
    assert found(*GOOD, GOOD[1], GOOD[3]) == {}  # published again: the same facts
    assert found(GOOD[3], GOOD[1], GOOD[2], GOOD[0]) == {}  # partitions and topics are read in any order


@pytest.mark.parametrize(
    "change",
    [
        {"owner": None},
        {"owner": {"kind": "CENTRE", "code": ""}},
        {"owner": {"kind": "NOBODY", "code": "X"}},
        {"owner": [OWNER, OWNER]},
        {"next_action": None},
        {"next_action": ["REVIEW", "CALL_BACK"]},
        {"next_action": ""},
        {"due_at": None},
        {"due_at": "soon"},
        {"due_at": "2026-11-24T10:00:00"},
        {"status": "LOST"},
        {"status": None},
        {"case_id": "another"},
    ],
    ids=str,
)
def test_an_open_case_without_one_of_each_is_found_even_if_it_had_them_later(change: dict[str, Any]) -> None:
    assert list(found(asked(), case(1, "opened", OPEN | change), *GOOD[2:])) == ["c"]
    without = {name: value for name, value in OPEN.items() if name not in change}
    assert list(found(asked(), case(1, "opened", without), *GOOD[2:])) == ["c"]


@pytest.mark.parametrize("held", ["owner", "next_action", "due_at"])
def test_an_ended_case_that_somebody_still_has(held: str) -> None:
    assert list(found(*GOOD[:3], case(3, "closed", ENDED | {held: OPEN[held]}))) == ["c"]


def test_what_was_asked_and_nobody_has() -> None:
    assert list(found(*GOOD, asked("other"))) == ["other"]
    owed = Entry("call", "vn.legalaid.call.callback-owed.v1", "x", 3, {})
    assert list(found(*GOOD, owed)) == ["call"]


def test_two_owners_at_a_time() -> None:
    other = OPEN | {"owner": OWNER | {"code": "TGPL-15"}}
    assert "two histories" in found(*GOOD, case(2, "reassessed", other, event_id="elsewhere"))["c"]
    assert "two contents" in found(*GOOD, case(2, "reassessed", other))["c"]


def test_a_history_with_a_hole() -> None:
    assert "numbered 1, 3" in found(GOOD[0], GOOD[1], GOOD[3])["c"]
    assert list(found(asked(), case(2, "reassessed", OPEN))) == ["c"]
    assert list(found(asked(), case(1, "reassessed", OPEN))) == ["c"]


def test_an_entry_is_read_from_the_bytes_of_a_record() -> None:
    headers = [("ce_type", REQUEST.encode()), ("ce_id", b"i"), ("ce_sequence", b"0000000012"), ("traceparent", None)]
    assert entry(b"c", json.dumps(OPEN).encode(), headers) == Entry("c", REQUEST, "i", 12, OPEN)


def test_it_knows_the_words_of_the_contract() -> None:
    """They are spelled out twice; here the two meet."""
    for status in Status:
        state = (OPEN if status.is_open else ENDED) | {"status": status.value}
        assert found(asked(), case(1, "opened", state)) == {}, status
    for kind in OwnerKind:
        assert found(asked(), case(1, "opened", OPEN | {"owner": OWNER | {"kind": kind.value}})) == {}
