"""Events on the wire: our codec against the CloudEvents SDK, and against everything that is not an event."""

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from string import ascii_letters, digits
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from legalaid.events import TYPES, Event, EventData, UndecodableError, decode, encode
from legalaid.events.__main__ import ROOT
from legalaid.events.calls import CallAnswered
from legalaid.events.generate import SCHEMAS
from legalaid.events.schemas import schema
from legalaid.events.sealed import BOX_PATTERN
from legalaid.events.words import Status
from legalaid.ids import UUID_PATTERN

ID = "0b0f8e5e-7b1c-5d2a-9c3e-1f2d3c4b5a60"
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
EVENT = Event(ID, ID, 12, AT, ID, CallAnswered(call_id=ID, answered_at=AT), "00-" + "a" * 32 + "-" + "b" * 16 + "-01")


def _values(node: dict[str, Any], root: dict[str, Any]) -> SearchStrategy[Any]:
    """JSON that a schema of ours takes."""
    if "$ref" in node:
        return _values(root["$defs"][node["$ref"].removeprefix("#/$defs/")], root)
    if "anyOf" in node:
        return st.one_of([_values(choice, root) for choice in node["anyOf"]])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if node["type"] == "object":
        return st.fixed_dictionaries({name: _values(field, root) for name, field in node["properties"].items()})
    return {
        "array": st.lists(_values(node["items"], root), max_size=3) if "items" in node else st.nothing(),
        "date-time": _times().map(datetime.isoformat),
        "date": st.dates().map(lambda day: day.isoformat()),
        "boolean": st.booleans(),
        "null": st.none(),
        "integer": st.integers(min_value=node.get("minimum", 0), max_value=2**31),
        "string": _matching(node["pattern"]) if "pattern" in node else st.text(min_size=1, max_size=200),
    }[node.get("format", node["type"])]


@cache
def _matching(pattern: str) -> SearchStrategy[str]:
    """All text that the pattern takes; what is long and frequent in one draw, not in one for each letter."""
    if pattern == UUID_PATTERN:
        return st.uuids().map(str)
    if pattern == BOX_PATTERN:
        return st.text(ascii_letters + digits + "_-", min_size=38).map("1.{}".format)
    return st.from_regex(pattern.replace("$", r"\Z"), alphabet=st.characters(codec="ascii"))


@cache
def _data(name: str) -> SearchStrategy[Any]:
    """The data of a type; what is built anew for each example costs more than the example."""
    return _values(schema(name), schema(name))


@cache
def _times() -> SearchStrategy[datetime]:
    offsets = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
    moments = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001 - hypothesis wants naive bounds
    return moments.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))


@st.composite
def _events(draw: st.DrawFn) -> Event[EventData]:
    name = draw(st.sampled_from(sorted(TYPES)))
    data = draw(_data(name))
    if "next_action" in data:  # an ended case has no owner, no next action and no due time; an open one has all
        opened: dict[str, Any] = {"owner": _OWNER, "next_action": "REVIEW", "due_at": "2026-11-25T10:00:00Z"}
        data |= opened if Status(data["status"]).is_open else dict.fromkeys(opened)
    sequence = draw(st.integers(1, 10**10 - 1))
    trace = draw(st.none() | st.just(EVENT.traceparent))
    model = TYPES[name].model_validate_json(json.dumps(data))
    return Event(ID, data[TYPES[name].topic.key], sequence, draw(_times()).astimezone(UTC), ID, model, trace)


_OWNER = {"kind": "CENTRE", "code": "TGPL-11", "name": "Trung tâm", "province": "11"}


@given(_events())
def test_every_event_survives_the_wire(event: Event[EventData]) -> None:
    message = encode(event)
    assert decode(message.value, message.headers) == event
    assert message.key == event.subject
    assert encode(decode(message.value, message.headers)) == message


@given(_events())
def test_the_cloudevents_sdk_reads_what_we_write(event: Event[EventData]) -> None:
    message = encode(event)
    read = from_binary(KafkaMessage(dict(message.headers), message.key, message.value), JSONFormat(), CloudEvent)
    assert (read.get_id(), read.get_type(), read.get_source()) == (event.id, event.type, event.source)
    assert (read.get_specversion(), read.get_subject(), read.get_time()) == ("1.0", event.subject, event.time)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("correlationid") == event.correlation_id
    assert read.get_extension("sequence") == f"{event.sequence:010d}"
    assert read.get_data() == event.data.model_dump(mode="json")


@given(_events())
def test_we_read_what_the_cloudevents_sdk_writes(event: Event[EventData]) -> None:
    attributes = {
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "specversion": "1.0",
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": "application/json",
        "sequence": f"{event.sequence:010d}",
        "correlationid": event.correlation_id,
    }
    message = to_binary(CloudEvent(attributes, event.data.model_dump(mode="json")), JSONFormat())
    read = decode(message.value, list(message.headers.items()))
    assert (read.data, read.time, read.sequence, read.subject) == (
        event.data,
        event.time,
        event.sequence,
        event.subject,
    )


@given(st.integers(1, 10**10 - 1), st.integers(1, 10**10 - 1))
def test_sequences_compare_as_text_as_the_extension_demands(one: int, other: int) -> None:
    def text(sequence: int) -> bytes:
        return dict(encode(Event(ID, ID, sequence, AT, ID, EVENT.data)).headers)["ce_sequence"]

    assert (text(one) < text(other)) == (one < other)


_HEADERS = dict(encode(EVENT).headers)
_NAMES = st.sampled_from(sorted(_HEADERS))


@given(
    value=st.none() | st.binary(max_size=50) | st.just(encode(EVENT).value),
    broken=st.dictionaries(_NAMES, st.none() | st.binary(max_size=30) | st.text(max_size=30).map(str.encode)),
    gone=st.sets(_NAMES, max_size=3),
)
def test_junk_is_undecodable_and_nothing_else(
    value: bytes | None, broken: dict[str, bytes | None], gone: set[str]
) -> None:
    headers = [(name, text) for name, text in {**_HEADERS, **broken}.items() if name not in gone]
    with contextlib.suppress(UndecodableError):
        assert encode(decode(value, headers)).topic == "legalaid.calls"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ce_specversion": b"0.3"}, "not-cloudevents"),
        ({"ce_specversion": None}, "not-cloudevents"),
        ({"content-type": b"application/cloudevents+json"}, "not-cloudevents"),
        ({"content-type": None}, "not-cloudevents"),
        ({"ce_id": None}, "missing-attribute"),
        ({"ce_type": None}, "missing-attribute"),
        ({"ce_subject": None}, "missing-attribute"),
        ({"ce_time": None}, "missing-attribute"),
        ({"ce_sequence": None}, "missing-attribute"),
        ({"ce_correlationid": None}, "missing-attribute"),
        ({"ce_type": b"vn.legalaid.call.answered.v9"}, "unknown-type"),
        ({"ce_type": b"\xff"}, "bad-attribute"),
        ({"ce_id": b""}, "bad-attribute"),
        ({"ce_subject": b""}, "bad-attribute"),
        ({"ce_time": b"2026-11-23T01:30:00"}, "bad-attribute"),
        ({"ce_time": b"yesterday"}, "bad-attribute"),
        ({"ce_sequence": b"0"}, "bad-attribute"),
        ({"ce_sequence": b"-1"}, "bad-attribute"),
        ({"ce_sequence": b"1_0"}, "bad-attribute"),
        ({"ce_sequence": b"9" * 40}, "bad-attribute"),
        ({"ce_type": b"vn.legalaid.call.ended.v1"}, "bad-data"),
    ],
)
def test_each_fault_has_its_reason(change: dict[str, bytes | None], reason: str) -> None:
    with pytest.raises(UndecodableError) as caught:
        decode(encode(EVENT).value, list({**_HEADERS, **change}.items()))
    assert caught.value.reason == reason


def test_a_missing_value_is_not_an_event() -> None:
    with pytest.raises(UndecodableError, match="not-cloudevents"):
        decode(None, encode(EVENT).headers)


def test_bad_data_is_never_quoted() -> None:
    with pytest.raises(UndecodableError) as caught:
        decode(b'{"call_id": "Nguyen Van A"}', encode(EVENT).headers)
    assert "Nguyen" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("trace", [b"", b"00-abc", b"\xff" * 55, b"00-" + b"A" * 32 + b"-" + b"b" * 16 + b"-01"])
def test_bad_trace_context_costs_nobody_their_event(trace: bytes) -> None:
    event = decode(encode(EVENT).value, [*encode(EVENT).headers[:-1], ("traceparent", trace)])
    assert event.traceparent is None
    assert event.data == EVENT.data


def test_readers_pass_over_what_they_do_not_know_at_every_depth() -> None:
    event = TYPES["vn.legalaid.case.opened.v1"]
    example = json.loads((ROOT / SCHEMAS / "examples/vn.legalaid.case.opened.v1.json").read_text("utf-8"))
    data = {**example["data"], "later": [2], "owner": {**_OWNER, "later": 1}}
    headers = {**_HEADERS, "ce_type": event.event_type.encode()}
    assert decode(json.dumps(data).encode(), list(headers.items())).data.owner.code == "TGPL-11"
    with pytest.raises(ValueError, match="later"):
        event.model_validate_json(json.dumps(data))  # but a writer knows all its fields


@pytest.mark.parametrize(("sequence", "time"), [(0, AT), (1, AT.replace(tzinfo=None))])
def test_what_no_reader_would_take_is_not_written(sequence: int, time: datetime) -> None:
    with pytest.raises(ValueError, match="aware time"):
        encode(Event(ID, ID, sequence, time, ID, EVENT.data))
