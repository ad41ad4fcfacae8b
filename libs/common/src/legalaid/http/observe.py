"""How requests are seen: the histogram, the span, and whose trace they belong to."""

from collections.abc import Callable

from opentelemetry.trace import Span
from starlette.types import Scope

from legalaid.errors import TransientError
from legalaid.http.auth import Authenticator
from legalaid.http.problems import Problem
from legalaid.telemetry import metrics

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Observer:
    """Observes how long requests took, by the template of their route: bounded, and without what the caller wrote."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str, int], Callable[[float, dict[str, str] | None], None]] = {}

    def __call__(self, scope: Scope, status: int, seconds: float, exemplar: dict[str, str] | None) -> None:
        """``status`` 0: the client went away before it was answered."""
        key = (scope["method"], route(scope), status)
        observe = self._seconds.get(key)
        if observe is None:
            method = key[0] if key[0] in _METHODS else "other"
            observe = metrics.HTTP_REQUEST_SECONDS.labels(method, key[1], str(status)).observe
            self._seconds[key] = observe
        observe(seconds, exemplar)


async def trusted_parent(scope: Scope) -> str | None:
    """The caller's ``traceparent``, if the caller is known here.

    A stranger who could set it would have every request recorded, whatever ratio is set, and would choose the trace id
    under which our logs and problems file it.
    """
    headers = dict(scope["headers"])
    parent, authorization = headers.get(b"traceparent"), headers.get(b"authorization")
    if parent is None or authorization is None:
        return None
    authenticator: Authenticator = scope["app"].state.authenticator
    try:
        await authenticator.principal(authorization.decode("latin-1"))
    except (Problem, TransientError):
        return None
    return str(parent, "latin-1")


def route(scope: Scope) -> str:
    """The template, such as ``/v1/requests/{id}``, or ``unmatched``."""
    found = scope.get("route")
    return getattr(found, "path", None) or "unmatched"


def describe(span: Span, scope: Scope, status: int) -> None:
    """Name the span of a request by its route and its outcome."""
    span.update_name(f"{scope['method']} {route(scope)}")
    span.set_attributes(
        {"http.request.method": scope["method"], "http.route": route(scope), "http.response.status_code": status}
    )
