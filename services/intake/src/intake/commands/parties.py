"""Who stands in a matter, as far as cases are compared by it (docs/routing.md, Conflicts and duplicates)."""

from intake.rules.requests import Told
from legalaid.events.words import LawField
from legalaid.sealed import Parties, Party


def parties(told: Told) -> Parties:
    """The one helped and the other parties, from what was told."""
    facts, person, story = told.facts, told.contact.person, told.story
    born = facts.birth_date.year if facts.birth_date else facts.birth_year
    places = (told.residence, told.matter_place)
    return Parties(
        helped=Party(person.name, born, person.phone),
        others=(
            *(Party(name) for name in story.other_parties),
            *(Party(other.name, other.birth_year, other.phone) for other in story.others),
        ),
        communes=tuple(place.commune for place in places if place and place.commune),
        field=None if facts.field is LawField.UNKNOWN else facts.field.value,
    )
