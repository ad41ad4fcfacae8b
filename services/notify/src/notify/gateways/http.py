"""What HTTP gateways have in common: which failure means what.

The one question is whether the message may have been taken. A connection that was never made, and 429 or 503, say no;
a silence, a cut, and the answers of proxies in between (500, 502, 504) leave it open.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp

from notify.gateways.base import Lost, NotNow, Ours, Refused

_OPEN = frozenset({408, 500, 502, 504})
_OURS = frozenset({401, 403, 404, 405})
"""Our settings are wrong, not the message: it waits until an operator has mended them."""
_IDLE_SECONDS = 2.0
"""Below the five seconds after which many servers close: a message written into a closing connection is in doubt."""
_LONGEST = 4_000_000
"""Bytes of an answer: many times what any of them says."""
_SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    status: int
    body: bytes
    retry_after: timedelta
    """Zero: nothing said; the form with a date, and more than eleven days, are rare and count as that."""

    def failure(self) -> Refused | Ours | NotNow | Lost | None:
        """What the status says of a message; None: a success. Adapters whose provider says more read that first."""
        code = f"http-{self.status}"
        match self.status // 100:
            case 2:
                return None
            case _ if self.status in _OPEN:
                return Lost(code)
            case 4 if self.status in _OURS:
                return Ours(code)
            case 4 if self.status != HTTPStatus.TOO_MANY_REQUESTS:
                return Refused(code)
            case _:
                return NotNow(code, self.retry_after)

    def fields(self) -> Mapping[str, Any]:
        """The JSON object in the body; empty when there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Client:
    """A client of one gateway; makes no connection before it is used, and one for each message that is under way.

    aiohttp sends no POST a second time, whatever happens to its connection (RFC 9110, section 9.2.2); a GET it may.
    """

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(connect=timeout_seconds, sock_read=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, **request: Any) -> Reply | NotNow | Lost:
        """The answer to a message, whatever its status; or that it was not taken, or may have been.

        ``request`` is what aiohttp takes: ``json``, ``data`` (a form, or bytes), ``headers``, ``auth``.
        """
        return await self._call("POST", path, request)

    async def order(self, path: str, **request: Any) -> Reply | NotNow | Lost:
        """As ``post``, for a provider that takes messages by GET: sent once all the same."""
        return await self._call("GET", path, {"middlewares": (_once,), **request})

    async def ask(self, method: str, path: str, **request: Any) -> Reply | NotNow:
        """The answer to a question, which may be asked again: no answer takes anything."""
        match await self._call(method, path, request):
            case Lost(code):
                return NotNow(code)
            case answer:
                return answer

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _call(self, method: str, path: str, request: Mapping[str, Any]) -> Reply | NotNow | Lost:
        try:
            # a redirect would take the number and our keys elsewhere
            async with self._open().request(method, self._url + path, allow_redirects=False, **request) as answer:
                return Reply(answer.status, await _body(answer), _retry_after(answer.headers))
        except aiohttp.ConnectionTimeoutError:
            return NotNow("ConnectTimeout")
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            return NotNow("ConnectError")
        except (aiohttp.ClientError, OSError) as error:
            return Lost(type(error).__name__)

    def _open(self) -> aiohttp.ClientSession:
        """One session for all calls; it belongs to the loop in which the first is made."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        return self._session


class BrokenConnectionError(aiohttp.ClientError):
    """A connection broke, and nothing is to be sent again because of it."""


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Aiohttp repeats a GET when a connection breaks as it knows that; what it does not know, it passes on."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:  # never made, which is another matter
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise BrokenConnectionError from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Raises ``aiohttp.ClientPayloadError`` for one that has no end in sight, too."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _LONGEST:
            raise aiohttp.ClientPayloadError
    return bytes(body)


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    value = headers.get("Retry-After", "")
    return timedelta(seconds=int(value)) if _SECONDS.fullmatch(value) else timedelta(0)
