"""The directory of state legal aid centres and branches."""

from datetime import date

from legalaid.events.base import CommuneCode, EventData, OwnerCode, ProvinceCode, PublicName, Retention, Topic, event
from legalaid.events.words import OwnerKind

TOPIC = Topic(
    name="legalaid.centres",
    owner="routing",
    consumers=("reports",),
    key="code",
    partitions=1,
    retention=Retention.LATEST,
    description="The directory of centres and branches: the newest record of each is in force.",
)


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
    """The communes that a branch serves; empty for a centre, which serves the whole province."""
    valid_from: date
    valid_to: date | None
    verified: bool
    """Whether the area was confirmed by the province."""
