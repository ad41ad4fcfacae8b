"""From Kafka to the store and back to Kafka."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dev.stack.directory import DEMONSTRATION
from dev.stack.keys import DESK, officer
from legalaid import ids
from legalaid.bus import Batch
from legalaid.errors import TransientError
from legalaid.events import centres, requests
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import Household, LawField, OwnerKind, Status
from legalaid.vietnam import calendar
from routing import tables
from routing.handlers import CaseMaker
from routing.loops.directory import left_behind, publish
from routing.rules.directory import Directory
from routing.rules.rulebook import Rulebook

from .conftest import Routing

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
POOR = Facts(household=Household.POOR, field=LawField.CIVIL)


async def test_a_request_becomes_a_case_and_follows_its_request(routing: Routing) -> None:
    request = ids.random_id()
    await routing.known(request)
    await routing.publish(
        routing.told.received(request),
        routing.told.amended(request, LATER, facts=POOR),
        routing.told.withdrawn(request, LATER),
    )
    case = await routing.case(request, status=Status.WITHDRAWN)
    events = await routing.published(3)
    assert [event.type.split(".")[3] for event in events] == ["opened", "reassessed", "closed"]
    assert [event.sequence for event in events] == [1, 2, 3]
    assert {event.subject for event in events} == {request}
    assert case.applied == {"requests": 3}


async def test_the_same_again_changes_nothing(routing: Routing) -> None:
    request = ids.random_id()
    await routing.known(request)
    story = [routing.told.received(request), routing.told.amended(request, LATER, facts=POOR)]
    await routing.publish(*story, *story, story[0])
    case = await routing.case(request, status=Status.ASSIGNED)
    marker = ids.random_id()
    await routing.known(marker)
    await routing.publish(*story, *[routing.told.received(marker)] * 2)
    await routing.case(marker)
    again = await routing.case(request)
    assert (again.version, again.state) == (case.version, case.state)
    assert {event.id for event in await routing.published(3)} == {
        event.id for event in await routing.published(3) if event.subject in (request, marker)
    }
    assert len([event for event in await routing.published(3) if event.subject == request]) == 2


@pytest.mark.parametrize("call_first", [True, False])
async def test_a_request_settles_an_owed_call(routing: Routing, call_first: bool) -> None:
    request, call = ids.random_id(), ids.random_id()
    await routing.known(request, call)
    owed, received = routing.told.owed(call), routing.told.received(request, call_id=call, facts=POOR)
    for event in (owed, received) if call_first else (received, owed):
        await routing.publish(event)
        await routing.case(event.subject)
    case = await routing.case(call, status=Status.LINKED)
    assert case.link is not None
    assert case.link.request_id == request
    events = [event for event in await routing.published(3) if event.subject == call]
    assert [(event.sequence, event.data.status) for event in events] == [(1, Status.RECEIVED), (2, Status.LINKED)]
    assert [event.id for event in events] == [
        ids.event_id(owed.id, events[0].type),
        ids.event_id(received.id, events[1].type),
    ]


async def test_an_erased_person_is_no_dead_letter(routing: Routing) -> None:
    request, other = ids.random_id(), ids.random_id()
    await routing.known(other)
    await routing.publish(routing.told.received(request), routing.told.received(other))
    await routing.case(other)
    case = await routing.case(request, status=Status.DISCONTINUED)
    assert case.state is not None
    assert case.state.owner is None
    assert len([event for event in await routing.published(3) if event.subject == request]) == 2


async def test_an_event_after_a_gap_waits_among_the_dead_letters(routing: Routing) -> None:
    request = ids.random_id()
    await routing.known(request)
    first = routing.told.received(request)
    routing.told.amended(request, LATER)  # never arrives
    await routing.publish(first, routing.told.withdrawn(request, LATER))
    case = await routing.case(request)
    marker = ids.random_id()
    await routing.known(marker)
    await routing.publish(routing.told.received(marker))
    await routing.case(marker)
    assert (await routing.case(request)).applied == case.applied == {"requests": 1}


async def test_the_directory_is_published_once_for_each_change(routing: Routing) -> None:
    directory = tables.load_directory(DEMONSTRATION)
    events = await routing.published(len(directory.rows), centres.TOPIC)
    assert {event.subject for event in events} == {centre.code for centre in directory.centres}
    branch = next(event.data for event in events if event.subject == "TGPL-11-CN5")
    assert (branch.kind, branch.parent, branch.verified) == (OwnerKind.BRANCH, "TGPL-11", False)
    documents = routing.collections.centres
    today = AT.date()
    assert await publish(documents, routing.producer, directory, today) == 0
    smaller = type(directory)("other", directory.centres[1:])
    renamed = smaller.centres[0].model_copy(update={"name": "Trung tâm mới"})
    changed = type(directory)("another", (renamed, *smaller.centres[1:]))
    assert await publish(documents, routing.producer, changed, today) == 2
    assert await publish(documents, routing.producer, changed, today) == 0
    again = (await routing.published(len(events) + 2, centres.TOPIC))[len(events) :]
    assert {(event.subject, event.sequence) for event in again} == {("TGPL-01", 2), ("TGPL-04", 2)}
    assert {event.data.valid_to for event in again} == {today, None}


async def test_open_cases_of_a_centre_that_left_the_directory_are_found(routing: Routing) -> None:
    request = ids.random_id()
    await routing.known(request)
    await routing.publish(routing.told.received(request, facts=POOR))
    await routing.case(request)
    whole = tables.load_directory(DEMONSTRATION)
    await routing.published(len(whole.rows), centres.TOPIC)
    assert await left_behind(routing.collections, whole) == {}
    rest = Directory("rest", tuple(centre for centre in whole.centres if centre.code != "TGPL-11-CN5"))
    assert await left_behind(routing.collections, rest) == {"TGPL-11-CN5": 1}


async def test_a_crash_between_writing_and_publishing_loses_nothing(routing: Routing) -> None:
    """The write happened, the publication did not: the same batch again publishes from the document."""
    request = ids.random_id()
    await routing.known(request)
    store, rules = (
        routing.collections,
        Rulebook(tables.load_law(None, AT.date()), tables.load_directory(DEMONSTRATION), calendar.load()),
    )
    batch = Batch(requests.TOPIC, 0, [routing.told.received(request, facts=POOR)])

    class Away:
        async def publish(self, _messages: object) -> None:
            raise TransientError("away")

    crashed = CaseMaker(store.cases, routing.keyring, Away(), rules)
    with pytest.raises(TransientError):
        await crashed.on_requests(batch)
    restarted = CaseMaker(store.cases, routing.keyring, routing.producer, rules)
    await restarted.on_requests(batch)
    [event] = await routing.published(1)
    assert (event.subject, event.sequence) == (request, 1)


async def test_an_officer_and_an_amendment_at_the_same_time(routing: Routing) -> None:
    """Two writers of one document: whoever comes second decides again, and neither is lost."""
    many = [ids.random_id() for _ in range(20)]
    await routing.known(*many)
    await routing.publish(*(routing.told.received(each, facts=POOR) for each in many))
    for each in many:
        await routing.case(each)
    amendments = [routing.told.amended(each, LATER, facts=Facts()) for each in many]
    told = {event.subject: event for event in amendments}
    branch = officer("TGPL-11-CN5")
    answers, _ = await asyncio.gather(
        asyncio.gather(*(routing.command(each, "accept", branch) for each in many)), routing.publish(*amendments)
    )
    assert {answer.status_code for answer in answers} == {200}
    for each in many:
        case = await routing.case(each, facts=told[each].data.facts)
        assert case.state is not None
        assert case.state.status is Status.ACCEPTED
        assert case.applied == {"requests": 2}
        assert len(case.commands) == 1
    events = await routing.published(60)
    for each in many:
        assert [event.sequence for event in events if event.subject == each] == [1, 2, 3]


async def test_a_returned_case_finds_its_way(routing: Routing) -> None:
    request = ids.random_id()
    await routing.known(request)
    await routing.publish(routing.told.received(request, facts=POOR))
    await routing.case(request)
    answer = await routing.command(request, "return", officer("TGPL-11-CN5"), {"reason": "CONFLICT_OF_INTEREST"})
    assert answer.status_code == 200
    moved = routing.told.amended(request, LATER, facts=POOR, matter_place=Place(province="15"))
    await routing.publish(moved)
    case = await routing.case(request, facts=moved.data.facts)
    assert case.state is not None
    assert case.state.owner is not None
    assert case.state.owner.code == "TGPL-11"  # the branch is not asked again; its centre is
    answer = await routing.command(request, "return", officer("TGPL-11"), {"reason": "CONFLICT_OF_INTEREST"})
    assert answer.status_code == 200
    answer = await routing.command(request, "assign", DESK, {"owner": "TGPL-12"})
    assert answer.status_code == 200
    answer = await routing.command(request, "accept", officer("TGPL-12"))
    assert answer.status_code == 200
    events = await routing.published(6)
    facts = [event.type.split(".")[3] for event in events]
    assert facts == ["opened", "returned", "reassessed", "returned", "reassessed", "accepted"]
    assert events[1].data.returned_by == "TGPL-11-CN5"
