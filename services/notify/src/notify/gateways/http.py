"""What HTTP gateways have in common: which failure means what.

The one question is whether the message may have been taken. A connection that was never made, and 429 or 503, say no;
a silence, a cut, and the answers of proxies in between (500, 502, 504) leave it open.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from notify.gateways.base import AnswerLostError, NotNowError, RefusedError
from notify.gateways.lanes import Lanes

_OPEN = frozenset({408, 500, 502, 504})
_OURS = frozenset({401, 403, 404, 405})
"""Our settings are wrong, not the message: it waits until an operator has mended them."""
_CONNECTIONS = 64


def client(url: str, timeout_seconds: float) -> httpx.AsyncClient:
    """A client of one gateway; makes no connection before it is used."""
    return httpx.AsyncClient(base_url=url, timeout=timeout_seconds, transport=Lanes(_CONNECTIONS))


@contextmanager
def sending() -> Iterator[None]:
    """Turns the failures of a call that sends a message into ours."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NotNowError(type(error).__name__) from None
    except (httpx.HTTPError, ValueError) as error:  # ValueError: an answer that cannot be read
        raise AnswerLostError(type(error).__name__) from None


def check(answer: httpx.Response) -> None:
    """Raises what the status of an answer to a message means, unless it is a success."""
    status = answer.status_code
    if answer.is_success:
        return
    code = f"http-{status}"
    if status in _OPEN:
        raise AnswerLostError(code)
    if status in {429, *_OURS} or not answer.is_client_error:
        raise NotNowError(code, retry_after_seconds=_retry_after(answer.headers))
    raise RefusedError(code)


def _retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds; the form with a date is rare and counts as nothing said."""
    value = str(headers.get("retry-after", ""))
    return float(value) if value.isascii() and value.isdigit() else 0.0
