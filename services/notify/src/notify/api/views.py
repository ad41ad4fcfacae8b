"""What a person at the Desk or a centre sees of notices, and says about them."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from legalaid.events.words import NoticeReason
from notify.commands.desk import Choice
from notify.notice import Notice, State


class NoticeView(BaseModel):
    """A notice as the Desk sees it. Whom to call, and at which number, stands in the case, which routing opens."""

    model_config = ConfigDict(frozen=True)

    id: str
    case_id: str
    receipt_code: str | None
    template: str
    state: State
    reason: NoticeReason | None
    owner: str | None
    province: str | None
    urgent: bool
    requested_at: datetime
    changed_at: datetime
    due_at: datetime | None
    """By when to call."""
    call_from: datetime | None
    """From when one may call. Both times lie in the hours that the person wishes; all of these stand in the case."""

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """The view of ``notice``."""
        return cls.model_validate(notice, from_attributes=True)


class NoticeList(BaseModel):
    """Notices, the most pressing first."""

    notices: list[NoticeView]


class Decision(BaseModel):
    """A person's decision."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"decision": "resend"}]})

    decision: Choice
