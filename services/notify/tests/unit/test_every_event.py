"""Every type of case event is news, or somebody decided that it is none: a new type fails here until one did."""

from legalaid.events import cases
from legalaid.events.cases import CaseState
from notify.rules.news import HANDLED


def test_every_type_is_news_or_named_as_none() -> None:
    types = {each for each in vars(cases).values() if isinstance(each, type) and issubclass(each, CaseState)}
    assert types - {CaseState} == HANDLED
