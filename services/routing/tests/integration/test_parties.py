"""Conflicts of interest and requests made twice, as officers see them, with real marks, broker and store."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dev.stack.keys import DESK, Client, officer
from legalaid import ids
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import Household, LawField, Status
from legalaid.sealed import Keyring, Parties, Party

from .conftest import Routing

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
POOR = Facts(household=Household.POOR, field=LawField.CIVIL)
HERE = "03127"
CENTRE, OTHER = officer("TGPL-11"), officer("TGPL-15")
PAO, SU = Party("Giàng A Páo", 1981, "+84912345678"), Party("Vàng A Sử", 1975, "+84981234567")
PLACE = Place(province="11", commune=HERE)


def parties(helped: Party, *others: Party) -> Parties:
    return Parties(helped, others, (HERE,), "CIVIL")


async def opened(routing: Routing, helped: Party, *others: Party, minutes: int = 0, place: Place = PLACE) -> str:
    """A request that has become a case."""
    made = ids.random_id()
    await routing.known(**{made: parties(helped, *others)})
    received_at = AT + timedelta(minutes=minutes)
    await routing.publish(routing.told.received(made, facts=POOR, residence=place, received_at=received_at))
    await routing.case(made)
    return made


async def hits(routing: Routing, case_id: str, client: Client = CENTRE) -> dict[str, Any]:
    answer = await routing.get(f"/{case_id}", client)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["hits"]
    return found


async def conflicts(routing: Routing, client: Client = CENTRE) -> set[str]:
    return set((await routing.get("", client)).json()["conflicts"])


@pytest.mark.parametrize("first", ["one", "other"])
async def test_a_conflict_goes_before_the_head_whichever_was_first(routing: Routing, first: str) -> None:
    """Article 25(3). Both are told, and neither moves."""
    sides = [(PAO, SU), (SU,)] if first == "one" else [(SU,), (PAO, SU)]
    made = [await opened(routing, *side) for side in sides]
    stranger = await opened(routing, Party("Lò Văn Biên", 1960))
    assert await conflicts(routing) == set(made)
    for each, other in (made, reversed(made)):
        hit = (await hits(routing, each))["other_provider"]
        assert hit["certain"]
        assert "Điều 25 khoản 3" in hit["explanation_vi"]
        assert other not in str(hit)
        assert "Vàng" not in str(hit)
    assert (await hits(routing, stranger)) == {"other_provider": None, "same_matter": []}
    owners = {case.held_by for case in (await routing.collections.cases.load(made)).values()}
    assert len(owners) == 1
    assert len(await routing.published(3)) == 3  # a hit causes no event


async def test_two_that_are_opened_at_once_see_each_other(routing: Routing) -> None:
    made = await asyncio.gather(opened(routing, PAO, SU), opened(routing, SU, PAO), opened(routing, PAO, SU, minutes=1))
    assert await conflicts(routing) == set(made)
    twice = [hit["case_id"] for hit in (await hits(routing, made[0]))["same_matter"]]
    assert twice == [made[2]]


async def test_what_is_told_later_makes_and_ends_a_hit(routing: Routing) -> None:
    """A namesake is asked about; the year that is told then is compared at once, without an event."""
    helped = await opened(routing, SU)
    asked = await opened(routing, PAO, Party("Vàng A Sử"))
    hit = (await hits(routing, asked))["other_provider"]
    assert (hit["certain"], "năm sinh" in hit["ask_vi"]) == (False, True)
    await routing.keyring.replace_index(asked, None, parties(PAO, Party("Vàng A Sử", 1990)))
    assert (await hits(routing, asked))["other_provider"] is None
    await routing.keyring.replace_index(asked, None, parties(PAO, Party("Vàng A Sử", 1975)))
    assert (await hits(routing, asked))["other_provider"]["certain"]
    await routing.publish(routing.told.withdrawn(helped, AT + timedelta(hours=1)))
    await routing.case(helped, status=Status.WITHDRAWN)
    assert (await hits(routing, asked))["other_provider"] is None
    assert await conflicts(routing) == set()


async def test_a_second_request_is_linked_to_the_first_by_an_officer(routing: Routing) -> None:
    """Articles 9(4) and 30(3)(d): only people say that it is one matter; then it is one case."""
    first = await opened(routing, PAO, SU)
    second = await opened(routing, PAO, SU, minutes=5)
    assert [hit["case_id"] for hit in (await hits(routing, second))["same_matter"]] == [first]
    assert [hit["case_id"] for hit in (await hits(routing, first))["same_matter"]] == [second]
    refused = await routing.command(first, "link", CENTRE, {"case_id": second})
    assert refused.status_code == 422  # what came first goes on
    assert refused.json()["errors"][0]["pointer"] == "/case_id"
    linked = await routing.command(second, "link", CENTRE, {"case_id": first}, key="k1")
    assert (linked.status_code, linked.json()["status"], linked.json()["owner"]) == (200, "LINKED", None)
    again = await routing.command(second, "link", CENTRE, {"case_id": first}, key="k1")
    assert again.json() == linked.json()
    case = await routing.case(second, status=Status.LINKED)
    assert case.link is not None
    assert case.link.request_id == first
    assert (await hits(routing, first))["same_matter"] == []
    events = [event for event in await routing.published(3) if event.subject == second]
    assert [(event.sequence, event.data.status) for event in events] == [(1, Status.ASSIGNED), (2, Status.LINKED)]
    await routing.publish(routing.told.amended(second, AT + timedelta(hours=2), facts=POOR))
    third = await opened(routing, PAO)  # behind the amendment, or not: either way it opens nothing again
    assert (await routing.case(second)).state == case.state
    assert third


async def test_what_cannot_be_linked(routing: Routing) -> None:
    first, second = await opened(routing, PAO, SU), await opened(routing, PAO, SU, minutes=5)
    elsewhere = await opened(routing, PAO, SU, minutes=-5, place=Place(province="15"))
    for wrong in (second, elsewhere, ids.random_id()):
        assert (await routing.command(second, "link", CENTRE, {"case_id": wrong})).status_code == 422
    assert (await routing.command(second, "link", OTHER, {"case_id": first})).status_code == 404
    assert (await routing.command(second, "link", CENTRE, {"case_id": "Giàng"})).status_code == 422
    assert (await routing.command(second, "accept", CENTRE)).status_code == 200
    assert (await routing.command(second, "link", CENTRE, {"case_id": first})).status_code == 409
    assert (await routing.case(first)).state.status is Status.ASSIGNED  # type: ignore[union-attr]  # it has a state


async def test_two_officers_who_link_at_once_leave_one_open(routing: Routing) -> None:
    made = [await opened(routing, PAO, SU, minutes=minute) for minute in range(2)]
    await asyncio.gather(
        routing.command(made[0], "link", CENTRE, {"case_id": made[1]}),
        routing.command(made[1], "link", CENTRE, {"case_id": made[0]}),
    )
    found = await routing.collections.cases.load(made)
    assert [found[each].state.status for each in made] == [Status.ASSIGNED, Status.LINKED]  # type: ignore[union-attr]  # as above


async def test_who_may_not_see_a_case_is_told_no_id(routing: Routing) -> None:
    here = await opened(routing, PAO, SU)
    there = await opened(routing, PAO, SU, place=Place(province="15"))
    lost = ids.random_id()
    await routing.known(**{lost: parties(PAO, SU)})
    await routing.publish(routing.told.received(lost, residence=None))
    await routing.case(lost)
    for case_id, client in ((here, CENTRE), (there, OTHER), (lost, DESK)):
        found = await hits(routing, case_id, client)
        assert found["other_provider"] is None
        assert {hit["case_id"] for hit in found["same_matter"]} == {None}
        assert not {here, there, lost} - {case_id} & set(str(found).split("'"))


async def test_erasure_ends_every_hit_at_once(routing: Routing) -> None:
    one, other = await opened(routing, PAO, SU), await opened(routing, SU, PAO)
    assert await conflicts(routing) == {one, other}
    await routing.keyring.erase(other)
    assert await conflicts(routing) == set()
    assert (await hits(routing, one)) == {"other_provider": None, "same_matter": []}
    assert (await routing.get(f"/{other}", CENTRE)).status_code == 410


async def test_requests_from_before_there_were_marks_are_read_as_ever(routing: Routing) -> None:
    old = ids.random_id()
    await routing.known(old)
    await routing.publish(routing.told.received(old, facts=POOR, residence=PLACE))
    await routing.case(old)
    assert (await hits(routing, old)) == {"other_provider": None, "same_matter": []}


async def test_a_number_that_very_many_gave_is_not_compared_with_all_of_them(
    routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at a page read every open case with the number, whole: 4,000 of them took 300 MB."""
    looked_at: list[int] = []
    marked = Keyring._marked

    async def counted(self: Keyring, *query: Any) -> Any:
        found = await marked(self, *query)
        looked_at.append(len(found))
        return found

    monkeypatch.setattr("routing.commands.parties.MOST", 2)
    monkeypatch.setattr(Keyring, "_marked", counted)
    shared = [await opened(routing, PAO, minutes=minute) for minute in range(5)]
    looked_at.clear()
    await hits(routing, shared[0])
    assert looked_at == [1, 2]
