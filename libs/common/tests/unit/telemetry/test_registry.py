import re
import warnings
from enum import StrEnum

import pytest
from prometheus_client import Counter

from legalaid.telemetry import registry
from legalaid.telemetry.registry import Open, UndeclaredValueWarning, counter


class Answer(StrEnum):
    YES = "yes"
    NO = "no"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Counter:
    monkeypatch.setattr(registry, "DEFINITIONS", [])
    monkeypatch.setattr(registry, "REGISTRY", None)  # no page shows what a test declares
    town = Open("a town", re.compile("[a-z]+"), most=3)
    return counter("test_answers_total", "Answers.", act="None.", labels={"answer": Answer, "town": town})


def told(metric: Counter) -> dict[tuple[str, str], float]:
    (family,) = metric.collect()
    found = [sample for sample in family.samples if sample.name.endswith("_total")]
    return {(sample.labels["answer"], sample.labels["town"]): sample.value for sample in found}


def test_what_was_declared_is_counted(answers: Counter) -> None:
    answers.labels(Answer.YES, "laichau").inc()
    answers.labels("no", "laocai").inc(2)
    assert told(answers) == {("yes", "laichau"): 1, ("no", "laocai"): 2}


@pytest.mark.parametrize("values", [("perhaps", "laocai"), ("yes", "Giàng Thị Mỷ"), ("yes", "")])
def test_another_value_fails_a_test(answers: Counter, values: tuple[str, str]) -> None:
    with pytest.raises(UndeclaredValueWarning, match=r"^test_answers: (answer|town) cannot be '"):
        answers.labels(*values)
    assert told(answers) == {}


def test_another_value_stops_nothing_in_production_and_is_not_shown(answers: Counter) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers.labels("yes", "Giàng Thị Mỷ").inc()
    assert [warning.filename for warning in caught] == [__file__]
    assert told(answers) == {("yes", registry.UNDECLARED): 1}


def test_values_are_given_in_the_order_of_their_names(answers: Counter) -> None:
    with pytest.raises(TypeError):
        answers.labels(answer="yes", town="laocai")
    with pytest.raises(ValueError, match="shorter"):
        answers.labels("yes")


def test_a_counter_begins_at_0_where_all_that_it_may_say_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its first time is no increase, and an alarm misses it."""
    monkeypatch.setattr(registry, "DEFINITIONS", [])
    monkeypatch.setattr(registry, "REGISTRY", None)
    listed = counter("test_listed_total", "m", act="a", labels={"answer": ("yes", "no"), "town": ("laichau",)})
    assert told(listed) == {("yes", "laichau"): 0, ("no", "laichau"): 0}
