"""Logs, metrics and traces: one setting-up for every service."""

from importlib.metadata import PackageNotFoundError, version

from legalaid.settings import ServiceSettings
from legalaid.telemetry import logs, metrics, tracing


def setup(service: str, settings: ServiceSettings) -> None:
    """Let this process log as ``service``, say what it is built from, and make spans for a collector.

    Once, at start.
    """
    built = settings.version or _installed(service)
    logs.configure(service, settings.telemetry.log_level, version=built)
    metrics.BUILD_INFO.labels(service, built, settings.revision).set(1)
    if settings.telemetry.otlp_endpoint:
        tracing.start(service, settings.telemetry, version=built)


def _installed(service: str) -> str:
    try:
        return version(f"legalaid-{service}")
    except PackageNotFoundError:
        return "unknown"


__all__ = ["setup"]
