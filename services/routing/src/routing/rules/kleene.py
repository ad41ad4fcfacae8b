"""Logic with three answers (Kleene): UNKNOWN stays unknown only where the answer could still turn either way."""

from collections.abc import Iterable

from legalaid.events.words import Answer


def every(answers: Iterable[Answer]) -> Answer:
    """YES when all are, NO when any is; YES for none at all."""
    return _unless(Answer.NO, answers, Answer.YES)


def some(answers: Iterable[Answer]) -> Answer:
    """YES when any is, NO when all are; NO for none at all."""
    return _unless(Answer.YES, answers, Answer.NO)


def _unless(decisive: Answer, answers: Iterable[Answer], else_: Answer) -> Answer:
    found = else_
    for answer in answers:
        if answer is decisive:
            return decisive
        if answer is Answer.UNKNOWN:
            found = answer
    return found


def known(truth: bool) -> Answer:
    """The answer of what is known."""
    return Answer.YES if truth else Answer.NO
