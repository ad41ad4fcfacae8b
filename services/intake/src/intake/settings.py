"""The settings of intake: those of every service, and its own."""

from pydantic import BaseModel, ConfigDict, Field

from legalaid.settings import ConsumerSettings, ServiceSettings


class CallbackSettings(BaseModel):
    """What we promise callers whom nobody spoke with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes: int = Field(default=60, ge=0)
    """Working minutes within which we call back when nobody else waits."""
    per_hour: int = Field(default=12, ge=1)
    """Calls that the Desk returns in a working hour; whoever waits longer is told a later time."""


class GuardSettings(BaseModel):
    """How many failed status checks are let through in one window, before 429."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_seconds: int = Field(default=3600, ge=1)
    per_code: int = Field(default=10, ge=1)
    per_phone: int = Field(default=10, ge=1)
    per_client: int = Field(default=1000, ge=1)
    """One client is a whole front end with many people behind it."""


class IntakeSettings(ServiceSettings):
    """``LEGALAID_CALLBACKS__PER_HOUR`` and the like."""

    consumer: ConsumerSettings = ConsumerSettings(gather_seconds=0.5)
    """It follows the cases for people who ask how theirs stands: nobody waits for that to the millisecond."""
    callbacks: CallbackSettings = CallbackSettings()
    guard: GuardSettings = GuardSettings()
