"""The gauges of open cases, from a real store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legalaid import clock, ids
from legalaid.events.cases import CaseState
from legalaid.events.words import OwnerKind, Status
from legalaid.settings import MongoSettings
from legalaid.store import Store
from legalaid.telemetry import metrics
from legalaid.testing.events import CENTRE, make
from routing.loops import census
from routing.store import Case, RoutingStore

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
async def routing(mongo: MongoSettings) -> AsyncIterator[RoutingStore]:
    store = Store(mongo, app_name="test")
    made = RoutingStore(store)
    await made.create_indexes()
    with clock.use(clock.FixedClock(NOW)):
        yield made
    await store.close()


def a_case(told: Any, kind: OwnerKind | None, hours: int, province: str | None) -> Case:
    """A case of an owner of this kind, due after so many hours; None is one that has ended."""
    case_id = ids.random_id()
    owned: dict[str, Any] = {"status": Status.COMPLETED}
    if kind:
        owner = CENTRE.model_copy(update={"kind": kind})
        owned = {"owner": owner, "due_at": NOW + timedelta(hours=hours)}
    contact = told.received(case_id).data.contact
    state = make(CaseState, case_id=case_id, province=province, contact=contact, **owned)
    return Case(id=case_id, state=state)


def samples(name: str) -> dict[tuple[str, ...], float]:
    """What a gauge says, by its labels; zeros are left out."""
    found = next(metric for metric in metrics.REGISTRY.collect() if metric.name == name)
    return {tuple(sample.labels.values()): sample.value for sample in found.samples if sample.value}


async def test_open_cases_are_counted_and_forgotten(routing: RoutingStore, told: Any) -> None:
    cases = [
        a_case(told, OwnerKind.CENTRE, -1, "11"),
        a_case(told, OwnerKind.CENTRE, 20, "11"),
        a_case(told, OwnerKind.BRANCH, 30, "10"),  # Lào Cai as it was until July 2025
        a_case(told, OwnerKind.DESK, 300, None),
        a_case(told, OwnerKind.DESK, 300, "99"),
        a_case(told, None, 0, "11"),
        Case(id=ids.random_id()),  # an owed call that a request took up before we heard of it
    ]
    await routing.cases.insert(cases)
    await census.count(routing.cases)
    assert samples("legalaid_routing_open_cases") == {
        ("REQUEST", "CENTRE", "11", "ASSIGNED"): 2,
        ("REQUEST", "BRANCH", "15", "ASSIGNED"): 1,
        ("REQUEST", "DESK", "", "ASSIGNED"): 2,
    }
    assert samples("legalaid_routing_open_cases_due") == {
        ("CENTRE", "overdue"): 1,
        ("CENTRE", "day"): 1,
        ("BRANCH", "three_days"): 1,
        ("DESK", "later"): 2,
    }

    await routing.cases.collection.delete_many({"_id": {"$ne": cases[3].id}})
    await census.count(routing.cases)
    assert samples("legalaid_routing_open_cases") == {("REQUEST", "DESK", "", "ASSIGNED"): 1}
    assert samples("legalaid_routing_open_cases_due") == {("DESK", "later"): 1}
    told_of = metrics.REGISTRY.get_sample_value(
        "legalaid_routing_open_cases_due", {"owner": "CENTRE", "due": "overdue"}
    )
    assert told_of == 0, "an alarm must see that nothing is overdue any more"
