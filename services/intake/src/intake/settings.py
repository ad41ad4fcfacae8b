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
    """How many failed status checks are looked at in one window; more are answered 429 until it is over.

    The window is the longest that a right pair can be kept waiting, whatever was tried before. What the defaults mean
    for somebody who guesses is computed in ``tests/unit/test_guessing.py`` and told in docs/intake.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_seconds: int = Field(default=5, ge=1)
    per_phone: int = Field(default=25, ge=1)
    per_code: int = Field(default=3, ge=1)
    per_address: int = Field(default=10, ge=1)
    """Behind one address of a mobile network are thousands of people; only their failures count."""
    address_header: str = ""
    """In which header a proxy of ours names the caller's address, such as ``X-Forwarded-For``, whose last entry counts.
    Empty: nobody is known by an address. Only for a proxy that writes it itself and that nobody can go round."""


class BrakeSettings(BaseModel):
    """How many new requests are taken in a window; more get 429 and the number of the hotline. A resend is not new."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phone_window_seconds: int = Field(default=3600, ge=1)
    per_phone_app: int = Field(default=5, ge=1)
    """Of one number, whether the person's or that of who speaks for them."""
    per_phone_hotline: int = Field(default=30, ge=1)
    """An operator has heard the person; a village's only telephone may stand in many requests."""
    client_window_seconds: int = Field(default=60, ge=1)
    per_client: int = Field(default=300, ge=1)
    """One client is a whole front end with many people behind it: it waits a minute at most."""


class IntakeSettings(ServiceSettings):
    """``LEGALAID_CALLBACKS__PER_HOUR`` and the like."""

    consumer: ConsumerSettings = ConsumerSettings(gather_seconds=0.5)
    """It follows the cases for people who ask how theirs stands: nobody waits for that to the millisecond."""
    callbacks: CallbackSettings = CallbackSettings()
    guard: GuardSettings = GuardSettings()
    brake: BrakeSettings = BrakeSettings()
