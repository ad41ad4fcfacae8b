"""A process is judged by the parts that it runs: an API without a sender must not be ended because nothing is sent."""

import asyncio

import pytest
from fastapi import FastAPI

from legalaid.http.health import Health
from legalaid.service import Part
from legalaid.settings import HttpSettings
from notify import main
from notify.settings import NotifySettings


async def _idle(stop: asyncio.Event) -> None:
    await stop.wait()


@pytest.mark.parametrize(
    ("parts", "live", "ready"),
    [
        ("", {"consumer", "sender"}, {"Store", "Producer", "Consumer", "KeySet"}),
        ("http,consumer, sender,sweeper", {"consumer", "sender"}, {"Store", "Producer", "Consumer", "KeySet"}),
        ("http,sweeper", {"consumer"}, {"Store", "Producer", "KeySet"}),
    ],
)
async def test_checks_are_those_of_the_parts_that_run(
    parts: str, live: set[str], ready: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[FastAPI] = []

    def http_part(app: FastAPI, _settings: HttpSettings) -> Part:
        served.append(app)
        return Part("http", _idle)

    monkeypatch.setattr(main, "http_part", http_part)
    main.build(NotifySettings(parts=parts))
    health: Health = served[0].state.health
    assert {check().name for check in health.live} == live
    assert {check.__qualname__.partition(".")[0] for check in health.ready} == ready
