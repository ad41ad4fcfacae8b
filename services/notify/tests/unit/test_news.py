from typing import Any

import pytest

from legalaid.events import TYPES, Event
from legalaid.events.cases import TOPIC, CaseAccepted, CaseClosed, CaseOpened, CaseReassessed, CaseReturned, CaseState
from legalaid.events.words import CaseKind, Status
from legalaid.testing.events import happened, make
from notify import texts
from notify.rules.news import TEMPLATES, LastTold, news


def case_event(model: type[CaseState], status: Status, **more: Any) -> Event[Any]:
    return happened(make(model, status=status, **more))


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
        (case_event(CaseReturned, Status.CHECKING), None),
    ],
)
def test_what_is_news(event: Event[Any], template: str | None) -> None:
    assert news(event, None) == template
    assert news(event, LastTold("case-checking", "DESK")) == template


def test_a_callback_case_tells_nothing() -> None:
    for model, status in (
        (CaseOpened, Status.ASSIGNED),
        (CaseAccepted, Status.ACCEPTED),
        (CaseClosed, Status.COMPLETED),
    ):
        assert news(case_event(model, status, kind=CaseKind.CALLBACK), None) is None


def test_a_reassessment_is_news_only_if_it_changes_what_was_told() -> None:
    event = case_event(CaseReassessed, Status.ASSIGNED)
    assert news(event, LastTold("case-assigned", "TGPL-11")) is None
    assert news(event, LastTold("case-assigned", "TGPL-15")) == "case-assigned"
    assert news(event, LastTold("case-need-more-info", "TGPL-11")) == "case-assigned"
    assert news(event, None) == "case-assigned"
    assert news(case_event(CaseReassessed, Status.ACCEPTED), LastTold("case-accepted", "TGPL-11")) is None


def test_every_type_of_case_event_is_news_or_named_as_none() -> None:
    models = {model for model in TYPES.values() if model.topic is TOPIC}
    assert models - set(TEMPLATES) == set(), "say in TEMPLATES by which text the person is told of it, or {} for none"


def test_every_template_has_a_text_and_every_text_is_used() -> None:
    named = {template for by_status in TEMPLATES.values() for template in by_status.values()}
    assert named - set(texts.templates()) == set(), "write its text in notify/templates.toml"
    assert set(texts.templates()) - named == {texts.SEVERAL}, "name the text in TEMPLATES, or drop it"


@pytest.mark.parametrize("model", TEMPLATES, ids=lambda model: model.__name__)
@pytest.mark.parametrize("status", [status for status in Status if status.is_open])
def test_what_was_told_of_an_event_is_not_told_again_by_a_reassessment_that_changes_nothing(
    model: type[CaseState], status: Status
) -> None:
    event = case_event(model, status)
    template = news(event, None)
    if template is not None:
        told = LastTold(template, event.data.owner.code)
        again = news(case_event(CaseReassessed, status), told)
        assert again is None, "told twice: let the text count as the one that says how the case stands"
