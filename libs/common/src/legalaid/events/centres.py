"""The directory of state legal aid centres and branches."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from legalaid.events.base import CommuneCode, EventData, OwnerCode, ProvinceCode, PublicName, Retention, Topic, event
from legalaid.events.people import E164, LanguageCode
from legalaid.events.words import LawField, OwnerKind, SpeakerRole

TOPIC = Topic(
    name="legalaid.centres",
    owner="routing",
    consumers=("reports",),
    key="code",
    partitions=1,
    retention=Retention.LATEST,
    description="The directory of centres and branches: the newest record of each is in force.",
)

OpeningHours = Annotated[str, StringConstraints(pattern=r"^[MTWFS][A-Za-z0-9:,; -]{1,199}$")]
"""``Mo-Fr 08:00-11:30,13:30-17:00; Sa 08:00-11:30``: the part of OpenStreetMap's opening_hours that offices need."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


class SpokenLanguage(_Part):
    """A language in which the centre can serve somebody, and by whom: a role, never a person."""

    language: LanguageCode
    role: SpeakerRole


class CentreDetails(_Part):
    """What a person needs to know of a centre, and the Desk before it offers it. What is None or empty is not known."""

    address: PublicName | None = None
    phone: E164 | None = None
    hours: OpeningHours | None = None
    languages: tuple[SpokenLanguage, ...] = ()
    """Besides Vietnamese."""
    fields: tuple[LawField, ...] = ()
    weekly_capacity: Annotated[int, Field(ge=0)] | None = None
    """How many cases it can take in a week. It never keeps a case from having an owner."""
    closed_days: tuple[date, ...] = ()
    """Besides those of the working calendar."""
    verified: bool = False
    """Whether the centre confirmed them."""


@event(TOPIC, "vn.legalaid.centre.published.v1")
class CentrePublished(EventData):
    """A centre as the directory has it now."""

    code: OwnerCode
    kind: OwnerKind
    name: PublicName
    province: ProvinceCode
    parent: OwnerCode | None
    """The centre that a branch belongs to."""
    communes: tuple[CommuneCode, ...]
    """The communes that it serves; empty for a centre that serves the whole province, and where nobody knows them."""
    valid_from: date
    valid_to: date | None
    verified: bool
    """Whether the name and the area were confirmed by the province."""
    area_known: bool = True
    """False for one that is known to exist while nobody knows which communes it serves: only the Desk chooses it."""
    details: CentreDetails | None = None
