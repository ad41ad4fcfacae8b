"""The front ends: the exchange, the hotline's operators and the app, each with its own token, over real HTTP."""

import asyncio
from collections.abc import Container, Mapping
from typing import Any, Self

import httpx

from dev.demo.tally import Tally
from dev.stack.keys import Client, Signer

_PATIENCE = 60
_PAUSE_SECONDS = 0.5
_TRY_AGAIN = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.BAD_GATEWAY}


class FrontEnd:
    """One client of one service. A post without an answer is made again with the same key, as any front end must."""

    def __init__(self, authority: Signer, client: Client, url: str, tally: Tally) -> None:
        self._tally = tally
        headers = {"authorization": f"Bearer {authority.token(client)}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=10)

    async def __aenter__(self) -> Self:
        """Ready to post."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await self._http.aclose()

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        may_be: Container[int] = (),
    ) -> httpx.Response | None:
        """The answer; None when it is no success, or when there is none for a long time.

        That is counted as unexpected, unless its status ``may_be``.
        """
        headers = {"idempotency-key": f'"{key}"'} if key else {}
        what = "no answer"
        for _ in range(_PATIENCE):
            try:
                answer = await self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError as error:
                what = type(error).__name__
            else:
                if answer.is_success:
                    return answer
                if answer.status_code in may_be:
                    return None
                what = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code not in _TRY_AGAIN:
                    break
            self._tally.retries += 1
            await asyncio.sleep(_PAUSE_SECONDS)
        self._tally.unexpected[f"{method} {path.split('/')[2].partition('?')[0]}: {what}"] += 1
        return None
