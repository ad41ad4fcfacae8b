"""Logic with three answers (Kleene): UNKNOWN stays unknown only where the answer could still turn either way."""

from collections.abc import Iterable

from legalaid.events.words import Answer


def every(answers: Iterable[Answer]) -> Answer:
    """YES when all are, NO when any is; YES for none at all."""
    found = set(answers)
    if Answer.NO in found:
        return Answer.NO
    return Answer.UNKNOWN if Answer.UNKNOWN in found else Answer.YES


def some(answers: Iterable[Answer]) -> Answer:
    """YES when any is, NO when all are; NO for none at all."""
    found = set(answers)
    if Answer.YES in found:
        return Answer.YES
    return Answer.UNKNOWN if Answer.UNKNOWN in found else Answer.NO


def known(truth: bool) -> Answer:
    """The answer of what is known."""
    return Answer.YES if truth else Answer.NO
