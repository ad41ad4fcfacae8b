"""The HTTP server as a part: uvicorn inside the service's own loop."""

import asyncio
import math
import socket
from contextlib import AbstractContextManager, nullcontext

import uvicorn
from fastapi import FastAPI

from legalaid.http.connection import bounded, watch
from legalaid.http.health import Health
from legalaid.service import Part
from legalaid.settings import HttpSettings

_BACKLOG = 2048
_UNREADY_SECONDS = 0.3
"""Between "not ready" and the end of accepting: whoever asks /readyz learns it from an answer, not from a refusal."""
_IN_FLIGHT_SECONDS = 20


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers: ``service.run`` owns them."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # a generator there
        return nullcontext()


def http_part(app: FastAPI, settings: HttpSettings) -> Part:
    """Serve ``app``. On stop /readyz turns 503 at once; requests already begun are answered, then the part ends.

    Raises ``OSError`` when the port cannot be had, which ends the process.
    """

    async def run(stop: asyncio.Event) -> None:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
        server = _Server(
            uvicorn.Config(
                app,
                loop="none",
                http=bounded(settings),
                ws="none",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,  # nothing here believes the peer's address or scheme
                timeout_keep_alive=math.ceil(settings.idle_seconds),
                timeout_graceful_shutdown=_IN_FLIGHT_SECONDS,
            )
        )
        serving = asyncio.create_task(server.serve([listener]), name="uvicorn")
        watching = asyncio.create_task(watch(server.server_state), name="http-watch")
        stopping = asyncio.create_task(stop.wait(), name="http-stop")
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        health: Health = app.state.health
        health.stopping = True
        if not serving.done():
            await asyncio.sleep(_UNREADY_SECONDS)
        server.should_exit = True
        try:
            await serving
        finally:
            watching.cancel()

    return Part("http", run, openapi=app.openapi)
