"""/livez, /readyz and /metrics.

Liveness is progress and asks no dependency; readiness is whether work can be done now, and false while stopping.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import orjson
from prometheus_client import exposition as plain
from prometheus_client.openmetrics import exposition as openmetrics
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from legalaid.health import Check, LiveCheck, ReadyCheck
from legalaid.telemetry import metrics

_READY_SECONDS = 2.0


@dataclass
class Health:
    """The checks of one process."""

    live: Sequence[LiveCheck] = ()
    ready: Sequence[ReadyCheck] = ()
    stopping: bool = field(default=False)
    """Set at the first sign of the end: no new work is sent to a process that is not ready."""

    def routes(self) -> list[Route]:
        """The three paths; they are not part of the API's description."""
        return [
            Route("/livez", self._livez, include_in_schema=False),
            Route("/readyz", self._readyz, include_in_schema=False),
            Route("/metrics", _metrics, include_in_schema=False),
        ]

    async def _livez(self, _request: Request) -> Response:
        return _answer([check() for check in self.live])

    async def _readyz(self, _request: Request) -> Response:
        if self.stopping:
            return _answer([Check("stopping", ok=False, detail="the process is ending")])
        return _answer(await asyncio.gather(*(_in_time(check) for check in self.ready)))


async def _in_time(check: ReadyCheck) -> Check:
    try:
        async with asyncio.timeout(_READY_SECONDS):
            return await check()
    except TimeoutError:
        return Check(getattr(check, "__qualname__", "check"), ok=False, detail=f"no answer in {_READY_SECONDS:g} s")


def _answer(checks: Sequence[Check]) -> Response:
    ok = all(check.ok for check in checks)
    body = orjson.dumps({"ok": ok, "checks": [asdict(check) for check in checks]})
    return Response(body, 200 if ok else 503, media_type="application/json")


async def _metrics(request: Request) -> Response:
    """As OpenMetrics for whoever asks for it, because only that has exemplars; else as plain text."""
    form = openmetrics if "application/openmetrics-text" in request.headers.get("accept", "") else plain
    return Response(form.generate_latest(metrics.REGISTRY), headers={"Content-Type": form.CONTENT_TYPE_LATEST})
