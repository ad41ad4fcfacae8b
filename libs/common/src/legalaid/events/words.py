"""The vocabulary of the contract: closed sets of codes. A code that an event ever carried is never removed."""

from enum import StrEnum


class Channel(StrEnum):
    """How a person reached us."""

    HOTLINE = "HOTLINE"
    APP = "APP"


class Answer(StrEnum):
    """What is known of a fact. UNKNOWN is an answer: nobody is refused for not having been asked."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


class Status(StrEnum):
    """Where a case stands. The last six end it."""

    RECEIVED = "RECEIVED"
    CHECKING = "CHECKING"
    NEED_MORE_INFO = "NEED_MORE_INFO"
    ASSIGNED = "ASSIGNED"
    ACCEPTED = "ACCEPTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    REFUSED = "REFUSED"
    TRANSFERRED = "TRANSFERRED"
    WITHDRAWN = "WITHDRAWN"
    DISCONTINUED = "DISCONTINUED"
    LINKED = "LINKED"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self not in _ENDED


_ENDED = frozenset(
    {
        Status.COMPLETED,
        Status.REFUSED,
        Status.TRANSFERRED,
        Status.WITHDRAWN,
        Status.DISCONTINUED,
        Status.LINKED,
    }
)


class CaseKind(StrEnum):
    """What the case is about: a request, or a call that we owe back."""

    REQUEST = "REQUEST"
    CALLBACK = "CALLBACK"


class OwnerKind(StrEnum):
    """Who can own a case: the national Desk, a state centre, or a branch of one."""

    DESK = "DESK"
    CENTRE = "CENTRE"
    BRANCH = "BRANCH"


class NextAction(StrEnum):
    """What the owner must do next, before the due time."""

    REVIEW = "REVIEW"
    """Check the dossier; accept it, or return it with a reason."""
    ASK_PERSON = "ASK_PERSON"
    """Facts are missing that decide eligibility."""
    CONFIRM_NOT_ELIGIBLE = "CONFIRM_NOT_ELIGIBLE"
    """The rules found no category: a person must look before anybody is refused."""
    FIND_CENTRE = "FIND_CENTRE"
    """The place is unknown, or the case was returned: the Desk must find its centre."""
    CALL_BACK = "CALL_BACK"
    APPOINT_PROVIDER = "APPOINT_PROVIDER"
    """Accepted: appoint the legal aid provider."""


class RoutingReason(StrEnum):
    """Why this owner. Says nothing about the person."""

    RESIDENCE = "RESIDENCE"
    MATTER_PLACE = "MATTER_PLACE"
    PLACE_UNKNOWN = "PLACE_UNKNOWN"
    NO_CENTRE = "NO_CENTRE"
    RETURNED = "RETURNED"
    CALLBACK = "CALLBACK"
    DESK_FOUND = "DESK_FOUND"
    """The Desk found the centre."""


class ReturnReason(StrEnum):
    """Why a centre gave a case back to the Desk."""

    OUT_OF_AREA = "OUT_OF_AREA"
    CONFLICT_OF_INTEREST = "CONFLICT_OF_INTEREST"
    ALREADY_HANDLED = "ALREADY_HANDLED"
    CANNOT_SERVE = "CANNOT_SERVE"
    """No provider who can serve the person, for lack of people or of a language."""


class CallOutcome(StrEnum):
    """How a call ended."""

    COMPLETED = "COMPLETED"
    MISSED = "MISSED"
    ABANDONED = "ABANDONED"


class CallbackReason(StrEnum):
    """Why a call is owed back."""

    MISSED = "MISSED"
    ABANDONED = "ABANDONED"
    CLOSED = "CLOSED"


class NoticeChannel(StrEnum):
    """How a notice reaches a person."""

    PUSH = "PUSH"
    ZALO = "ZALO"
    SMS = "SMS"
    VOICE = "VOICE"
    """A recording that is played to who answers."""
    CALLBACK = "CALLBACK"
    """Somebody of ours calls."""


class NoticeReason(StrEnum):
    """Why a notice did not simply go out. Says nothing about the person."""

    NO_SMS_NUMBER = "NO_SMS_NUMBER"
    SMS_NOT_WANTED = "SMS_NOT_WANTED"
    NO_CHANNEL_WANTED = "NO_CHANNEL_WANTED"
    SUPERSEDED = "SUPERSEDED"
    ERASED = "ERASED"
    GATEWAY_REFUSED = "GATEWAY_REFUSED"
    GATEWAY_UNREACHABLE = "GATEWAY_UNREACHABLE"
    ANSWER_LOST = "ANSWER_LOST"
    TOO_MANY_MESSAGES = "TOO_MANY_MESSAGES"
    """The number had all the messages that it may get on one day."""
    NOT_PROVED = "NOT_PROVED"
    """Messages were taken, and nothing proved in time that one of them reached the person."""


class Sex(StrEnum):
    """As the statistics count it."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    UNKNOWN = "UNKNOWN"


class Household(StrEnum):
    """The household's certificate (Decree 144/2017/ND-CP, Article 2)."""

    POOR = "POOR"
    NEAR_POOR = "NEAR_POOR"
    NEITHER = "NEITHER"
    UNKNOWN = "UNKNOWN"


class Role(StrEnum):
    """The person's part in criminal proceedings: those that Article 7(5), as amended by Law 59/2024/QH15, names."""

    DENOUNCED = "DENOUNCED"
    """Bị tố giác."""
    PROPOSED_FOR_PROSECUTION = "PROPOSED_FOR_PROSECUTION"
    """Bị kiến nghị khởi tố."""
    HELD_IN_URGENT_CASE = "HELD_IN_URGENT_CASE"
    """Bị giữ trong trường hợp khẩn cấp."""
    ACCUSED = "ACCUSED"
    """Bị buộc tội: arrested, in custody, charged or on trial."""
    CRIME_VICTIM = "CRIME_VICTIM"
    WITNESS = "WITNESS"
    DIVERTED = "DIVERTED"
    """Chấp hành biện pháp xử lý chuyển hướng."""
    PRISONER = "PRISONER"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class Claim(StrEnum):
    """A circumstance that Article 7 of the Law on Legal Aid names and that only the person can tell us of."""

    MERITORIOUS_PERSON = "MERITORIOUS_PERSON"
    MARTYR_RELATIVE = "MARTYR_RELATIVE"
    AGENT_ORANGE_VICTIM = "AGENT_ORANGE_VICTIM"
    DISABLED = "DISABLED"
    DOMESTIC_VIOLENCE_VICTIM = "DOMESTIC_VIOLENCE_VICTIM"
    TRAFFICKING_VICTIM = "TRAFFICKING_VICTIM"
    TRAFFICKING_BEING_IDENTIFIED = "TRAFFICKING_BEING_IDENTIFIED"
    """The authorities are still finding out whether the person is a victim (Article 7(6a))."""
    TRAFFICKING_ACCOMPANYING_MINOR = "TRAFFICKING_ACCOMPANYING_MINOR"
    """Under 18, and with a victim or somebody who is being identified as one (Article 7(6a))."""
    HIV_POSITIVE = "HIV_POSITIVE"


class Custody(StrEnum):
    """How the person is held. Only the first two have the twelve hours of Article 31(2)."""

    ARRESTED = "ARRESTED"
    """Bị bắt."""
    IN_CUSTODY = "IN_CUSTODY"
    """Tạm giữ."""
    ON_REMAND = "ON_REMAND"
    """Tạm giam."""
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class PartyMark(StrEnum):
    """What a mark of somebody in a matter is made of (docs/routing.md). What is equal in two cases has equal marks."""

    NUMBER = "number"
    """The telephone number."""
    BORN = "born"
    """Name and year of birth."""
    NEAR = "near"
    """Name and commune."""


class LawField(StrEnum):
    """Field of law. Business and commerce lie outside legal aid (Article 27)."""

    CRIMINAL = "CRIMINAL"
    CIVIL = "CIVIL"
    MARRIAGE_FAMILY = "MARRIAGE_FAMILY"
    ADMINISTRATIVE = "ADMINISTRATIVE"
    LAND_HOUSING_ENVIRONMENT = "LAND_HOUSING_ENVIRONMENT"
    LABOUR_INSURANCE = "LABOUR_INSURANCE"
    MERIT_SOCIAL_POLICY = "MERIT_SOCIAL_POLICY"
    OTHER = "OTHER"
    BUSINESS_COMMERCE = "BUSINESS_COMMERCE"
    UNKNOWN = "UNKNOWN"


class SpeakerRole(StrEnum):
    """Who speaks a language at a centre: those who provide legal aid (Article 17), its staff, or its interpreters."""

    STATE_LEGAL_AID_OFFICER = "STATE_LEGAL_AID_OFFICER"
    CONTRACT_LAWYER = "CONTRACT_LAWYER"
    LEGAL_CONSULTANT = "LEGAL_CONSULTANT"
    COLLABORATOR = "COLLABORATOR"
    STAFF = "STAFF"
    INTERPRETER = "INTERPRETER"
    """On the centre's list of interpreters: has to be asked first."""


class AidForm(StrEnum):
    """Form of legal aid (Article 27)."""

    LITIGATION = "LITIGATION"
    LEGAL_ADVICE = "LEGAL_ADVICE"
    OUT_OF_COURT_REPRESENTATION = "OUT_OF_COURT_REPRESENTATION"
    UNKNOWN = "UNKNOWN"


class Purpose(StrEnum):
    """What a person consented to, each by itself."""

    CASE_HANDLING = "CASE_HANDLING"
    SMS_UPDATES = "SMS_UPDATES"
    PUSH_UPDATES = "PUSH_UPDATES"
    ZALO_UPDATES = "ZALO_UPDATES"
    CALL_RECORDING = "CALL_RECORDING"


class Speaker(StrEnum):
    """Who is meant: the person helped, or the applicant who speaks for them."""

    PERSON = "PERSON"
    APPLICANT = "APPLICANT"
