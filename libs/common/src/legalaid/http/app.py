"""The app factory: every service's HTTP face has the same manners."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Lifespan

from legalaid.health import LiveCheck, ReadyCheck
from legalaid.http import openapi, problems
from legalaid.http.auth import Authenticator
from legalaid.http.edge import Edge
from legalaid.http.health import Health
from legalaid.settings import ServiceSettings


def create_app(
    *,
    service: str,
    title: str,
    description: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    live: Sequence[LiveCheck] = (),
    ready: Sequence[ReadyCheck] = (),
    lifespan: Lifespan[Any] | None = None,
) -> FastAPI:
    """An app with the routes of ``routers``, /livez, /readyz, /metrics, /openapi.json and /docs.

    Making it connects to nothing. Errors of every kind become RFC 9457 problems (docs/http.md).
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours are made by ``Edge``
        exception_handlers={
            RequestValidationError: _invalid,
            HTTPException: _framework_error,
            problems.Problem: _problem,
        },
    )
    app.state.service = service
    app.state.names = None
    app.state.authenticator = Authenticator(settings.auth)
    app.state.health = Health(live, (*ready, app.state.authenticator.ready))
    for router in routers:  # as they are: a router that is included is searched twice for each request
        app.router.routes.extend(router.routes)
    app.router.routes.extend(app.state.health.routes())
    app.add_middleware(Edge, body_limit=settings.http.body_limit_bytes)
    app.openapi = partial(openapi.describe, app)  # type: ignore[method-assign]  # the way FastAPI documents
    return app


async def _invalid(request: Request, error: Exception) -> Response:
    errors = error.errors() if isinstance(error, RequestValidationError) else ()
    state = request.app.state
    if state.names is None:
        state.names = openapi.names(request.app)
    return problems.of_validation(errors, state.names).response()


async def _framework_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problems.of_status(error.status_code, error.headers).response()


async def _problem(_request: Request, error: Exception) -> Response:
    if not isinstance(error, problems.Problem):
        raise error
    return error.response()
