"""Logs, metrics and traces: one setting-up for every service."""

from legalaid.settings import TelemetrySettings
from legalaid.telemetry import logs, tracing


def setup(service: str, settings: TelemetrySettings) -> None:
    """Let this process log as ``service``, and make spans when the settings name a collector. Once, at start."""
    logs.configure(service, settings.log_level)
    if settings.otlp_endpoint:
        tracing.start(service, settings)


__all__ = ["setup"]
