"""The one middleware: it bounds the body, has the last word on errors, and has every request observed.

In pure ASGI because it is on every request: BaseHTTPMiddleware would start a task for each; this adds some microseconds
(docs/http.md).
"""

import structlog
from opentelemetry.trace import SpanKind
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.http import problems
from legalaid.http.limits import bounded
from legalaid.http.observe import Observer, describe, route, trusted_parent
from legalaid.http.problems import Problem
from legalaid.telemetry import tracing

log = structlog.get_logger()

_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_DOCS = "/docs"
"""The only page for a browser: it loads scripts, which the policy of the API forbids."""


class Edge:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp, *, body_limit: int) -> None:
        self._app = app
        self._body_limit = body_limit
        self._observe = Observer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = clock.elapsed()
        parent = await trusted_parent(scope)
        answer = _Answer(send, docs=scope["path"] == _DOCS)
        if tracing.is_on():
            with tracing.span(scope["method"], kind=SpanKind.SERVER, parent=parent) as span:
                await self._respond(scope, receive, answer)
                describe(span, scope, answer.status)
                self._observe(scope, answer.status, clock.elapsed() - begun, tracing.exemplar())
        else:
            tracing.begin_plain(parent)
            await self._respond(scope, receive, answer)
            self._observe(scope, answer.status, clock.elapsed() - begun, None)

    async def _respond(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, bounded(scope, receive, self._body_limit), answer.send)
        except ClientDisconnect:
            log.info("client_went_away", route=route(scope))  # in the middle of its body: nobody is there to answer
        except Problem as problem:
            await answer.problem(problem, scope, receive)
        except TransientError:
            log.warning("request_failed_for_now", route=route(scope), exc_info=True)
            await answer.problem(problems.unavailable(), scope, receive)
        except Exception:
            log.exception("request_failed", route=route(scope))
            await answer.problem(problems.internal(), scope, receive)


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
