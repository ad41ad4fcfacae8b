"""One connection: what a stranger may cost before anybody knows who asks. Uvicorn with httptools bounds none of it.

A request's head has a number of bytes and of fields, and a time; so has its body; a connection may be idle so long, may
leave our answers unread so long, and a process takes so many of them. What goes over a bound is answered where that can
be (431, 408, 503), counted, and closed. Sizes are counted as bytes come; times are looked at by ``Watch`` a few times a
second, so that a request costs no timer. h11 bounds heads, but no time, and is slower (docs/http.md).
"""

import asyncio
from enum import Enum
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from legalaid import clock
from legalaid.http import problems
from legalaid.settings import HttpSettings
from legalaid.telemetry import metrics, tracing

_SLICE = 16 * 1024
"""The parser is given so many bytes at a time, so that it keeps no more than this beyond the bound."""
_WATCH_SECONDS = 0.1
_HOSTS = {"1.1": (1,), "1.0": (0, 1)}
"""How many Host headers a request of each version has (RFC 9112, section 3.2). The parser takes any, and HTTP/0.9."""
_LAST_WORDS_SECONDS = 2.0
"""How long a refusal may take to be read before the connection is cut."""


class ConnectionRefusal(Enum):
    """Why a connection is closed: the label of the metric, and the status of the answer."""

    CONNECTIONS = ("connections", 503)
    HEAD_SIZE = ("head-size", 431)
    HEAD_TIME = ("head-time", 408)
    BODY_TIME = ("body-time", 408)
    ANSWER_TIME = ("answer-time", 0)
    """Our answers are not read: one more would not be either."""
    MALFORMED = ("malformed", 400)

    def __init__(self, reason: str, code: int) -> None:
        self.code = code
        self.count = metrics.HTTP_REFUSED_CONNECTIONS.labels(reason).inc

    def answer(self) -> bytes:
        """The problem, as bytes of HTTP/1.1."""
        tracing.begin_plain(None)
        busy = self is ConnectionRefusal.CONNECTIONS
        response = (problems.unavailable() if busy else problems.of_status(self.code)).response()
        lines = [b"HTTP/1.1 %d %b" % (self.code, HTTPStatus(self.code).phrase.encode()), b"connection: close"]
        lines += [b"%b: %b" % header for header in response.raw_headers]
        return b"\r\n".join([*lines, b"", bytes(response.body)])


class _Waits(Enum):
    """What the connection waits for. ``ANSWER`` is ours to give and has no bound here."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, with bounds. ``bounded`` makes the class that a server uses."""

    limits: HttpSettings

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Take it, or say that there are too many."""
        super().connection_made(transport)
        self._refused = False
        self._parser_refusal = ConnectionRefusal.MALFORMED
        self._fields = self._hosts = self._head_bytes = self._other_bytes = self._body_bytes = 0
        self._unread_since: float | None = None
        self._wait_for(_Waits.HEAD)
        if len(self.connections) > self.limits.connections:
            self._refuse(ConnectionRefusal.CONNECTIONS)

    def data_received(self, data: bytes) -> None:
        """Feed the parser by slices, and count what it must keep."""
        if self._waits is _Waits.IDLE:
            self._wait_for(_Waits.HEAD)
        if len(data) <= _SLICE:
            self._feed(data)
            return
        view = memoryview(data)
        for start in range(0, len(data), _SLICE):
            self._feed(view[start : start + _SLICE])

    def _feed(self, piece: bytes | memoryview) -> None:
        if self._refused or self.transport.is_closing():
            return
        self._body_bytes = 0
        super().data_received(piece)  # type: ignore[arg-type]  # the parser takes any buffer
        self._other_bytes += len(piece) - self._body_bytes
        if self._other_bytes > self.limits.head_bytes + _SLICE and self._waits in {_Waits.HEAD, _Waits.BODY}:
            self._refuse(ConnectionRefusal.HEAD_SIZE)

    def on_message_begin(self) -> None:
        """A new request: its own counts, and its own time where it follows another at once."""
        super().on_message_begin()
        self._fields = self._hosts = self._head_bytes = self._other_bytes = 0
        if self._waits is not _Waits.HEAD:
            self._wait_for(_Waits.HEAD)

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which is kept beside them."""
        self._fields += 1
        self._hosts += name.lower() == b"host"
        self._count_head(len(name) + len(value))
        super().on_header(name, value)

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self.limits.head_bytes or self._fields > self.limits.head_fields:
            self._parser_refusal = ConnectionRefusal.HEAD_SIZE
            raise ValueError("head too large")  # ends the parser, which then asks for ``send_400_response``

    def on_headers_complete(self) -> None:
        """The app begins, unless the head is one that a proxy in front may read in another way."""
        if self._hosts not in _HOSTS.get(self.parser.get_http_version(), ()):
            raise ValueError("version or hosts")  # ends the parser, as too large a head does
        self._wait_for(_Waits.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body, which the app bounds."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All has come; the rest is ours."""
        super().on_message_complete()
        self._wait_for(_Waits.IDLE if self.cycle.response_complete else _Waits.ANSWER)

    def on_response_complete(self) -> None:
        """All was answered, or the next in the row begins."""
        super().on_response_complete()
        if self._waits is _Waits.ANSWER and self.cycle.response_complete:
            self._wait_for(_Waits.IDLE)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text, in place of which a problem goes
        """What uvicorn asks for when the parser gave up."""
        self._refuse(self._parser_refusal)

    def pause_writing(self) -> None:
        """Our answers lie unread."""
        self._unread_since = clock.elapsed()
        super().pause_writing()

    def resume_writing(self) -> None:
        """They are read again."""
        self._unread_since = None
        super().resume_writing()

    def check(self, now: float) -> None:
        """Close it if it has waited too long. ``now`` is ``clock.elapsed()``."""
        limits, waited = self.limits, now - self._since
        if self._refused or self.transport.is_closing():
            if waited > (_LAST_WORDS_SECONDS if self._refused else limits.answer_seconds):
                self.transport.abort()
        elif self._unread_since is not None and now - self._unread_since > limits.answer_seconds:
            self._refuse(ConnectionRefusal.ANSWER_TIME)
        elif self._waits is _Waits.HEAD and waited > limits.head_seconds and not self._is_answering():
            self._refuse(ConnectionRefusal.HEAD_TIME)
        elif self._waits is _Waits.BODY and waited > limits.body_seconds and not self.flow.read_paused:
            self._refuse(ConnectionRefusal.BODY_TIME)
        elif self._waits is _Waits.IDLE and waited > limits.idle_seconds:
            self.transport.close()

    def _wait_for(self, what: _Waits) -> None:
        self._waits = what
        self._since = clock.elapsed()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]  # None at first

    def _may_answer(self) -> bool:
        """Whether an answer now would be taken for one to the request that is refused."""
        if self._waits is _Waits.BODY:
            return not (self.cycle.response_started or self.pipeline)
        return not self._is_answering()

    def _refuse(self, why: ConnectionRefusal) -> None:
        """Count it, answer if that cannot be taken for the answer to another request, close, and let the app know."""
        if self._refused:
            return
        self._refused = True
        self._since = clock.elapsed()
        why.count()
        can_answer = bool(why.code) and self._may_answer()
        if self._is_answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if can_answer:
            self.transport.write(why.answer())
        if can_answer and why is not ConnectionRefusal.CONNECTIONS:
            self.transport.write_eof()  # and read on for a moment: closed with bytes unread, the answer would be lost
        elif can_answer:
            self.transport.close()
        else:
            self.transport.abort()


def bounded(settings: HttpSettings) -> type[Connection]:
    """The class of connections that keeps these bounds."""
    return type("BoundedConnection", (Connection,), {"limits": settings})


async def watch(state: ServerState) -> None:
    """Look at the times of all connections, for ever."""
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        now = clock.elapsed()
        for connection in list(state.connections):
            if isinstance(connection, Connection):
                connection.check(now)
