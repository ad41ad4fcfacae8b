"""What every process says of itself."""

from typing import Any

import pytest

from legalaid import telemetry
from legalaid.settings import ServiceSettings, TelemetrySettings
from legalaid.telemetry import logs, metrics, tracing


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was set up, by part."""
    calls: dict[str, Any] = {}
    monkeypatch.setattr(logs, "configure", lambda *_, version: calls.update(logs=version))
    monkeypatch.setattr(tracing, "start", lambda *_, version: calls.update(traces=version))
    return calls


def test_an_image_says_what_it_was_built_from(monkeypatch: pytest.MonkeyPatch, started: dict[str, Any]) -> None:
    monkeypatch.setenv("LEGALAID_VERSION", "7.1.0")
    monkeypatch.setenv("LEGALAID_REVISION", "1718279")
    settings = ServiceSettings(telemetry=TelemetrySettings(otlp_endpoint="http://collector"))
    telemetry.setup("reports", settings)
    assert started == {"logs": "7.1.0", "traces": "7.1.0"}
    about = {"service": "reports", "version": "7.1.0", "revision": "1718279"}
    assert metrics.REGISTRY.get_sample_value("legalaid_build_info", about) == 1


def test_without_an_image_the_installed_package_is_the_version(started: dict[str, Any]) -> None:
    telemetry.setup("intake", ServiceSettings())
    assert started == {"logs": "0.1.0"}
    about = {"service": "intake", "version": "0.1.0", "revision": "unknown"}
    assert metrics.REGISTRY.get_sample_value("legalaid_build_info", about) == 1
