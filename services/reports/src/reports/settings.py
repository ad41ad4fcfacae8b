"""The settings of reports: those of every service, and how much one question may ask."""

from pydantic import Field

from legalaid.settings import ConsumerSettings, ServiceSettings


class ReportsSettings(ServiceSettings):
    """``LEGALAID_MOST_DAYS``."""

    consumer: ConsumerSettings = ConsumerSettings(gather_seconds=0.5)
    most_days: int = Field(default=400, ge=1)
    """The longest time that one summary may be about: all its facts are read for the answer."""
