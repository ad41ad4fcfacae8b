"""What front ends post about a request, section by section."""

from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool

from intake.api.fields import Body, LongText, Name, OptionalName, PlaceText, RawPhone, Year
from legalaid.events.base import CommuneCode, ProvinceCode
from legalaid.events.people import EthnicityCode, HourMinute, LanguageCode
from legalaid.events.words import (
    AidForm,
    Answer,
    Channel,
    Claim,
    Custody,
    Household,
    LawField,
    Purpose,
    Role,
    Sex,
    Speaker,
)
from legalaid.http.times import Day, DayOrTime, Time
from legalaid.ids import Id


class PersonSection(Body):
    """The one who is to be helped."""

    name: OptionalName | None = None
    phone: RawPhone | None = None
    """A mobile or a landline: what we may have to call back. On the hotline it may be absent."""
    language: LanguageCode = "vie"
    """What they speak, in ISO 639-3: vie, hmn (Mông), blt (Thái đen) …"""
    needs_interpreter: StrictBool = False


class ApplicantSection(Body):
    """Who speaks for the person, if another."""

    name: Name
    phone: RawPhone | None = None
    """A mobile or a landline: what we may have to call back. On the hotline it may be absent."""
    relation: OptionalName | None = None


class PlaceSection(Body):
    """Codes, or the place in the person's own words, old names too. A place that we cannot find is no error."""

    province_code: ProvinceCode | None = None
    commune_code: CommuneCode | None = None
    text: PlaceText = ""


class OtherPartySection(Body):
    """Somebody else in the matter. With a year of birth or a number, their namesakes are not taken for them."""

    name: Name
    birth_year: Year | None = None
    phone: RawPhone | None = None


class MatterSection(Body):
    """What it is about."""

    field: LawField = LawField.UNKNOWN
    form: AidForm = AidForm.UNKNOWN
    story: LongText = ""
    other_parties: Annotated[list[Name], Field(max_length=20)] = Field(default_factory=list)
    """Those of whom only the name is known."""
    others: Annotated[list[OtherPartySection], Field(max_length=20)] = Field(default_factory=list)
    """Those of whom more is known; each party stands in one of the two lists."""


class FactsSection(Body):
    """What Article 7 of the Law on Legal Aid asks. UNKNOWN is a good answer: nobody is refused for it."""

    sex: Sex = Sex.UNKNOWN
    birth_date: Day | None = None
    birth_year: Year | None = None
    """For those who know only the year. Ignored when birth_date is there."""
    ethnicity: EthnicityCode | None = None
    """The General Statistics Office's code of the 54: 01 Kinh, 03 Thái, 08 Mông …"""
    household: Household = Household.UNKNOWN
    monthly_allowance: Answer = Answer.UNKNOWN
    extreme_area: Answer = Answer.UNKNOWN
    role: Role = Role.UNKNOWN
    claims: dict[Claim, Answer] = Field(default_factory=dict)
    detained: Answer = Answer.UNKNOWN
    in_danger: Answer = Answer.UNKNOWN
    deadline_near: Answer = Answer.UNKNOWN
    """A trial, or the end of a limitation period, within five working days. Better: its day, below."""
    trial_on: Day | None = None
    limitation_ends_on: Day | None = None
    """The last day on which the person may still sue, appeal or complain."""
    custody: Custody = Custody.UNKNOWN
    """How the person is held, if so: arrested, in custody (tạm giữ) or on remand (tạm giam)."""
    appointed_defence: Answer = Answer.UNKNOWN
    """An agency asked for a defender whom the law prescribes."""
    step_on: Day | None = None
    """The day of the step in the proceedings that help is asked for, such as that of the charge."""
    vietnamese_citizen: Answer = Answer.UNKNOWN
    in_vietnam: Answer = Answer.UNKNOWN
    """Is in the country: asked of those who are being identified as victims of trafficking."""
    matter_of_trafficking: Answer = Answer.UNKNOWN
    """The matter is tied to the trafficking."""
    concrete_matter: Answer = Answer.YES
    """NO for a question about the law without a matter of the person's own: it is answered at once, and is no case."""
    occurred_at: DayOrTime | None = None
    """When the matter happened."""


class WishesSection(Body):
    """How it is safe to reach the person."""

    sms: StrictBool = True
    call: StrictBool = True
    hours_from: HourMinute | None = None
    hours_to: HourMinute | None = None
    """Vietnamese wall time; both or neither. From later than to means over midnight."""
    speak_to: Speaker = Speaker.PERSON
    shared_phone: Answer = Answer.UNKNOWN
    """Whether others use the telephone, or read or hear what comes to it."""


class ConsentSection(Body):
    """What was agreed to, by whom, when, to which text, with what proof."""

    purposes: Annotated[list[Purpose], Field(max_length=20)]
    given_by: Speaker = Speaker.PERSON
    at: Time
    text_version: Name
    evidence: Name
    """Where the proof lies, such as the id of a recording."""


class Sections(Body):
    """What is told. In an amendment a section that is given replaces the whole section; others stay as they are."""

    person: PersonSection = PersonSection()
    applicant: ApplicantSection | None = None
    residence: PlaceSection | None = None
    matter_place: PlaceSection | None = None
    address: LongText = ""
    matter: MatterSection = MatterSection()
    facts: FactsSection = FactsSection()
    wishes: WishesSection = WishesSection()
    consent: ConsentSection | None = None


class NewRequest(Sections):
    """A request for legal aid. From the app, the person or the applicant must have a telephone number."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "HOTLINE",
                    "person": {"name": "Giàng A Páo", "phone": "0912 345 678", "language": "hmn"},
                    "residence": {"text": "xã Nà Tấu, tỉnh Điện Biên"},
                    "matter": {"field": "LAND_HOUSING_ENVIRONMENT", "story": "Hàng xóm lấn đất nương."},
                    "facts": {"ethnicity": "08", "household": "POOR", "birth_year": 1981},
                    "wishes": {"sms": True, "call": True, "hours_from": "18:00", "hours_to": "20:30"},
                }
            ]
        }
    )

    channel: Channel
    call_id: Id | None = None
    """The call that it was told in, or the owed call that it settles: call_id of POST /v1/calls."""


class Amendment(Sections):
    """Sections that are told anew, each whole. At least one."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"residence": {"province_code": "11", "commune_code": "03127"}}],
        }
    )
