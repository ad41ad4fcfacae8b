"""The API's description: what FastAPI derives, with our problems and scopes put in."""

import re
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from legalaid.http.auth import SCHEME_PREFIX
from legalaid.http.idempotency import IdempotencyKey
from legalaid.http.problems import MEDIA_TYPE

_FIELD_ERROR = {
    "type": "object",
    "required": ["pointer", "detail", "code"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer (RFC 6901) into the body, or /query, /path, /header.",
        },
        "detail": {"type": "string", "description": "What would be right."},
        "code": {"type": "string", "description": "Stable, for programs."},
    },
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details. Nothing that was sent is repeated in it.",
    "required": ["type", "title", "status", "trace_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        "trace_id": {"type": "string", "description": "Quote it when you ask us about this answer."},
    },
}
_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of our issuer; each operation lists the scope that it needs.",
}
_IDEMPOTENCY_KEY = {
    "name": IdempotencyKey.scheme_name,
    "in": "header",
    "required": True,
    "description": "New for each thing that is asked; the same when the same thing is sent again.",
    "schema": {"type": "string", "pattern": IdempotencyKey.pattern},
}
_LICENSE: Final = {"name": "Apache 2.0", "identifier": "Apache-2.0"}
_HEADERS: Final = {
    "401": ("WWW-Authenticate", "Bearer, and what is wrong with the token (RFC 6750)."),
    "429": ("Retry-After", "Seconds after which to send it again."),
    "503": ("Retry-After", "Seconds after which to send it again."),
}
_ALWAYS = {"500": "Our bug.", "503": "Try again soon (Retry-After)."}
_WITH_BODY = {
    "400": "Not JSON, or a bad header.",
    "413": "Too large.",
    "415": "Not JSON, or compressed.",
    "422": "Breaks a rule.",
}
_WITH_TOKEN = {"401": "No good token.", "403": "The token may not do this."}
_WITH_INPUT = {"422": "Breaks a rule."}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; made once, then kept by the app."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            license_info=_LICENSE,
        )
        components = document.setdefault("components", {})
        if "securitySchemes" in components:
            components["securitySchemes"] = {"bearer": _SCHEME}
        schemas = components.setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        schemas |= {"Problem": _PROBLEM, "FieldError": _FIELD_ERROR}
        tags: set[str] = set()
        for path, operations in document.get("paths", {}).items():
            for method, operation in operations.items():
                operation["operationId"] = _operation_id(method, path)
                tags.update(operation.get("tags", ()))
                _add_problems(operation)
        document["tags"] = [{"name": tag} for tag in sorted(tags)]
        app.openapi_schema = document
    return app.openapi_schema


def _add_problems(operation: dict[str, Any]) -> None:
    statuses = dict(_ALWAYS)
    needed = {name for entry in operation.pop("security", ()) for name in entry}
    if IdempotencyKey.scheme_name in needed:
        needed.remove(IdempotencyKey.scheme_name)
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        statuses |= {"400": "Not JSON, or a bad header."}
    if "parameters" in operation:
        statuses |= _WITH_INPUT
    if "requestBody" in operation:
        statuses |= _WITH_BODY
    if needed:
        statuses |= _WITH_TOKEN
        operation["security"] = [{"bearer": sorted(name.removeprefix(SCHEME_PREFIX) for name in needed)}]
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    for status, description in sorted(statuses.items()):
        responses.setdefault(status, {"description": description})
    for status, response in responses.items():
        if status >= "400":
            _make_problem(status, response)


def _make_problem(status: str, response: dict[str, Any]) -> None:
    """Every error is a problem, also one that the route describes in words alone."""
    response.setdefault("content", {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}})
    if status in _HEADERS:
        name, description = _HEADERS[status]
        response["headers"] = {name: {"description": description, "schema": {"type": "string"}}}


def _operation_id(method: str, path: str) -> str:
    """What generated clients name their functions by: as stable as the path, whatever our own function is called."""
    return re.sub(r"\W+", "_", f"{method}{path}").strip("_")


def names(app: FastAPI) -> frozenset[str]:
    """Every name that our models and parameters use: only these may stand in a pointer, others are input."""
    found: set[str] = set()
    waiting: list[Any] = [describe(app)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found.update(node.get("properties", {}))
            found.update(value for value in node.get("enum", ()) if isinstance(value, str))
            if "in" in node and isinstance(node.get("name"), str):
                found.add(node["name"])
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return frozenset(found)
