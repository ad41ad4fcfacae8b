import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from legalaid.errors import PermanentError, TransientError
from legalaid.events.people import Contact, Person
from legalaid.events.words import Status
from legalaid.telemetry import logs, redaction

NAME, PHONE = "Giàng Thị Mỷ", "0912345678"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    written = io.BytesIO()
    standard_output = io.TextIOWrapper(written, write_through=True)
    monkeypatch.setattr(sys, "stdout", standard_output)
    root = logging.getLogger()
    before = root.handlers, root.level, sys.excepthook, structlog.get_config()
    logs.configure("intake", "INFO", version="0.1.0")
    yield written
    standard_output.detach()
    root.handlers, root.level, sys.excepthook = before[:3]
    logging.captureWarnings(capture=False)
    structlog.configure(**before[3])


def read(lines: io.BytesIO) -> list[dict[str, Any]]:
    assert NAME.encode() not in lines.getvalue()
    assert PHONE.encode() not in lines.getvalue()
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_has_its_keys(lines: io.BytesIO) -> None:
    structlog.get_logger().info(
        "batch_done", topic="legalaid.requests", partition=3, seconds=0.25, status=Status.LINKED
    )
    (line,) = read(lines)
    at = datetime.fromisoformat(line.pop("timestamp"))
    assert at.tzinfo is not None
    assert line == {
        "level": "info",
        "event": "batch_done",
        "service": "intake",
        "version": "0.1.0",
        "topic": "legalaid.requests",
        "partition": 3,
        "seconds": 0.25,
        "status": "LINKED",
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "Lan"),
        ("person_name", "Lan"),
        ("phone", 912345678),
        ("contact", {"a": "b"}),
        ("to", "84912345678"),
        ("anything", PHONE),
        ("anything", "+84912345678"),
        ("anything", "091.234.5678"),
        ("anything", "call 091 234 56 78"),
        ("anything", 84912345678),
        ("anything", NAME),
        ("anything", "he beats me every night"),
        ("anything", "x" * 121),
        ("anything", {"deep": [{"er": NAME}], NAME: 1}),
        ("anything", Contact(person=Person(name=NAME, phone="+84912345678"))),
        ("anything", [Person(name=NAME)]),
        ("anything", NAME.encode()),
        ("anything", date(1990, 5, 17)),
        ("anything", ValueError(NAME)),
    ],
)
def test_a_careless_call_leaks_nothing(key: str, value: Any) -> None:
    masked = json.dumps(redaction.mask(value, key), ensure_ascii=False)
    for planted in (NAME, "Giàng", "Lan", "0912", "9123", "234", "beats", "x" * 50, "1990"):
        assert planted not in masked


def test_the_event_itself_is_no_way_out(lines: io.BytesIO) -> None:
    structlog.get_logger().info(f"saved {NAME}", **{PHONE: 1})
    (line,) = read(lines)
    assert line["event"].startswith("[text of ")
    assert "[number]" in line


@pytest.mark.parametrize(
    "value",
    [
        "6f1c1a1e-9d5b-5c6e-8a53-180012330000",
        "12345678-1234-1234-1234-123456789012",
        "2026-11-24T05:42:02.123000+00:00",
        "legalaid.requests",
        "TGPL-11-CN2",
        "handler-error",
        "0af7651916cd43dd8448eb211c80319c",
        "broker-2.kafka:9092",
        "",
    ],
)
def test_what_is_ours_passes(value: str) -> None:
    assert redaction.mask(value, "anything") == value


def test_numbers_and_times_pass() -> None:
    at = datetime(2026, 11, 24, 5, 42, tzinfo=UTC)
    assert redaction.mask({"offset": 10**12, "count": 12, "ok": True, "at": at, "none": None}) == {
        "offset": 10**12,
        "count": 12,
        "ok": True,
        "at": "2026-11-24T05:42:00+00:00",
        "none": None,
    }


@given(
    digits=st.text("0123456789", min_size=9, max_size=15),
    between=st.lists(st.sampled_from(["", " ", ".", "-", " - ", "/", "("]), min_size=15, max_size=15),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_no_telephone_number_passes_however_it_is_written(
    digits: str, between: list[str], before: str, after: str
) -> None:
    written = before + "".join(a + b for a, b in zip(digits, between, strict=False)) + after
    for masked in (redaction.mask(written, "anything"), redaction.mask_sentence(written)):
        left = "".join(character for character in masked if character in "0123456789")
        assert digits not in left or redaction._HEX.fullmatch(written)  # sixteen digits may be a span id


@given(st.text(min_size=12), st.text(min_size=1, max_size=30))  # shorter may stand in "[text of 12]" by chance
def test_no_vietnamese_or_spaced_text_passes(text: str, key: str) -> None:
    if not text.isascii() or " " in text:
        assert text not in json.dumps(redaction.mask({key: text}, ""), ensure_ascii=False).replace(f'"{key}":', "")


def refused() -> ValidationError:
    with pytest.raises(ValidationError) as info:
        Person.model_validate({"name": NAME * 30, "phone": PHONE})
    return info.value


@pytest.mark.parametrize(
    "error",
    [
        refused(),
        ValueError(f"{NAME} {PHONE}"),
        PermanentError(f"bad {NAME}"),
        OSError(111, f"refused {NAME}"),
        ExceptionGroup(NAME, [ValueError(PHONE), RuntimeError(NAME)]),
    ],
)
def test_exceptions_are_classes_and_places(lines: io.BytesIO, error: Exception) -> None:
    def inner(secret: str) -> None:
        assert secret
        raise error

    try:
        try:
            inner(NAME)
        except Exception as cause:
            raise TransientError(NAME) from cause
    except TransientError:
        structlog.get_logger().exception("request_failed")
        logging.getLogger("library").exception("it broke: %s", error)
    ours, theirs = read(lines)
    assert ours["exception"][0]["type"] == "legalaid.errors.TransientError"
    assert ours["exception"][1]["type"].endswith(type(error).__qualname__)
    assert any("test_redaction.py" in place and place.endswith(" inner") for place in ours["exception"][1]["at"])
    assert theirs["exception"] == ours["exception"]


def test_what_helps_an_operator_stays(lines: io.BytesIO) -> None:
    structlog.get_logger().error("failed", exc_info=ConnectionRefusedError(111, "x"))
    structlog.get_logger().error("failed", exc_info=PermanentError("unknown-type"))
    connection, permanent = read(lines)
    assert connection["exception"][0]["errno"] == "ECONNREFUSED"
    assert permanent["exception"][0]["reason"] == "unknown-type"


def test_the_sentences_of_libraries(lines: io.BytesIO) -> None:
    library = logging.getLogger("aiokafka.consumer")
    library.warning("Heartbeat failed for group %s because %s", "legalaid.routing", NAME)
    library.error(f"duplicate key {{name: '{NAME}'}} for {NAME}\nsecond line {PHONE}")
    library.error("number %s and %d", PHONE, 912345678)
    heartbeat, duplicate, number = read(lines)
    assert heartbeat["detail"] == "Heartbeat failed for group legalaid.routing because [text of 12]"
    assert heartbeat["logger"] == "aiokafka.consumer"
    assert heartbeat["level"] == "warning"
    assert "second line" not in duplicate["detail"]
    assert number["detail"] in {"number [number] and [number]", "number %s and %d"}


def test_what_nobody_caught(lines: io.BytesIO) -> None:
    sys.excepthook(ValueError, ValueError(NAME), None)
    (line,) = read(lines)
    assert line["event"] == "uncaught_exception"
    assert line["exception"] == [{"type": "ValueError", "at": []}]
