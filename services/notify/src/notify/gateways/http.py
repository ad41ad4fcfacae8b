"""What HTTP gateways have in common: which failure means what.

The one question is whether the message may have been taken. A connection that was never made, and 429 or 503, say no;
a silence, a cut, and the answers of proxies in between (500, 502, 504) leave it open.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp

from notify.gateways.base import AnswerLostError, NotNowError, RefusedError

_OPEN = frozenset({408, 500, 502, 504})
_OURS = frozenset({401, 403, 404, 405})
"""Our settings are wrong, not the message: it waits until an operator has mended them."""
_IDLE_SECONDS = 2.0
"""Below the five seconds after which many servers close: a message written into a closing connection is in doubt."""


class Client:
    """A client of one gateway; makes no connection before it is used, and one for each message that is under way.

    aiohttp sends no POST a second time, whatever happens to its connection (RFC 9110, section 9.2.2); a GET it may.
    """

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(connect=timeout_seconds, sock_read=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, message: Mapping[str, Any]) -> bytes:
        """The body of the answer to a message that was taken, as far as HTTP says.

        Raises ``RefusedError``, ``NotNowError`` or ``AnswerLostError``.
        """
        try:
            # a redirect would take the number and our keys elsewhere
            async with self._open().post(self._url + path, json=message, allow_redirects=False) as answer:
                _check(answer)
                return await answer.read()
        except aiohttp.ConnectionTimeoutError:
            raise NotNowError("ConnectTimeout") from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise NotNowError("ConnectError") from None
        except (aiohttp.ClientError, OSError) as error:
            raise AnswerLostError(type(error).__name__) from None

    async def status(self, path: str) -> int:
        """The status that a question is answered with. Raises ``NotNowError`` when it is not."""
        try:
            async with self._open().get(self._url + path, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, OSError) as error:
            raise NotNowError(type(error).__name__) from None

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """One session for all calls; it belongs to the loop in which the first is made."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        return self._session


def _check(answer: aiohttp.ClientResponse) -> None:
    """Raises what the status of an answer to a message means, unless it is a success."""
    status, code = answer.status, f"http-{answer.status}"
    match status // 100:
        case 2:
            return
        case _ if status in _OPEN:
            raise AnswerLostError(code)
        case 4 if status not in {429, *_OURS}:
            raise RefusedError(code)
        case _:
            raise NotNowError(code, retry_after_seconds=_retry_after(answer.headers))


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; the form with a date is rare and counts as nothing said."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else 0.0
