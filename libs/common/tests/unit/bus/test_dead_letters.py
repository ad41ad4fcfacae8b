from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from legalaid.bus.dead_letters import Letter, Refusal, letter, read
from legalaid.bus.record import Record
from legalaid.bus.replay import Replayed
from legalaid.errors import PermanentError
from legalaid.events import calls, requests

Make = Callable[[Sequence[str]], list[Any]]

HEADERS = st.lists(
    st.tuples(
        st.text(min_size=1, max_size=8).filter(lambda name: not name.startswith("dlq_")), st.none() | st.binary()
    ),
    max_size=4,
).map(tuple)
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class _Record:
    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)


def _bury(record: Any, reason: str = "gap", error: str = "") -> Letter:
    raw = letter(Refusal(record, reason, error), group="routing", topic="legalaid.calls", at=AT)
    assert raw.topic == "legalaid.routing.dead-letters"
    buried: Any = _Record(offset=99, key=raw.key, value=raw.value, headers=raw.headers)
    return Letter.of(buried)


@given(st.none() | st.binary(), st.binary(), HEADERS)
def test_what_is_replayed_is_what_came(key: bytes | None, value: bytes, headers: Any) -> None:
    record = _Record(partition=3, offset=17, timestamp=1_795_000_000_123, key=key, value=value, headers=headers)
    found = _bury(record)
    assert (found.original.key, found.original.value, found.original.headers) == (key, value, headers)
    assert found.original.topic == "legalaid.calls"
    assert found.original.partition == (3 if key is None else None)


def test_a_dead_letter_says_where_from_why_and_when() -> None:
    record = _Record(partition=3, offset=17, timestamp=1_795_000_000_123, key=b"k", value=b"v", headers=())
    assert _bury(record, "handler-error", "KeyError").about == {
        "reason": "handler-error",
        "topic": "legalaid.calls",
        "partition": "3",
        "offset": "17",
        "timestamp": "2026-11-18T11:06:40.123+00:00",
        "group": "routing",
        "error": "KeyError",
        "at": "2026-11-24T08:00:00.000+00:00",
    }


def test_a_record_of_nothing_can_still_be_buried() -> None:
    record = _Record(partition=0, offset=1, timestamp=0, key=None, value=None, headers=())
    assert _bury(record).original.value == b""


def test_only_events_of_the_topic_are_read(make_records: Make) -> None:
    records = make_records(["good", "junk", "good"])
    events, sources, refusals = read(calls.TOPIC, records)
    assert [event.type for event in events] == ["vn.legalaid.call.answered.v1"] * 2
    assert sources == [records[0], records[2]]
    assert [(one.record, one.reason, one.error) for one in refusals] == [
        (records[1], "not-cloudevents", "UndecodableError")
    ]
    events, _, refusals = read(requests.TOPIC, records)
    assert events == []
    assert [one.reason for one in refusals] == ["wrong-topic", "not-cloudevents", "wrong-topic"]


def test_bytes_that_break_the_decoder_itself_are_refused_too() -> None:
    broken: Record = _Record(offset=0, value=b"{}", headers=None)  # type: ignore[assignment]  # broken on purpose
    assert [(one.reason, one.error) for one in read(calls.TOPIC, [broken])[2]] == [("decode-error", "TypeError")]


def test_an_error_is_named_by_its_reason_or_its_class_and_never_quoted() -> None:
    record: Any = _Record()
    assert Refusal.because(record, PermanentError("sealed-box"), "handler-error").reason == "sealed-box"
    bug = Refusal.because(record, ValueError("Giàng Thị Máy"), "handler-error")
    assert (bug.reason, bug.error) == ("handler-error", "ValueError")


@given(st.lists(st.sampled_from(["gap", "bad-data", "handler-error"]), max_size=30), st.data())
def test_replays_by_any_choice_of_reasons_send_each_letter_once(reasons: list[str], data: st.DataObject) -> None:
    letters: list[Any] = [_Record(offset=offset, reason=reason) for offset, reason in enumerate(reasons)]
    done = Replayed({})
    sent: list[int] = []
    for _ in range(data.draw(st.integers(0, 4))):
        chosen = data.draw(st.sampled_from(["gap", "bad-data", None]))
        limit = data.draw(st.integers(1, 30))
        now = [one for one in letters if not done.has(one) and chosen in {None, one.reason}][:limit]
        sent += [one.offset for one in now]
        done = done.and_also(now)
    now = [one for one in letters if not done.has(one)]
    assert sorted(sent + [one.offset for one in now]) == list(range(len(reasons)))
