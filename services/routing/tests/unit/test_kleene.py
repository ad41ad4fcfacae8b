from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from legalaid.events.words import Answer
from routing.rules.kleene import every, known, some

ANSWERS = st.sampled_from(Answer)
LISTS = st.lists(ANSWERS, max_size=6)
NOT = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}


@given(LISTS)
def test_order_and_repeats_do_not_matter(answers: list[Answer]) -> None:
    for rule in (every, some):
        assert rule(answers) is rule(reversed(answers)) is rule(answers + answers)


@given(LISTS, LISTS)
def test_a_part_counts_like_its_parts(one: list[Answer], other: list[Answer]) -> None:
    for rule in (every, some):
        assert rule([rule(one), rule(other)]) is rule(one + other)


@given(LISTS)
def test_de_morgan(answers: list[Answer]) -> None:
    assert NOT[every(answers)] is some(NOT[answer] for answer in answers)


@given(st.lists(st.booleans()))
def test_with_everything_known_it_is_plain_logic(truths: list[bool]) -> None:
    assert every(known(truth) for truth in truths) is known(all(truths))
    assert some(known(truth) for truth in truths) is known(any(truths))


@given(LISTS)
def test_unknown_is_unknown_only_where_it_could_turn(answers: list[Answer]) -> None:
    choices = [[answer] if answer is not Answer.UNKNOWN else [Answer.YES, Answer.NO] for answer in answers]
    for rule in (every, some):
        ends = {rule(completed) for completed in product(*choices)}
        assert rule(answers) is (ends.pop() if len(ends) == 1 else Answer.UNKNOWN)
