"""What Alertmanager's webhook tells, kept in memory, and a page that shows it.

What rang is forgotten with the process; Alertmanager says again what still rings.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel, Field

from legalaid import clock

_PAGE = Path(__file__).with_name("pages.html")
_KEPT = 500


class Alert(BaseModel):
    """One alarm, as in a message of Alertmanager's webhook (version 4). What is not shown is not read."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: AwareDatetime = Field(alias="startsAt")
    ends_at: AwareDatetime = Field(alias="endsAt")
    """While it fires: the year 1."""
    fingerprint: str


class Message(BaseModel):
    """What Alertmanager sends for a group of alarms."""

    version: Literal["4"]
    receiver: str
    alerts: list[Alert] = Field(min_length=1)


class Ring(BaseModel):
    """An alarm from its first message to its end."""

    alarm: str
    receiver: str
    labels: dict[str, str]
    annotations: dict[str, str]
    began_at: AwareDatetime
    ended_at: AwareDatetime | None
    rang_at: AwareDatetime
    """When the person would first have been told: later than it began, by the rule's `for` and the group's wait."""
    times: int
    """How often it was told."""


class _Rings:
    """The newest rings, oldest first."""

    def __init__(self) -> None:
        self._rings: dict[tuple[str, AwareDatetime], Ring] = {}

    def take(self, message: Message) -> None:
        for alert in message.alerts:
            key = alert.fingerprint, alert.starts_at
            before = self._rings.get(key)
            self._rings[key] = Ring(
                alarm=alert.labels.get("alertname", ""),
                receiver=message.receiver,
                labels=alert.labels,
                annotations=alert.annotations,
                began_at=alert.starts_at,
                ended_at=alert.ends_at if alert.status == "resolved" else None,
                rang_at=before.rang_at if before else clock.real_now(),
                times=(before.times if before else 0) + 1,
            )
        for oldest in list(self._rings)[:-_KEPT]:
            del self._rings[oldest]

    def newest_first(self) -> Iterator[Ring]:
        """What still rings before what is over."""
        rings = sorted(self._rings.values(), key=lambda ring: ring.rang_at, reverse=True)
        yield from (ring for ring in rings if ring.ended_at is None)
        yield from (ring for ring in rings if ring.ended_at is not None)


def create_pager() -> FastAPI:
    """The receiver, with nothing told yet."""
    app = FastAPI(title="Pager", description=__doc__)
    rings = _Rings()

    @app.post("/v1/alerts", status_code=204)
    async def take(message: Message) -> None:
        """Where Alertmanager's webhook leads."""
        rings.take(message)

    @app.get("/v1/rings")
    async def show() -> list[Ring]:
        """What rang, what still rings first."""
        return list(rings.newest_first())

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        """The same for people."""
        return _PAGE.read_text(encoding="utf-8")

    @app.get("/livez")
    async def alive() -> dict[str, str]:
        """That the process answers."""
        return {"status": "ok"}

    return app
