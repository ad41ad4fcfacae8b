"""A route without FastAPI's solver of parameters, for the paths that are hot.

The solver costs a good part of a small POST, and FastAPI's own way reads the body before the token, in UTF-16 too
(docs/http.md). Most of our endpoints need none of what it can do. The endpoint is declared as always, and described by
FastAPI as always; an endpoint that needs more than ``LeanRoute`` knows is served by FastAPI's own way.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_Dependency = tuple[str | None, Callable[[Request], Awaitable[Any]]]


class LeanRoute(APIRoute):
    """``APIRouter(route_class=LeanRoute)``: dependencies first, then the body, which is read from its bytes.

    So a caller without a good token learns nothing of the rules for a body. Known: path parameters, one body model,
    the request itself, and dependencies of ``legalaid.http``; an answer that is a model, None or a ``Response``.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        answer = self.response_model
        lean_answer = answer is None or (isinstance(answer, type) and issubclass(answer, BaseModel))
        if lean_answer and _is_lean(self.dependant) and not self._embed_body_fields:
            self.app = _app(_handler(self.dependant, self.status_code or 200))


def _is_lean(dependant: Dependant) -> bool:
    other = (
        dependant.query_params,
        dependant.header_params,
        dependant.cookie_params,
        dependant.response_param_name,
        dependant.background_tasks_param_name,
        dependant.http_connection_param_name,
        dependant.security_scopes_param_name,
    )
    ours = all(isinstance(each.call, SecurityBase) for each in dependant.dependencies)
    bodies = [field.field_info.annotation for field in dependant.body_params]
    models = all(isinstance(body, type) and issubclass(body, BaseModel) for body in bodies)
    return ours and models and len(bodies) <= 1 and not any(other)


def _app(handle: Handler) -> ASGIApp:
    """Without the exit stacks of dependencies that yield. What is raised goes to the app's own handlers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handle(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


def _handler(dependant: Dependant, status: int) -> Handler:
    dependencies: list[_Dependency] = [(each.name, each.call) for each in dependant.dependencies if each.call]
    body = dependant.body_params[0] if dependant.body_params else None
    body_model: Any = body.field_info.annotation if body else None
    endpoint, request_name = dependant.call, dependant.request_param_name
    if endpoint is None:
        raise TypeError("a route without an endpoint")

    async def handle(request: Request) -> Response:
        values: dict[str, Any] = {request_name: request} if request_name else {}
        for name, dependency in dependencies:
            needed = await dependency(request)
            if name is not None:
                values[name] = needed
        for field in dependant.path_params:
            values[field.name], errors = field.validate(
                request.path_params[field.alias], values, loc=("path", field.alias)
            )
            if errors:
                raise RequestValidationError(errors)
        if body is not None:
            values[body.name] = _read(body_model, await request.body())
        return _answer(await endpoint(**values), status)

    return handle


def _read(model: type[BaseModel], body: bytes) -> BaseModel:
    try:
        return model.model_validate_json(body)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
    raise RequestValidationError([{**error, "loc": ("body", *error["loc"])} for error in errors])


def _answer(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status_code=status)
    return Response(result.model_dump_json(), status, media_type="application/json")
