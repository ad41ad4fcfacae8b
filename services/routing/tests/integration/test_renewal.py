"""The day the law changes, with the real store and broker."""

from datetime import date, timedelta
from typing import Any

from legalaid.events import cases
from legalaid.events.words import Answer, Claim, Household, NextAction, Status
from legalaid.service import Resource
from legalaid.store import Outgoing, publish_outboxes
from routing.loops.renewal import Renewer
from routing.rules.decision import DecisionRecord
from routing.rules.rulebook import Rulebook
from routing.store import Case
from services.routing.tests.integration.conftest import Routing
from services.routing.tests.integration.test_replay import OLD, told

NEW_YEAR = date(2027, 1, 1)
DISABLED = OLD | {"birth_year": 1985, "claims": dict.fromkeys(Claim, Answer.NO) | {Claim.DISABLED: Answer.YES}}
POOR = OLD | {"birth_year": 1985, "household": Household.POOR}


class _Day:
    """The renewer of a process, and how its events get out."""

    def __init__(self, routing: Routing, rules: Rulebook) -> None:
        documents = routing.collections.cases

        async def publish(written: Any) -> None:
            await publish_outboxes(routing.producer, documents, written)

        self.outgoing = Outgoing(documents, publish)
        self.renewer = Renewer(routing.collections, routing.keyring, self.outgoing, rules)

    async def comes(self) -> None:
        await self.renewer.renew(NEW_YEAR)
        resource: Resource = self.outgoing.resource()
        if resource.close is not None:
            await resource.close()


async def _refused(routing: Routing, case_id: str) -> None:
    """End the case as a centre refuses it in writing."""
    case = (await routing.collections.cases.load([case_id]))[case_id]
    assert case.state is not None
    ended = {"status": Status.REFUSED, "owner": None, "next_action": None, "due_at": None}
    state = cases.CaseClosed(**dict(case.state) | ended | {"changed_at": case.state.changed_at + timedelta(minutes=1)})
    case.happened(cases.CaseClosed, state, cause=case_id, traceparent=None)
    assert not await routing.collections.cases.save([case])


async def test_on_the_day_the_law_changes_cases_are_looked_at_again_once(routing: Routing, rules: Rulebook) -> None:
    poor, disabled, old, refused = await told(routing, POOR, DISABLED, OLD, DISABLED)
    await _refused(routing, refused)
    day, other = _Day(routing, rules), _Day(routing, rules)
    await day.comes()
    after = await _states(routing, poor, disabled, old, refused)
    assert after[poor].state.status is Status.ASSIGNED
    assert after[poor].renewed_for is None
    assert (after[disabled].state.status, after[disabled].state.next_action) == (Status.ASSIGNED, NextAction.REVIEW)
    assert (after[old].state.status, after[old].state.next_action) == (Status.CHECKING, NextAction.REVIEW)
    assert (after[refused].state.status, after[refused].state.next_action) == (Status.RECEIVED, NextAction.CALL_BACK)
    keys = (await routing.keyring.fetch([disabled]))[disabled]
    assert after[disabled].record is not None
    record = keys.open(after[disabled].record, DecisionRecord)
    assert record.judged_on == NEW_YEAR
    published = await routing.published(4 + 1 + 3)
    assert [event.type for event in published if event.subject == refused][-1] == "vn.legalaid.case.reassessed.v1"

    versions = {case.id: case.version for case in after.values()}
    await routing.collections.renewals.collection.delete_many({})  # as if the process had died before its mark
    await other.comes()
    assert {case.id: case.version for case in (await _states(routing, *after)).values()} == versions


async def test_whoever_was_erased_is_left_alone(routing: Routing, rules: Rulebook) -> None:
    (gone,) = await told(routing, DISABLED)
    before = await _states(routing, gone)
    await routing.keyring.erase(gone)
    await _Day(routing, rules).comes()
    assert (await _states(routing, gone))[gone].version == before[gone].version
    done = [each.id for each in await routing.collections.renewals.find({})]
    assert sum(mark.startswith("2027-01-01 ") for mark in done) == 1


async def test_a_case_that_cannot_be_opened_keeps_nobody_else_waiting(routing: Routing, rules: Rulebook) -> None:
    """It ended the part, and with it the process, at each start."""
    broken, disabled = await told(routing, DISABLED, DISABLED)
    other = (await routing.collections.cases.load([disabled]))[disabled]
    case = (await routing.collections.cases.load([broken]))[broken]
    case.record = other.record
    assert not await routing.collections.cases.save([case])
    await _Day(routing, rules).comes()
    after = await _states(routing, broken, disabled)
    assert (after[broken].renewed_for, after[disabled].state.status) == (None, Status.ASSIGNED)


async def _states(routing: Routing, *case_ids: str) -> dict[str, Any]:
    found: dict[str, Case] = await routing.collections.cases.load(case_ids)
    return found
