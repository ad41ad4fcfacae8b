"""Whom urgent news may wake at night. A new type of case event fails here until somebody decided it."""

import pytest

from legalaid.events import TYPES
from legalaid.events.cases import (
    TOPIC,
    CaseAccepted,
    CaseClosed,
    CaseOpened,
    CaseReassessed,
    CaseReturned,
    CaseState,
)
from legalaid.events.words import Channel, RoutingReason, Status
from legalaid.testing.events import happened, make
from notify.rules.urgency import wakes

WAKES = {
    CaseOpened: {Channel.HOTLINE},
    CaseReassessed: {Channel.HOTLINE},
    CaseAccepted: {Channel.HOTLINE, Channel.APP},
    CaseReturned: {Channel.HOTLINE, Channel.APP},
    CaseClosed: {Channel.HOTLINE},
}
"""Through which channels an urgent request must have come for each to wake whoever made it."""


def test_it_is_decided_for_every_type_of_case_event() -> None:
    models = {model for model in TYPES.values() if model.topic is TOPIC}
    assert models == set(WAKES), "may it wake a person? say so in notify/rules/urgency.py, and here"


@pytest.mark.parametrize("model", WAKES, ids=lambda model: model.__name__)
def test_what_an_app_calls_urgent_wakes_once_a_person_of_ours_acted(model: type[CaseState]) -> None:
    assert {each for each in Channel if wakes(happened(make(model, urgent=True, channel=each)))} == WAKES[model]
    assert not any(wakes(happened(make(model, urgent=False, channel=each))) for each in Channel)


@pytest.mark.parametrize(
    "vouched",
    [
        {"routing_reason": RoutingReason.DESK_FOUND},
        {"routing_reason": RoutingReason.RETURNED},
        {"status": Status.ACCEPTED},
        {"status": Status.IN_PROGRESS},
    ],
    ids=str,
)
def test_news_wakes_after_a_centre_or_the_desk_acted(vouched: dict[str, RoutingReason | Status]) -> None:
    assert wakes(happened(make(CaseReassessed, urgent=True, channel=Channel.APP, **vouched)))
