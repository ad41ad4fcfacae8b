"""Cases: who owns what a person asked, what must be done next, and by when.

Every event carries the whole public state, so that a reader needs no earlier one. An open case has one owner, one next
action and one due time; the model refuses anything else.
"""

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from legalaid.events.base import (
    Code,
    CommuneCode,
    EventData,
    OwnerCode,
    ProvinceCode,
    PublicName,
    Retention,
    Topic,
    event,
)
from legalaid.events.people import Contact, Facts
from legalaid.events.sealed import Sealed
from legalaid.events.words import CaseKind, Channel, NextAction, OwnerKind, ReturnReason, RoutingReason, Status
from legalaid.ids import Id, ReceiptCode

TOPIC = Topic(
    name="legalaid.cases",
    owner="routing",
    consumers=("intake", "notify", "reports"),
    key="case_id",
    partitions=6,
    retention=Retention.FOREVER,
    description="Cases and everything that becomes of them.",
)


class Owner(BaseModel):
    """Who must act. ``name`` is the public Vietnamese name, for texts to people."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)

    kind: OwnerKind
    code: OwnerCode
    name: PublicName
    province: ProvinceCode | None = None
    """The centre's own province; None for the Desk."""


class CaseState(EventData):
    """The public state of a case after the event."""

    case_id: Id
    """The request's id, or the call's for a callback."""
    kind: CaseKind
    status: Status
    owner: Owner | None
    next_action: NextAction | None
    due_at: AwareDatetime | None
    """By when the next action has to be done, by our standard of service: as the office closes."""
    legal_due_at: AwareDatetime | None = None
    """By when the law wants it done: 24:00 of the last day. None where it says at once, or sets no limit."""
    legal_basis: Code | None = None
    """The article that sets the limit, such as luat-11-2017.31.2. It says nothing about the person."""
    urgent: bool
    routing_reason: RoutingReason
    ruleset: Code
    """The version of the rules that decided."""
    channel: Channel
    receipt_code: ReceiptCode | None
    """None for a callback: the caller was given none."""
    province: ProvinceCode | None
    commune: CommuneCode | None
    received_at: AwareDatetime
    """When the person reached us."""
    changed_at: AwareDatetime
    """When this event became true."""
    contact: Sealed[Contact]
    facts: Sealed[Facts] | None
    """None for a callback: nothing was told yet."""

    @model_validator(mode="after")
    def _open_means_owned(self) -> Self:
        held = (self.owner is not None, self.next_action is not None, self.due_at is not None)
        if any(held) != self.status.is_open or len(set(held)) != 1:
            message = "an open case has an owner, a next action and a due time; an ended one has none of them"
            raise ValueError(message)
        return self


@event(TOPIC, "vn.legalaid.case.opened.v1")
class CaseOpened(CaseState):
    """Routing took up a request or an owed call: from now on somebody answers for it."""


@event(TOPIC, "vn.legalaid.case.reassessed.v1")
class CaseReassessed(CaseState):
    """The person changed what they told, or the Desk found the centre: status and owner were decided again."""


@event(TOPIC, "vn.legalaid.case.accepted.v1")
class CaseAccepted(CaseState):
    """The centre accepted the case (thụ lý)."""


@event(TOPIC, "vn.legalaid.case.returned.v1")
class CaseReturned(CaseState):
    """The centre gave the case back to the Desk."""

    returned_by: OwnerCode
    return_reason: ReturnReason


@event(TOPIC, "vn.legalaid.case.closed.v1")
class CaseClosed(CaseState):
    """The case ended, as its status says."""
