"""What a request is made of, when it is urgent, and what makes it impossible to act on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from legalaid.events import Place
from legalaid.events.people import Contact, Facts, Person, Story
from legalaid.events.words import Answer, Channel, Speaker


@dataclass(frozen=True)
class Told:
    """All that a person told us, opened."""

    contact: Contact = field(default_factory=lambda: Contact(person=Person()))
    facts: Facts = field(default_factory=Facts)
    story: Story = field(default_factory=Story)
    residence: Place | None = None
    """None: not told, or not understood; what was said of it then stands in the story."""
    matter_place: Place | None = None

    @property
    def phones(self) -> tuple[str, ...]:
        """The numbers (E.164) by which whoever asks for this request is recognised."""
        applicant = self.contact.applicant
        numbers = (self.contact.person.phone, applicant.phone if applicant else None)
        return tuple(number for number in numbers if number)


NOTHING_TOLD = Told()


@dataclass(frozen=True)
class Fault:
    """A rule between fields that is broken: where it can be mended (JSON pointer), and how. Quotes nothing."""

    pointer: str
    detail: str
    code: str


def is_urgent(facts: Facts) -> bool:
    """Somebody is detained, in danger, or about to lose a right (Law on Legal Aid 2017, Article 30(4))."""
    return Answer.YES in (facts.detained, facts.in_danger, facts.deadline_near)


def faults(told: Told, channel: Channel, today: date) -> list[Fault]:
    """Everything between the fields that is wrong; ``today`` is the day in Vietnam."""
    births = (*_birth_faults(told.facts, today), *_other_birth_faults(told.story, today))
    return [*_reach_faults(told, channel), *_speaker_faults(told.contact), *births]


def _reach_faults(told: Told, channel: Channel) -> Iterator[Fault]:
    """Who calls the hotline may have no number to give, and goes away with a receipt code that was read out.

    Who uses the app has a telephone in hand; without its number nobody could be told anything, or ask for the status.
    """
    if channel is Channel.APP and not told.phones:
        advice = "From the app a telephone number is needed, of the person or of the applicant."
        yield Fault("/person/phone", advice, "unreachable")
    wishes = told.contact.wishes
    if (wishes.hours_from is None) != (wishes.hours_to is None):
        missing = "hours_from" if wishes.hours_from is None else "hours_to"
        yield Fault(f"/wishes/{missing}", "Give both hours_from and hours_to, or neither.", "hours_incomplete")


def _speaker_faults(contact: Contact) -> Iterator[Fault]:
    if contact.applicant is not None:
        return
    if contact.wishes.speak_to is Speaker.APPLICANT:
        yield Fault("/wishes/speak_to", "There is no applicant to speak to.", "no_applicant")
    if contact.consent is not None and contact.consent.given_by is Speaker.APPLICANT:
        yield Fault("/consent/given_by", "There is no applicant who could consent.", "no_applicant")


def _birth_faults(facts: Facts, today: date) -> Iterator[Fault]:
    if facts.birth_date is not None and facts.birth_date > today:
        yield Fault("/facts/birth_date", "A day that has come.", "in_future")
    if facts.birth_year is not None and facts.birth_year > today.year:
        yield Fault("/facts/birth_year", "A year that has come.", "in_future")


def _other_birth_faults(story: Story, today: date) -> Iterator[Fault]:
    for place, other in enumerate(story.others):
        if other.birth_year is not None and other.birth_year > today.year:
            yield Fault(f"/matter/others/{place}/birth_year", "A year that has come.", "in_future")
