"""Push to all devices of a person at once: one message, told on the telephone and in the browser alike.

A device knows the notice by its id, so that a repeat after some took it and others did not tells nobody twice.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from legalaid.events.words import NoticeChannel
from notify.gateways import push
from notify.gateways.base import (
    CannotBeAsked,
    Gateway,
    Lost,
    Message,
    NotNow,
    Ours,
    Outcome,
    Refused,
    RouteCannot,
    Taken,
)
from notify.gateways.fcm import FcmGateway
from notify.gateways.webpush import WebPushGateway
from notify.rules.devices import By
from notify.settings import PushSettings

_WORST_FIRST: Final = (Lost, NotNow, Ours, RouteCannot, Refused)
"""Where no device took it: what leaves the most open says what becomes of it."""


class AppGateway(CannotBeAsked):
    """Its recipient is the JSON of ``rules.devices.recipient``."""

    name = "push"
    channel = NoticeChannel.PUSH
    repeats_known_for = push.REPEATS_KNOWN_FOR

    def __init__(self, ways: Mapping[By, Gateway]) -> None:
        self._ways = ways

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``. One device that took it is enough: that one tells the person."""
        devices: list[tuple[str, str]] = json.loads(message.recipient or "[]")
        outcomes = await asyncio.gather(*(self._send(message, By(by), recipient) for by, recipient in devices))
        return _together(outcomes)

    async def close(self) -> None:
        """As ``Gateway``."""
        await asyncio.gather(*(way.close() for way in self._ways.values()))

    async def _send(self, message: Message, by: By, recipient: str) -> Outcome:
        way = self._ways.get(by)
        return RouteCannot(f"no-{by}") if way is None else await way.send(replace(message, recipient=recipient))


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    taken = [each for each in outcomes if isinstance(each, Taken)]
    ranked = sorted(
        (each for each in outcomes if not isinstance(each, Taken)), key=lambda each: _WORST_FIRST.index(type(each))
    )
    return next(iter([*taken, *ranked]), Refused("no-device"))


def connect_push(settings: PushSettings) -> AppGateway | None:
    """The gateway to the app, if the settings name any way to it. Raises ``ValueError`` for a key that is none."""
    ways: dict[By, Gateway] = {}
    if settings.fcm_account.get_secret_value():
        ways[By.FCM] = FcmGateway(settings)
    if settings.vapid_key.get_secret_value():
        ways[By.WEB] = WebPushGateway(settings)
    return AppGateway(ways) if ways else None
