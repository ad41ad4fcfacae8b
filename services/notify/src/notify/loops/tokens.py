"""RotatingTokens that rotate are renewed in time also where nothing is sent, and their life is measured."""

import asyncio
from typing import Final

import structlog

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.service import Part, pause
from notify import metrics
from notify.gateways.tokens import RotatingTokens

log = structlog.get_logger()

_EVERY_SECONDS: Final = 15.0


def part(tokens: RotatingTokens | None) -> Part:
    """The part that looks after ``tokens``; with None there is nothing to do."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if tokens is not None:
                    await look(tokens)
            except TransientError as error:
                log.warning("tokens_put_off", error=str(error))
            await pause(stop, _EVERY_SECONDS)

    return Part("tokens", run)


async def look(tokens: RotatingTokens) -> None:
    """Renew what is due, and set the gauges. Raises ``TransientError`` without the store."""
    await tokens.access()
    held = await tokens.held()
    if held is None:
        return
    now = clock.real_now()
    metrics.TOKEN_LEFT.labels(tokens.name).set(max(0.0, (held.expires_at - now) / (held.expires_at - held.issued_at)))
    metrics.GRANT_ENDS_SECONDS.labels(tokens.name).set((held.ends_at - now).total_seconds())
    metrics.TOKEN_IN_DOUBT.labels(tokens.name).set(held.in_doubt)
