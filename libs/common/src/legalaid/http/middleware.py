"""The one middleware: traces, metrics, limits and the last word on errors, in pure ASGI because it is on every request.

BaseHTTPMiddleware would start a task for each request; this adds some microseconds (docs/http.md).
"""

from collections.abc import Awaitable, Callable

import structlog
from opentelemetry.trace import Span, SpanKind
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.http import problems
from legalaid.http.problems import Problem
from legalaid.telemetry import metrics, tracing

log = structlog.get_logger()

_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_DOCS = "/docs"
"""The only page for a browser: it loads scripts, which the policy of the API forbids."""


class Edge:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp, *, body_limit: int) -> None:
        self._app = app
        self._body_limit = body_limit
        self._seconds: dict[tuple[str, str, int], Callable[[float, dict[str, str] | None], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = clock.elapsed()
        length, content_type, parent = _headers(scope)
        answer = _Answer(send, docs=scope["path"] == _DOCS)
        if tracing.is_on():
            with tracing.span(scope["method"], kind=SpanKind.SERVER, parent=parent) as span:
                await self._respond(scope, receive, answer, length, content_type)
                _describe(span, scope, answer.status)
                self._observe(scope, answer.status, clock.elapsed() - begun, tracing.exemplar())
        else:
            tracing.begin_plain(parent)
            await self._respond(scope, receive, answer, length, content_type)
            self._observe(scope, answer.status, clock.elapsed() - begun, None)

    async def _respond(
        self, scope: Scope, receive: Receive, answer: "_Answer", length: bytes | None, content_type: bytes
    ) -> None:
        try:
            if scope["method"] in _WITH_BODY and length != b"0":
                receive = self._limited(receive, length, content_type)
            await self._app(scope, receive, answer.send)
        except Problem as problem:
            await answer.problem(problem, scope, receive)
        except TransientError:
            log.warning("request_failed_for_now", route=_route(scope), exc_info=True)
            await answer.problem(problems.unavailable(), scope, receive)
        except Exception:
            log.exception("request_failed", route=_route(scope))
            await answer.problem(problems.internal(), scope, receive)

    def _limited(self, receive: Receive, length: bytes | None, content_type: bytes) -> Receive:
        if length is None:
            return _counting(receive, self._body_limit, content_type)
        if not length.isdigit() or int(length) > self._body_limit:
            raise problems.of_status(413, {"Connection": "close"})
        _check_type(content_type)
        return receive

    def _observe(self, scope: Scope, status: int, seconds: float, exemplar: dict[str, str] | None) -> None:
        key = (scope["method"], _route(scope), status)
        observe = self._seconds.get(key)
        if observe is None:
            method = key[0] if key[0] in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} else "other"
            observe = metrics.HTTP_REQUEST_SECONDS.labels(method, key[1], str(status)).observe
            self._seconds[key] = observe
        observe(seconds, exemplar)


class _Answer:
    """What was sent so far, with the headers that every answer has."""

    def __init__(self, send: Send, *, docs: bool) -> None:
        self._send = send
        self._headers = _SECURITY_HEADERS[:-1] if docs else _SECURITY_HEADERS
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers]
        await self._send(message)

    async def problem(self, problem: Problem, scope: Scope, receive: Receive) -> None:
        if self.status:
            message = "the answer had begun when its making failed"
            raise RuntimeError(message)  # the server then cuts the connection, so that half an answer is not believed
        await problem.response()(scope, receive, self.send)


def _headers(scope: Scope) -> tuple[bytes | None, bytes, str | None]:
    length: bytes | None = None
    content_type, parent = b"", None
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = value
        elif name == b"content-type":
            content_type = value
        elif name == b"traceparent":
            parent = value.decode("latin-1")
    return length, content_type, parent


def _check_type(content_type: bytes) -> None:
    essence = content_type.partition(b";")[0].strip().lower()
    if essence != b"application/json":
        raise problems.of_status(415)


def _counting(receive: Receive, limit: int, content_type: bytes) -> Callable[[], Awaitable[Message]]:
    """For a body without a length: counts what streams in. FastAPI lets only ``HTTPException`` out of its reading."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request" and (body := message.get("body")):
            if not read:
                _check_streamed_type(content_type)
            read += len(body)
            if read > limit:
                raise HTTPException(413, headers={"Connection": "close"})
        return message

    return counted


def _check_streamed_type(content_type: bytes) -> None:
    try:
        _check_type(content_type)
    except Problem as problem:
        raise HTTPException(problem.status) from None


def _route(scope: Scope) -> str:
    """The template, such as ``/v1/requests/{id}``: bounded, and without what the caller wrote."""
    route = scope.get("route")
    return getattr(route, "path", None) or "unmatched"


def _describe(span: Span, scope: Scope, status: int) -> None:
    route = _route(scope)
    span.update_name(f"{scope['method']} {route}")
    span.set_attributes(
        {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status}
    )
