"""Whatever somebody does to a record that was written, the check says so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from legalaid.audit.chain import BEFORE_THE_FIRST, Access, ChainCheck, Entry, Head, StoredEntry, chained, digest

WORDS = st.text(max_size=12)
ACCESSES = st.lists(
    st.builds(
        Access,
        at=st.datetimes().map(lambda at: at.isoformat() + "Z"),
        action=st.sampled_from(["case.read", "case.accept", "notice.decide"]),
        subject=WORDS,
        client=WORDS,
        centre=st.none() | WORDS,
        case=st.none() | WORDS,
        about=st.none() | WORDS,
        trace=st.none() | WORDS,
    ),
    min_size=2,
    max_size=8,
)
FIELDS = ("at", "action", "subject", "client", "centre", "case", "about", "trace", "before", "hash")

Documents = list[dict[str, Any]]


def stored(accesses: list[Access]) -> Documents:
    return [entry.to_document() for entry in chained(accesses, Head())]


def faults(documents: Documents, noted: dict[int, str] | None = None) -> list[str]:
    check = ChainCheck(noted=dict(noted or {}))
    found = [*(fault for document in documents for fault in check.see(document)), *check.end()]
    return [fault.line for fault in found]


def head(documents: Documents) -> dict[int, str]:
    return {documents[-1]["_id"]: documents[-1]["hash"]}


@given(ACCESSES)
def test_a_record_that_nobody_touched_is_whole(accesses: list[Access]) -> None:
    documents = stored(accesses)
    assert faults(documents, head(documents)) == []
    assert [document["_id"] for document in documents] == list(range(1, len(accesses) + 1))
    assert documents[0]["before"] == BEFORE_THE_FIRST


@given(ACCESSES, st.data())
def test_it_may_be_written_in_any_number_of_parts(accesses: list[Access], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(accesses)))
    first = chained(accesses[:cut], Head())
    assert [*first, *chained(accesses[cut:], first[-1].head)] == chained(accesses, Head())


@given(ACCESSES, st.data())
def test_an_altered_field_is_found(accesses: list[Access], data: st.DataObject) -> None:
    documents = stored(accesses)
    victim, field = data.draw(st.sampled_from(documents)), data.draw(st.sampled_from(FIELDS))
    value = data.draw(WORDS.filter(lambda text: text != victim.get(field)))
    victim[field] = value
    assert faults(documents)


@given(ACCESSES, st.data())
def test_a_field_that_was_taken_out_or_put_in_is_found(accesses: list[Access], data: st.DataObject) -> None:
    documents = stored(accesses)
    victim = data.draw(st.sampled_from(documents))
    if data.draw(st.booleans()):
        del victim[data.draw(st.sampled_from([name for name in victim if name != "_id"]))]
    else:
        victim["remark"] = "nothing to see here"
    assert faults(documents)


@given(ACCESSES, st.data())
def test_an_altered_entry_is_told_from_others_by_itself(accesses: list[Access], data: st.DataObject) -> None:
    documents = stored(accesses)
    victim, field = data.draw(st.sampled_from(documents)), data.draw(st.sampled_from(("_id", *FIELDS)))
    victim[field] = (
        0 if field == "_id" else data.draw((WORDS | st.integers()).filter(lambda it: it != victim.get(field)))
    )
    assert [each["_id"] for each in documents if StoredEntry.of(each).altered] == [victim["_id"]]


@pytest.mark.parametrize("remark", [{"_id": 1}, {"_id": 1, "hash": 7, "before": None}])
def test_what_is_no_entry_any_more_keeps_its_place(remark: dict[str, Any]) -> None:
    assert (StoredEntry.of(remark).sequence, StoredEntry.of(remark).entry, StoredEntry.of(remark).altered) == (
        1,
        None,
        True,
    )


@given(ACCESSES, st.data())
def test_a_fault_names_the_first_place_that_is_wrong(accesses: list[Access], data: st.DataObject) -> None:
    documents = stored(accesses)
    at = data.draw(st.integers(0, len(documents) - 2))
    if data.draw(st.booleans()):
        del documents[at]
    else:
        documents[at]["action"] += "x"
    check = ChainCheck()
    first = next(fault for document in documents for fault in check.see(document))
    assert first.sequence == at + 1


@given(ACCESSES, st.data())
def test_an_entry_altered_with_a_hash_that_fits_is_found_by_the_next(
    accesses: list[Access], data: st.DataObject
) -> None:
    documents = stored(accesses)
    at = data.draw(st.integers(0, len(documents) - 2))
    documents[at]["subject"] += "x"
    fields = {**documents[at], "sequence": documents[at]["_id"]}
    documents[at]["hash"] = digest({name: fields[name] for name in fields if name not in {"_id", "hash"}})
    assert faults(documents) == [f"{at + 2}: does not follow {at + 1}, which was altered or replaced"]


@given(ACCESSES, st.data())
def test_a_removed_entry_is_found(accesses: list[Access], data: st.DataObject) -> None:
    documents = stored(accesses)
    at = data.draw(st.integers(0, len(documents) - 2))
    del documents[at]
    assert faults(documents) == [f"{at + 1} to {at + 1}: missing"]


@given(ACCESSES, st.data())
def test_entries_that_changed_places_are_found(accesses: list[Access], data: st.DataObject) -> None:
    documents = stored(accesses)
    one, other = data.draw(st.lists(st.integers(0, len(documents) - 1), min_size=2, max_size=2, unique=True))
    names = documents[one]["_id"], documents[other]["_id"]
    documents[one], documents[other] = documents[other], documents[one]
    documents[one]["_id"], documents[other]["_id"] = names
    assert faults(documents)


@given(ACCESSES, st.data())
def test_a_shorter_record_is_found_by_a_head_that_was_noted(accesses: list[Access], data: st.DataObject) -> None:
    documents = stored(accesses)
    left = documents[: data.draw(st.integers(1, len(documents) - 1))]
    assert faults(left) == []  # the chain alone cannot say so
    assert faults(left, head(documents)) == [f"{len(documents)}: missing, it was noted elsewhere"]


@given(ACCESSES)
def test_a_record_written_anew_is_found_by_a_head_that_was_noted(accesses: list[Access]) -> None:
    documents = stored(accesses)
    anew = stored([access.model_copy(update={"subject": access.subject + "x"}) for access in accesses])
    assert faults(anew) == []
    assert faults(anew, head(documents)) == [f"{len(documents)}: replaced, another hash was noted"]


def test_an_empty_record_is_a_lost_one() -> None:
    assert faults([]) == ["there is no entry at all: not even the one that every record begins with"]


@pytest.mark.parametrize("name", [0, -1, 1.0, "1", True, None])
def test_a_name_that_is_no_sequence_is_found(name: object) -> None:
    document = stored([Access(at="", action="", subject="", client="")])[0]
    assert faults([{**document, "_id": name}])


def test_an_entry_is_read_as_it_was_written() -> None:
    entry = chained(
        [Access(at="2026-11-24T01:02:03.004Z", action="case.read", subject="auth0|ẩn", client="desk")], Head()
    )
    assert Entry.from_document(entry[0].to_document()) == entry[0]
    with pytest.raises(ValidationError):
        Entry.from_document({**entry[0].to_document(), "case": 7})


def test_the_hash_is_the_one_that_the_page_describes() -> None:
    access = Access(at="2026-11-24T01:02:03.004+00:00", action="case.read", subject="ẩn", client="desk")
    assert chained([access], Head())[0].hash == "4444d7fc50fc32c03373250eb81815fdb9722e16d0ea57554de43d5ab8ca7ae2"
