"""What operators see of the providers, and order of them."""

import structlog

from legalaid import clock
from legalaid.store import Decided
from notify.attempts import Attempts, ProviderOrder
from notify.choosing import Choosing, Seen

log = structlog.get_logger()

_REMEMBERED = 50
"""Commands of which a resend is known as one."""


class NoProviderError(Exception):
    """No provider of this name is set up here."""


class Operators:
    """Reads how the providers stand, and shuts and opens them for all senders, within two seconds."""

    def __init__(self, choosing: Choosing, attempts: Attempts) -> None:
        self._choosing = choosing
        self._attempts = attempts

    async def seen(self) -> list[Seen]:
        """All providers as they stand now, by name. Raises ``TransientError`` when the store does not answer."""
        await self._choosing.read_now()
        return self._choosing.seen()

    async def order(self, name: str, *, shut: bool, reason: str, by: str, command: str) -> Seen:
        """Shut or open one; the same command again changes nothing. Raises ``NoProviderError``."""
        if name not in self._choosing.names:
            raise NoProviderError

        async def decided(order: ProviderOrder | None) -> Decided[ProviderOrder, None]:
            if order is not None and command in order.commands:
                return Decided(None)
            order = order or ProviderOrder(id=name, reason=reason, by=by, at=clock.now())
            order.shut, order.reason, order.by, order.at = shut, reason, by, clock.now()
            order.commands = [*order.commands, command][-_REMEMBERED:]
            return Decided(None, write=order)

        await self._attempts.orders.change(name, decided)
        log.info("provider_ordered", provider=name, shut=shut, command=command)
        return next(each for each in await self.seen() if each.provider.name == name)
