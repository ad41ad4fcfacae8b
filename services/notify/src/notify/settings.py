"""The settings of notify: those of every service, its gateway and the pace of its sender."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from legalaid.settings import ServiceSettings

GatewayKind = Literal["simulated", "esms", "vietguys", "vmg", "speedsms", "stringee", "smpp"]
PROVIDER_PATTERN = r"^[a-z][a-z0-9-]{0,19}$"
ProviderName = Annotated[str, StringConstraints(pattern=PROVIDER_PATTERN)]
_DAY_HOURS, _MARGIN_HOURS = 24, 1
_LEAST_CALLBACK_KEY = 20


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GatewaySettings(_Group):
    """Which SMS gateway, and how it may be used (docs/sending.md)."""

    kind: GatewayKind = "simulated"
    url: str = "http://127.0.0.1:8010"
    """Without a path. eSMS: ``https://rest.esms.vn``; SMPP: ``smpps://host:port``, or ``smpp:`` through a tunnel."""
    sender: str = "TGPL"
    """The registered brand name, at most 11 characters (Decree 91/2020/ND-CP)."""
    api_key: SecretStr = SecretStr("")
    """Or account, token: what the provider's module in ``notify/gateways`` says."""
    secret_key: SecretStr = SecretStr("")
    repeats_known_for_hours: float = Field(default=0, ge=0)
    """For how long the provider confirmed that it refuses a request id that it knows (eSMS: 24, by its code 124)."""
    drops_repeats: bool = False
    """The older way to say so: ``repeats_known_for_hours`` of 24, where that is not said."""
    per_second: float = Field(default=0, ge=0)
    """Messages a second that the gateway allows this process; 0: no limit."""
    timeout_seconds: float = Field(default=10, gt=0)
    """For one step of a call: a free connection, connecting, the answer."""
    callback_url: SecretStr = SecretStr("")
    """eSMS: where it says what became of a message. Its last part is a key of 20 characters at least that nobody can
    guess: ``https://…/v1/webhooks/esms/<key>``. Empty: it says nothing."""
    share: float | None = Field(default=None, ge=0)
    """Of the messages, where several providers share them; absent: as ``notify/providers.toml`` says."""
    daily_cap_vnd: Decimal | None = Field(default=None, gt=0)
    """What may be spent there on one day of Vietnam; absent: as ``notify/providers.toml`` says, or no cap."""

    @property
    def callback_key(self) -> str:
        """What a callback's address has to end in; empty: none is believed."""
        key = self.callback_url.get_secret_value().rpartition("/")[2]
        return key if len(key) >= _LEAST_CALLBACK_KEY else ""

    @property
    def repeats_known_for(self) -> timedelta:
        """How long after a first attempt we rely on that: an hour less, for clocks and for what is under way."""
        hours = self.repeats_known_for_hours or (_DAY_HOURS if self.drops_repeats else 0)
        return timedelta(hours=max(0, hours - _MARGIN_HOURS))


class IncomingSettings(_Group):
    """What people write to us by a short code of eSMS (docs/sending.md)."""

    cpid: str = ""
    private_key: SecretStr = SecretStr("")
    """Signs what it passes on. Empty: nothing is believed."""


class VoiceSettings(_Group):
    """Voice messages by eSMS (docs/sending.md). Without the id of a recording there are none."""

    url: str = "https://voiceapi.esms.vn"
    api_key: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    hotline: str = "18001233"
    """Where the key leads."""
    recordings: dict[str, str] = Field(default_factory=dict)
    """The provider's id of each recording, by ``language/version`` (``notify/voice.toml``)."""
    repeats_known_for_hours: float = Field(default=0, ge=0)
    """For how long the provider confirmed that it refuses a request id that it knows."""
    timeout_seconds: float = Field(default=10, gt=0)
    """For one step of a call of its interface."""


class PushSettings(_Group):
    """Push to the app (docs/sending.md). FCM and web push are each there where their key is; without both, no push."""

    fcm_account: SecretStr = SecretStr("")
    """The file of a service account, as Google gives it."""
    fcm_url: str = "https://fcm.googleapis.com"
    vapid_key: SecretStr = SecretStr("")
    """Of web push: the private scalar in base64url. Another key ends all subscriptions."""
    vapid_subject: str = ""
    """Whom a push service writes to when we make trouble: a ``mailto:`` or ``https:`` address."""
    hosts: tuple[str, ...] = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "*.notify.windows.com",
    )
    """Whom an endpoint may name, for it is an address that a client gives us. A host, which is called over https alone;
    those below one (``*.``); or a whole origin, such as that of a push service of a trial."""
    timeout_seconds: float = Field(default=10, gt=0)
    """For one step of a call."""


class ZaloSettings(_Group):
    """Zalo template messages (docs/sending.md). Without an ``app_id`` there are none."""

    url: str = "https://business.openapi.zalo.me"
    oauth_url: str = "https://oauth.zaloapp.com"
    app_id: str = ""
    secret_key: SecretStr = SecretStr("")
    """Of the app: renews the tokens."""
    oa_id: str = ""
    oa_secret: SecretStr = SecretStr("")
    """Of the official account: signs the webhook."""
    templates: dict[str, str] = Field(default_factory=dict)
    """Zalo's id of each text that it has approved, by ``name/version`` (``notify/zalo.toml``)."""
    timeout_seconds: float = Field(default=10, gt=0)
    """For one step of a call."""


def longest_call(gateway: GatewaySettings) -> timedelta:
    """How long one message can be at the gateway's door before it counts as in doubt."""
    return timedelta(seconds=3 * gateway.timeout_seconds)


class SenderSettings(_Group):
    """The pace and patience of the sender loop."""

    at_once: int = Field(default=64, ge=1)
    """Messages between "marked as being sent" and "outcome written": what a crash leaves in doubt, at most."""
    poll_seconds: float = Field(default=1.0, gt=0)
    """How often the store is asked for what has come due; new notices wake the sender at once."""
    climb_seconds: float = Field(default=10.0, gt=0)
    """How often it is looked who got no proof in time; what could not be sent goes on at once."""
    lease_seconds: float = Field(default=60.0, gt=0)
    """After it, what a sender left unfinished is taken up by another; more than a whole call can last."""
    retry_first_seconds: float = Field(default=2.0, gt=0)
    retry_most_seconds: float = Field(default=300.0, gt=0)
    patience_hours: float = Field(default=4.0, gt=0)
    """So long after it was first allowed to go, a message that still could not be sent becomes a call."""
    together_seconds: float = Field(default=120.0, ge=0)
    """News for a number that had a message this short a time ago waits for the rest of it, and what waits for a number
    at the same time becomes one message; 0: each piece of news is a message of its own."""
    per_number_a_day: int = Field(default=6, ge=1)
    """Messages that one number gets on one day of Vietnam, over all cases; what exceeds it waits for the next day."""
    stale_hours: float = Field(default=72.0, gt=0)
    """News older than this is not sent but called, so that a rebuilt store cannot flood people with old messages."""


class NotifySettings(ServiceSettings):
    """``LEGALAID_GATEWAY__KIND`` and the like."""

    gateway: GatewaySettings = GatewaySettings()
    """The one provider of SMS, where ``gateways`` names none."""
    gateways: dict[ProviderName, GatewaySettings] = Field(default_factory=dict)
    """Several that share the messages, by a name that stays: ``LEGALAID_GATEWAYS__<NAME>__KIND`` and the like."""
    zalo: ZaloSettings = ZaloSettings()
    push: PushSettings = PushSettings()
    voice: VoiceSettings = VoiceSettings()
    incoming: IncomingSettings = IncomingSettings()
    sender: SenderSettings = SenderSettings()

    @model_validator(mode="after")
    def _a_lease_outlives_a_call(self) -> Self:
        longest = max(longest_call(each) for each in self.providers.values())
        if self.sender.lease_seconds <= longest.total_seconds():
            raise ValueError("sender.lease_seconds must be more than three times gateway.timeout_seconds")
        return self

    @property
    def providers(self) -> Mapping[str, GatewaySettings]:
        """All providers of SMS by name; that of ``gateway`` is named after its kind."""
        return self.gateways or {self.gateway.kind: self.gateway}
