from datetime import UTC, date, datetime

from bson import BSON
from bson.codec_options import CodecOptions
from pydantic import Field

from legalaid import ids
from legalaid.events import Sealed, decode, requests
from legalaid.events.cases import Owner
from legalaid.events.people import Contact
from legalaid.events.words import OwnerKind, Status
from legalaid.store import Aggregate
from legalaid.store.aggregate import message_from, message_to

AT = datetime(2026, 11, 23, 1, 2, 3, 4000, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KEY = ids.request_id("test", "1")


class Matter(Aggregate):
    status: Status
    owner: Owner | None = None
    contact: Sealed[Contact] | None = None
    times: tuple[datetime, ...] = ()
    counts: dict[Status, int] = Field(default_factory=dict)


def withdrawn() -> requests.RequestWithdrawn:
    return requests.RequestWithdrawn(request_id=KEY, withdrawn_at=AT)


def matter() -> Matter:
    owner = Owner(kind=OwnerKind.CENTRE, code="TGPL-11", name="Trung tâm", province="11")
    box: Sealed[Contact] = Sealed("1." + "a" * 60)
    return Matter(id=KEY, status=Status.ASSIGNED, owner=owner, contact=box, times=(AT,), counts={Status.ASSIGNED: 1})


def test_emit_numbers_and_names_events_by_their_cause() -> None:
    one = matter()
    first = one.emit(withdrawn(), cause="c", time=AT, correlation_id=KEY, traceparent=TRACE)
    second = one.emit(withdrawn(), cause="c", time=AT, correlation_id=KEY, index=1)
    assert (first.sequence, second.sequence, one.sequence) == (1, 2, 2)
    assert first.id == ids.event_id("c", "vn.legalaid.request.withdrawn.v1")
    assert second.id == ids.event_id("c", "vn.legalaid.request.withdrawn.v1", 1)
    assert [message.id for message in one.outbox] == [first.id, second.id]
    assert decode(one.outbox[0].value, one.outbox[0].headers) == first
    assert one.outbox[0].key == KEY


def test_a_copy_does_not_share_its_outbox() -> None:
    before = matter()
    after = before.model_copy()
    after.emit(withdrawn(), cause="c", time=AT, correlation_id=KEY)
    assert before.outbox == []
    assert before.sequence == 0


def test_a_message_survives_bson_byte_for_byte() -> None:
    one = matter()
    one.emit(withdrawn(), cause="c", time=AT, correlation_id=KEY, traceparent=TRACE)
    assert message_from(BSON.encode(message_to(one.outbox[0])).decode()) == one.outbox[0]


def test_a_state_survives_bson() -> None:
    options: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True)
    document = BSON.encode(matter().to_document()).decode(options)
    assert document["_id"] == KEY
    assert Matter.from_document(document) == matter()


def test_a_field_of_a_newer_release_is_passed_over() -> None:
    document = matter().to_document()
    document["owner"]["since"] = date(2026, 1, 1)
    document["colour"] = "green"
    assert Matter.from_document(document) == matter()
