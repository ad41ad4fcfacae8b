"""Zalo template messages (ZBS) by telephone number; facts from third-party specifications of 2026, none confirmed.

The answer is always 200 with a code in its body, whose words may quote and are never read. Nothing says that a repeated
``tracking_id`` is dropped, and nobody can be asked by it: a lost answer is settled by the webhook, or not at all.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.events.words import NoticeChannel
from notify import metrics
from notify.gateways.base import CannotBeAsked, Lost, Message, NotNow, Ours, Outcome, Refused, RouteCannot, Taken
from notify.gateways.http import Client, Reply
from notify.gateways.tokens import RotatingTokens
from notify.settings import ZaloSettings

_PATH = "/message/template"
_CODE = re.compile(r"-?[0-9]{1,5}", re.ASCII)
_MORNING, _MIDNIGHT = time(7), time(0)

# Codes as published by third parties (2026), without their sign.
_TOKEN = frozenset({"124", "216", "220"})
"""The access token is over or withdrawn: certainly not sent."""
_NO_ZALO = frozenset({"118", "119", "110", "114"})
"""This number has no usable Zalo."""
_NOT_WANTED = frozenset({"139", "140", "141"})
"""The person, or Zalo for them, refuses messages of this kind."""
_NO_NUMBER = frozenset({"108"})
_AT_NIGHT = frozenset({"133", "234"})
_TOO_FAST_WAIT = timedelta(seconds=60)


class Registered(BaseModel):
    """One text as Zalo has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    tag: int
    """Zalo's kind: 1 transaction, at any hour; 2 and 3 by day alone."""
    title: str
    text: str
    parameters: dict[str, str]
    """What is put into it, each with what stands in where the message has no such value."""
    verified: bool


@cache
def registered() -> Mapping[str, Registered]:
    """The texts by template. Raises ``pydantic.ValidationError`` for a table that is wrong."""
    table = tomllib.loads((files("notify") / "zalo.toml").read_text(encoding="utf-8"))
    return {name: Registered.model_validate(row) for name, row in table.items()}


class ZaloGateway(CannotBeAsked):
    """``POST /message/template``."""

    name = "zalo"
    channel = NoticeChannel.ZALO
    repeats_known_for = timedelta(0)
    proves_within = timedelta(minutes=10)
    """So long the webhook that settles a lost answer is waited for."""

    def __init__(self, settings: ZaloSettings, tokens: RotatingTokens) -> None:
        self._templates = settings.templates
        self._tokens = tokens
        self._client = Client(settings.url, settings.timeout_seconds)

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        body = self._body(message)
        if body is None:
            return RouteCannot("zalo-unregistered")
        refused: str | None = None
        for _ in range(2):  # once more with a new token: what was refused for its token was certainly not taken
            token = await self._token(refused)
            if not isinstance(token, str):
                return token
            outcome = await self._send(token, body, urgent=message.urgent)
            if outcome is not None:
                return outcome
            refused = token
        return Ours("zalo-124")

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()

    def _body(self, message: Message) -> dict[str, Any] | None:
        """None: Zalo has no such text."""
        text = registered().get(message.template)
        template_id = self._templates.get(f"{message.template}/{message.version}")
        if text is None or template_id is None or text.version != message.version:
            return None
        values = {name: message.values.get(name) or instead for name, instead in text.parameters.items()}
        return {
            "phone": message.recipient.removeprefix("+"),
            "template_id": template_id,
            "template_data": {name: unicodedata.normalize("NFC", value) for name, value in values.items()},
            "tracking_id": message.request_id,
        }

    async def _token(self, refused: str | None) -> str | NotNow | Ours:
        try:
            return await self._tokens.access(refused=refused)
        except TransientError:
            return NotNow("zalo-no-token")

    async def _send(self, token: str, body: Mapping[str, Any], *, urgent: bool) -> Outcome | None:
        """None: the token was refused."""
        answer = await self._client.post(_PATH, json=body, headers={"access_token": token})
        if not isinstance(answer, Reply):
            return answer
        if (failure := answer.failure()) is not None:
            return Ours(failure.code) if isinstance(failure, Refused) else failure  # it refuses people by codes alone
        fields = answer.fields()
        if "error" not in fields:
            return Lost("no-code")
        code = str(fields["error"])
        if code != "0":
            return _outcome(code.removeprefix("-") if _CODE.fullmatch(code) else "other", urgent=urgent)
        data = fields["data"] if isinstance(fields.get("data"), dict) else {}
        _count_quota(data.get("quota"))
        reference = data.get("msg_id")
        return Taken(reference if isinstance(reference, str) else None)


def _outcome(code: str, *, urgent: bool) -> Outcome | None:
    """What a code other than 0 means; None: the token was refused. What nobody lists stops the provider: ``Ours``."""
    said = f"zalo-{code}"
    meaning: Outcome | None
    match code:
        case _ if code in _TOKEN:
            meaning = None
        case _ if code in _NO_ZALO | _NOT_WANTED | _NO_NUMBER:
            meaning = Refused(said)
        case _ if code in _AT_NIGHT:
            meaning = RouteCannot(said) if urgent else NotNow(said, _until(_MORNING))
        case "144":  # the quota of the day is used up
            meaning = NotNow(said, _until(_MIDNIGHT))
        case "147":  # that of this template
            meaning = RouteCannot(said)
        case "32":  # too many a minute
            meaning = NotNow(said, _TOO_FAST_WAIT)
        case "100":  # an error of theirs, which says nothing of the message
            meaning = Lost(said)
        case _:
            meaning = Ours(said)
    return meaning


def _until(hour: time) -> timedelta:
    """To the next such hour in Vietnam."""
    now = clock.now().astimezone(clock.VIETNAM)
    today = datetime.combine(now, hour, clock.VIETNAM)
    return (today if today > now else today + timedelta(days=1)) - now


def _count_quota(quota: Any) -> None:
    """``{"dailyQuota": "500", "remainingQuota": "499"}``: numbers or their text."""
    fields = quota if isinstance(quota, dict) else {}
    day, left = (str(fields.get(name, "")) for name in ("dailyQuota", "remainingQuota"))
    if all(value.isascii() and value.isdigit() for value in (day, left)):
        metrics.QUOTA.labels("zalo").set(int(day))
        metrics.QUOTA_LEFT.labels("zalo").set(int(left))
