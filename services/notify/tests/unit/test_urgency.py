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

BY_THE_APP = {CaseOpened: False, CaseReassessed: False, CaseAccepted: True, CaseReturned: True, CaseClosed: False}
"""Whether each wakes for an urgent request that nobody but the app called urgent."""


def test_it_is_decided_for_every_type_of_case_event() -> None:
    models = {model for model in TYPES.values() if model.topic is TOPIC}
    assert models == set(BY_THE_APP), "may it wake a person? say so in notify/rules/urgency.py, and here"


@pytest.mark.parametrize("model", BY_THE_APP, ids=lambda model: model.__name__)
def test_what_an_app_calls_urgent_wakes_once_a_person_of_ours_acted(model: type[CaseState]) -> None:
    assert wakes(happened(make(model, urgent=True, channel=Channel.APP))) is BY_THE_APP[model]
    assert wakes(happened(make(model, urgent=True, channel=Channel.HOTLINE)))
    assert not wakes(happened(make(model, urgent=False, channel=Channel.HOTLINE)))


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
