"""What lies inside the sealed compartments: everything that a person tells us. It never stands in the clear.

A box outlives the code that sealed it, so these models only ever gain optional fields.
"""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from legalaid.events.sealed import Compartment
from legalaid.events.words import AidForm, Answer, Claim, Custody, Household, LawField, Purpose, Role, Sex, Speaker
from legalaid.ids import Id

E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
HourMinute = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")]
"""ISO 639-3: vie, hmn (Mông), blt (Thái đen) …"""
EthnicityCode = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|[1-4][0-9]|5[0-4])$")]
"""The General Statistics Office's list of 54: 01 Kinh, 03 Thái, 08 Mông …"""
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
PushToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:.-]{20,1000}$")]
"""What Firebase Cloud Messaging knows one installation of the app by."""
PushEndpoint = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,1000}$")]
"""Where a browser's push service takes messages for it. Whether we call it, notify decides (docs/sending.md)."""
LongText = Annotated[str, StringConstraints(max_length=20_000, strip_whitespace=True)]


class _Part(Compartment):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", use_attribute_docstrings=True)


class Person(_Part):
    """The one helped."""

    name: ShortText | None = None
    phone: E164 | None = None
    language: LanguageCode = "vie"
    needs_interpreter: bool = False


class Applicant(_Part):
    """Who speaks for the person, if another."""

    name: ShortText
    phone: E164 | None = None
    relation: ShortText | None = None


class Wishes(_Part):
    """How it is safe to reach the person. What is not allowed here cannot be used (docs/sending.md)."""

    sms: bool = True
    call: bool = True
    hours_from: HourMinute | None = None
    hours_to: HourMinute | None = None
    """Vietnamese wall time; from later than to means over midnight. Both or neither."""
    speak_to: Speaker = Speaker.PERSON


class Consent(_Part):
    """What was agreed to, by whom, when, to which text, with what proof (Law 91/2025/QH15)."""

    purposes: frozenset[Purpose] = frozenset()
    given_by: Speaker = Speaker.PERSON
    at: AwareDatetime
    text_version: ShortText
    evidence: ShortText


class WebPush(_Part):
    """What a browser gives the app: a ``PushSubscription``."""

    endpoint: PushEndpoint
    p256dh: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{87}=?$")]
    """Its public key, an uncompressed point (RFC 8291)."""
    auth: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}={0,2}$")]


class Device(_Part):
    """A telephone or browser on which the app may be told that there is news: a token, or a subscription."""

    id: Id
    holder: Speaker
    """Whose number it was registered with."""
    token: PushToken | None = None
    web: WebPush | None = None
    consent: Consent
    """To PUSH_UPDATES on this device."""


class Contact(_Part):
    """Compartment ``contact``: opened by notify and the centre's officer."""

    compartment: ClassVar[str] = "contact"
    person: Person
    applicant: Applicant | None = None
    wishes: Wishes = Wishes()
    consent: Consent | None = None
    shared_phone: Answer = Answer.UNKNOWN
    """Whether others use the telephone, or read or hear what comes to it."""
    at_risk: Answer = Answer.UNKNOWN
    """``Facts.in_danger``, for those who choose how the person is told and may not read the facts."""
    devices: tuple[Device, ...] = ()
    """The oldest first. They are for notify alone: no officer is shown them."""


class Facts(_Part):
    """Compartment ``facts``: what Article 7 asks; opened by routing, reports and the centre's officer."""

    compartment: ClassVar[str] = "facts"
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    """For those who know only the year. Ignored when ``birth_date`` is there."""
    ethnicity: EthnicityCode | None = None
    language: LanguageCode = "vie"
    household: Household = Household.UNKNOWN
    monthly_allowance: Answer = Answer.UNKNOWN
    """Receives the monthly social allowance."""
    extreme_area: Answer = Answer.UNKNOWN
    """Lives in an area of extreme socio-economic difficulty."""
    role: Role = Role.UNKNOWN
    claims: dict[Claim, Answer] = Field(default_factory=dict)
    """A claim that is not listed is UNKNOWN."""
    detained: Answer = Answer.UNKNOWN
    in_danger: Answer = Answer.UNKNOWN
    deadline_near: Answer = Answer.UNKNOWN
    """A trial or the end of a limitation period within five working days (Article 30(4)), where no day is known."""
    trial_on: date | None = None
    limitation_ends_on: date | None = None
    """The last day on which the person may still sue, appeal or complain."""
    custody: Custody = Custody.UNKNOWN
    appointed_defence: Answer = Answer.UNKNOWN
    """An agency asked for a defender whom the law prescribes (Criminal Procedure Code, Article 76)."""
    step_on: date | None = None
    """The day of the step in the proceedings that the aid is for: age is judged then, where the law says so."""
    vietnamese_citizen: Answer = Answer.UNKNOWN
    in_vietnam: Answer = Answer.UNKNOWN
    """Is in the country."""
    matter_of_trafficking: Answer = Answer.UNKNOWN
    """The matter is tied to the trafficking (Decree 162/2025/ND-CP, Article 21)."""
    concrete_matter: Answer = Answer.YES
    """There is a matter of the person's own, not a question about the law (Article 30(1)). A request tells of one."""
    field: LawField = LawField.UNKNOWN
    form: AidForm = AidForm.UNKNOWN
    occurred_at: AwareDatetime | date | None = None
    """When the matter happened."""


class OtherParty(_Part):
    """Somebody else in the matter, with what the person knows of them."""

    name: ShortText
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    phone: E164 | None = None


class Story(_Part):
    """Compartment ``story``: opened by the centre's officer only."""

    compartment: ClassVar[str] = "story"
    text: LongText = ""
    address: LongText = ""
    residence_as_told: LongText = ""
    matter_place_as_told: LongText = ""
    other_parties: tuple[ShortText, ...] = ()
    """Those of whom only the name is known."""
    others: tuple[OtherParty, ...] = ()
    """Those of whom more is known."""
