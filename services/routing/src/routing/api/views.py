"""What officers are shown."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from legalaid.events.base import Code, CommuneCode, OwnerCode, ProvinceCode
from legalaid.events.cases import CaseState, Owner
from legalaid.events.people import Contact, Facts, Story
from legalaid.events.words import CaseKind, Channel, NextAction, ReturnReason, RoutingReason, Status
from legalaid.ids import Id, ReceiptCode
from routing.rules.decision import DecisionRecord
from routing.rules.limits import Limit
from routing.rules.offers import Offer
from routing.rules.papers import Proof
from routing.rules.parties import NO_HITS, Hits


class CaseView(BaseModel):
    """The public state of a case."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)

    case_id: Id
    kind: CaseKind
    status: Status
    owner: Owner | None
    next_action: NextAction | None
    due_at: datetime | None
    """By our standard of service."""
    legal_due_at: datetime | None
    """By the law: 24:00 of the last day. null where it says at once, or sets no limit."""
    legal_basis: Code | None
    """The article that sets the limit, such as luat-11-2017.31.2."""
    urgent: bool
    routing_reason: RoutingReason
    channel: Channel
    receipt_code: ReceiptCode | None
    province: ProvinceCode | None
    commune: CommuneCode | None
    received_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, state: CaseState) -> "CaseView":
        """Of a case as it stands."""
        return cls.model_validate(state)


class CaseDetail(BaseModel):
    """A case with what the person told, and why it stands as it does."""

    case: CaseView
    contact: Contact
    facts: Facts | None
    story: Story | None
    decision: DecisionRecord | None
    proof: Proof | None
    """The papers of the decision's categories, those that hold first. Nobody is turned away for want of one."""
    limits: tuple[Limit, ...] = ()
    """What the law sets since the case was accepted, what ends first at the top; also by when papers have to come."""
    offers: tuple[Offer, ...] = ()
    """Other centres that can be offered today. None of them changes who owns the case."""
    hits: Hits = NO_HITS
    """Other open cases with the same people, as they stand now; nothing of it is kept."""


class WorkList(BaseModel):
    """One page of a centre's cases, what is due first at the top."""

    items: list[CaseView]
    next_cursor: str | None
    """For the next page; None on the last one."""
    conflicts: list[Id] = []
    """Those of this page that may need another provider (Article 25(3)), for the head of the centre."""


class Return(BaseModel):
    """Why a centre gives a case back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "OUT_OF_AREA"}]})

    reason: ReturnReason


class Linking(BaseModel):
    """Which request goes on for both."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"case_id": "3f0e8a52-6c1d-5b7e-9a44-2d1c0b9e8f76"}]}
    )

    case_id: Id


class Assignment(BaseModel):
    """To whom the Desk gives a case."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"owner": "TGPL-11"}]})

    owner: OwnerCode
