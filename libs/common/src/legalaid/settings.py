"""Settings: read once at start from ``LEGALAID_*`` variables or files in ``/run/secrets``, checked, then frozen.

Nested names are joined by two underscores: ``LEGALAID_KAFKA__SERVERS``. A file has the name of the variable that it
stands for, and the variable wins where there are both.
"""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(_Group):
    """How to reach the brokers."""

    servers: str = "127.0.0.1:9092"
    prefix: str = ""
    """Put before every topic and group name, so that several installations can share brokers."""
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    """With a CA file the connection is TLS; with a username also SASL SCRAM-SHA-512."""


class MongoSettings(_Group):
    """How to reach the store."""

    url: SecretStr = SecretStr("mongodb://127.0.0.1:27017")
    prefix: str = ""
    """Put before every database name."""
    ca_file: Path | None = None
    """With a CA file the connection is TLS, whatever the address says."""
    timeout_seconds: float = 5.0
    """For one operation, server selection included; after it the store counts as down."""
    journal_days: int = Field(default=35, ge=1)
    """How long published events are kept for a Kafka that loses them: as long as its backups at least."""


class KeyringSettings(_Group):
    """Which key-encryption keys this process was given (docs/sealed-box.md). Secrets: 32 bytes each, base64.

    A service has only the compartments that it may open; each holds ``<version>:<base64>`` pairs joined by commas,
    the newest first: new boxes use the first, old boxes find theirs.
    """

    contact: SecretStr = SecretStr("")
    facts: SecretStr = SecretStr("")
    story: SecretStr = SecretStr("")
    index: SecretStr = SecretStr("")
    """The key of the blind index of telephone numbers."""
    parties: SecretStr = SecretStr("")
    """The key of the marks of who stands in a matter: intake's alone. Without it there are none, and no hits."""


class HttpSettings(_Group):
    """The HTTP face of a service."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    body_limit_bytes: int = 64 * 1024
    head_bytes: int = Field(default=16 * 1024, ge=1024)
    """Of a request's address and headers together: a token has at most 8 KiB."""
    head_fields: int = Field(default=100, ge=10)
    head_seconds: float = Field(default=10, gt=0)
    """From a connection, or from the first byte of a further request, to the end of its head."""
    body_seconds: float = Field(default=30, gt=0)
    """From the end of the head to the end of the body."""
    answer_seconds: float = Field(default=30, gt=0)
    """How long an answer may lie unread."""
    idle_seconds: float = Field(default=75, gt=0)
    """Between two requests: longer than proxies keep a connection (60 s), so that it is they who close it."""
    connections: int = Field(default=512, ge=1)
    """At once, for one process; one more is answered 503 and closed."""


class AuthSettings(_Group):
    """Whose bearer tokens are believed: exactly one of a JWKS address and a JWKS file.

    A job has neither; ``service.main`` runs no service without one.
    """

    issuer: str = "https://legalaid.local"
    audience: str = "legalaid"
    jwks_url: str = ""
    """https; plain http on loopback only: who can change the keys on their way can make tokens."""
    jwks_file: Path | None = None

    @model_validator(mode="after")
    def _has_one_safe_place(self) -> Self:
        if self.jwks_url and self.jwks_file is not None:
            message = "set LEGALAID_AUTH__JWKS_URL or LEGALAID_AUTH__JWKS_FILE, not both"
            raise ValueError(message)
        if self.jwks_url and not _is_safe(self.jwks_url):
            message = "LEGALAID_AUTH__JWKS_URL must be an https address (http only on loopback)"
            raise ValueError(message)
        return self


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    loopback = {"localhost", "127.0.0.1", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in loopback))


class TelemetrySettings(_Group):
    """Logs and traces."""

    log_level: str = "INFO"
    otlp_endpoint: str = ""
    """Where spans go (OTLP over HTTP, without the /v1/traces path); empty: spans are not made."""
    trace_ratio: float = Field(default=0.1, ge=0, le=1)


class ConsumerSettings(_Group):
    """The pace and patience of the batch consumer loop (docs/consumer-loop.md)."""

    batch_records: int = Field(default=500, ge=1)
    gather_seconds: float = Field(default=0.0, ge=0)
    """How long the brokers gather records for a group that nobody waits for; 0: what arrives is handled at once."""
    queue_batches: int = Field(default=4, ge=1)
    """Batches that may wait per partition before its fetching is paused."""
    commit_seconds: float = 1.0
    retry_first_seconds: float = 0.1
    retry_most_seconds: float = 10.0
    breaker_failures: int = Field(default=20, ge=1)
    """Dead letters in a row, on one partition, after which the partition stops."""
    stuck_seconds: float = 60.0
    """Lag without progress for so long fails /livez."""
    session_timeout_seconds: float = 30.0
    drain_seconds: float = 20.0
    """How long a revoke or a shutdown waits for work already begun."""


class ServiceSettings(BaseSettings):
    """What every service reads. A service adds its own groups in a subclass."""

    model_config = SettingsConfigDict(
        env_prefix="LEGALAID_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,  # one variable of a group leaves the service's other defaults be
        secrets_dir="/run/secrets",
        secrets_dir_missing="ok",
        hide_input_in_errors=True,  # a wrong setting may stand beside a secret
        frozen=True,
        extra="ignore",
    )

    version: str = ""
    """What an image was built as, for logs, metrics and traces; empty: the version of the installed package."""
    revision: str = "unknown"
    """The commit that it was built from."""
    parts: str = ""
    """Which parts this process runs, joined by commas, such as ``http,sweeper``; empty: all."""
    holidays_file: Path | None = None
    """The days on which offices are closed, and the Saturdays that they work (CSV, as
    ``legalaid/vietnam/data/holidays.csv``, which counts without it). The same for all services: by it intake promises
    calls, routing counts deadlines and notify owes calls."""
    kafka: KafkaSettings = KafkaSettings()
    mongo: MongoSettings = MongoSettings()
    keyring: KeyringSettings = KeyringSettings()
    http: HttpSettings = HttpSettings()
    auth: AuthSettings = AuthSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    consumer: ConsumerSettings = ConsumerSettings()

    def runs(self, part: str) -> bool:
        """Whether this process runs the part of this name, so that it is not judged by a part that another runs."""
        return not self.parts or part in (name.strip() for name in self.parts.split(","))

    def masked(self) -> str:
        """All settings as JSON, secrets as asterisks: what ``--print-settings`` shows."""
        return self.model_dump_json(indent=2)

    @classmethod
    def settings_customise_sources(  # noqa: D102 - the library's own hook
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - as above
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The library's own reader of files does not know the settings of a group.
        return init_settings, env_settings, dotenv_settings, NestedSecretsSettingsSource(file_secret_settings)

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises ``pydantic.ValidationError`` naming every setting that is wrong."""
        return cls()
