"""Who is asked for a message, whatever channel it goes by."""

from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest

from legalaid.events.words import NoticeChannel
from legalaid.testing.events import AT
from notify.attempts import Attempts
from notify.choosing import NOBODY, Choosing
from notify.gateways import Gateway
from notify.notice import Notice
from notify.rules.providers import Provider
from notify.settings import GatewaySettings
from notify.tables import providers


class _Carrier:
    def __init__(self, name: str, channel: NoticeChannel) -> None:
        self.name, self.channel = name, channel


def test_a_push_is_carried_where_a_provider_of_sms_has_not_all_carriers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipient of push is no number: to look for its carrier ended the attempt, and the push never went."""

    def known(name: str, _kind: str, _on: date) -> Provider:
        every = Provider(name, share=1)
        return replace(every, carriers=frozenset({"viettel"})) if name == "esms" else every

    monkeypatch.setattr(providers, "known", known)
    chosen, notice = _choosing(), _notice(NoticeChannel.PUSH, provider="")
    assert chosen.again(notice, "case-assigned", '[["fcm", "token"]]', []) == "push"


def test_what_an_older_release_may_have_sent_is_not_given_to_a_provider_that_is_none() -> None:
    """It did not say to whom: of several providers none may have it, least of all one called None."""
    notice = _notice(NoticeChannel.SMS, provider=None, doubted=True)
    assert _choosing().again(notice, "case-assigned", "+84912345678", []) == NOBODY


def _choosing() -> Choosing:
    ways: dict[str, Any] = {
        name: _Carrier(name, channel) for name, channel in (("esms", NoticeChannel.SMS), ("push", NoticeChannel.PUSH))
    }
    return Choosing(cast("dict[str, Gateway]", ways), dict.fromkeys(ways, GatewaySettings()), cast("Attempts", None))


def _notice(channel: NoticeChannel, *, provider: str | None, doubted: bool = False) -> Notice:
    facts: dict[str, Any] = {"id": "n", "urgent": False, "attempts": 1, "requested_at": AT}
    return Notice.model_construct(**facts, channel=channel, provider=provider, doubted=doubted)
