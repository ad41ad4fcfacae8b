from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legalaid import ids
from legalaid.events import Event, Sealed
from legalaid.events.cases import CaseAccepted, CaseClosed, CaseOpened, CaseReassessed, CaseReturned, CaseState, Owner
from legalaid.events.words import (
    CaseKind,
    Channel,
    NextAction,
    OwnerKind,
    ReturnReason,
    RoutingReason,
    Status,
)
from notify.rules.news import Told, news

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def case_event(
    kind: type[CaseState], status: Status, *, owner: str = "TGPL-11", case: CaseKind = CaseKind.REQUEST, **more: Any
) -> Event[Any]:
    held: dict[str, Any] = {"owner": None, "next_action": None, "due_at": None}
    if status.is_open:
        held = {
            "owner": Owner(kind=OwnerKind.CENTRE, code=owner, name="Trung tâm", province="11"),
            "next_action": NextAction.REVIEW,
            "due_at": AT + timedelta(days=1),
        }
    data = kind(
        case_id=ids.random_id(),
        kind=case,
        status=status,
        urgent=False,
        routing_reason=RoutingReason.RESIDENCE,
        ruleset="test",
        channel=Channel.APP,
        receipt_code="1234567890",
        province="11",
        commune=None,
        received_at=AT,
        changed_at=AT,
        contact=Sealed("1." + "a" * 40),
        facts=None,
        **held,
        **more,
    )
    return Event(ids.random_id(), data.case_id, 1, AT, data.case_id, data)


@pytest.mark.parametrize(
    ("event", "template"),
    [
        (case_event(CaseOpened, Status.ASSIGNED), "case-assigned"),
        (case_event(CaseOpened, Status.NEED_MORE_INFO), "case-need-more-info"),
        (case_event(CaseOpened, Status.CHECKING), "case-checking"),
        (case_event(CaseAccepted, Status.ACCEPTED), "case-accepted"),
        (case_event(CaseClosed, Status.COMPLETED), "case-result"),
        (case_event(CaseClosed, Status.REFUSED), "case-result"),
        (case_event(CaseClosed, Status.TRANSFERRED), "case-result"),
        (case_event(CaseClosed, Status.DISCONTINUED), "case-result"),
        (case_event(CaseClosed, Status.WITHDRAWN), "case-withdrawn"),
        (case_event(CaseClosed, Status.LINKED), None),
        (
            case_event(
                CaseReturned, Status.CHECKING, returned_by="TGPL-11", return_reason=ReturnReason.CONFLICT_OF_INTEREST
            ),
            None,
        ),
    ],
)
def test_what_is_news(event: Event[Any], template: str | None) -> None:
    assert news(event, None) == template
    assert news(event, Told("case-checking", "DESK")) == template


def test_a_callback_case_tells_nothing() -> None:
    for kind, status in (
        (CaseOpened, Status.ASSIGNED),
        (CaseAccepted, Status.ACCEPTED),
        (CaseClosed, Status.COMPLETED),
    ):
        assert news(case_event(kind, status, case=CaseKind.CALLBACK), None) is None


def test_a_reassessment_is_news_only_if_it_changes_what_was_told() -> None:
    event = case_event(CaseReassessed, Status.ASSIGNED, owner="TGPL-11")
    assert news(event, Told("case-assigned", "TGPL-11")) is None
    assert news(event, Told("case-assigned", "TGPL-15")) == "case-assigned"
    assert news(event, Told("case-need-more-info", "TGPL-11")) == "case-assigned"
    assert news(event, None) == "case-assigned"
    assert news(case_event(CaseReassessed, Status.ACCEPTED), Told("case-accepted", "TGPL-11")) is None
