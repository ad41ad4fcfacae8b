"""Whom cases are compared by, from what was told."""

from datetime import date

from intake.commands.parties import parties
from intake.rules.requests import NOTHING_TOLD, Told
from legalaid.events import Place
from legalaid.events.people import Applicant, Contact, Facts, OtherParty, Person, Story
from legalaid.events.words import LawField
from legalaid.sealed import Parties, Party


def test_all_that_tells_people_apart_and_nothing_else() -> None:
    told = Told(
        contact=Contact(
            person=Person(name="Giàng A Páo", phone="+84912345678"),
            applicant=Applicant(name="Giàng Thị Mỷ", phone="+84981234567"),
        ),
        facts=Facts(birth_date=date(1981, 3, 4), birth_year=1980, field=LawField.CIVIL),
        story=Story(other_parties=("Vàng A Sử",), others=(OtherParty(name="Lò Văn Biên", birth_year=1960),)),
        residence=Place(province="11", commune="03127"),
        matter_place=Place(province="15"),
    )
    assert parties(told) == Parties(
        helped=Party("Giàng A Páo", 1981, "+84912345678"),
        others=(Party("Vàng A Sử"), Party("Lò Văn Biên", 1960)),
        communes=("03127",),
        field="CIVIL",
    )


def test_who_tells_nothing_is_nobody() -> None:
    assert parties(NOTHING_TOLD) == Parties(helped=Party())
