"""What people write to us: the short code of eSMS hands it in, the Desk reads it and says when it is dealt with.

eSMS signs each message (MD5 of its id for us, the message's id, the text, the time and a key of ours, as it defines it;
the sender's number is not in it). Its GET has all of that in the address: nothing on the way may log addresses.
"""

import hmac
import re
from base64 import b64encode
from datetime import datetime
from hashlib import md5
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from legalaid.audit import recorded
from legalaid.events.words import NoticeChannel
from legalaid.http import LeanRoute, Principal, Problem
from legalaid.ids import Id
from legalaid.vietnam import phones
from notify import metrics
from notify.inbox import Inbox, IncomingMessage, IncomingText
from notify.rules.answers import OneWord
from notify.settings import IncomingSettings
from notify.store import Notices

_MOST = 200
_MOST_CASES = 20
_MOST_TEXT = 2_000
_DESK = "DESK"
_SMSID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_ANSWER: Final = "<ClientResponse><Message></Message><Smsid>{}</Smsid><Receiver></Receiver></ClientResponse>"
"""Says nothing back: who holds the telephone now, and whether they want an answer by it, is not known."""
_REFUSED: dict[int | str, dict[str, Any]] = {403: {"description": "The signature is wrong."}}
_NONE: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such message."}}


class IncomingView(BaseModel):
    """A message as the Desk sees it."""

    model_config = ConfigDict(frozen=True)

    id: str
    provider: str
    channel: NoticeChannel
    wants: OneWord
    """What one word asks for. STOP: the Desk withdraws the consent to this channel in each of the cases."""
    received_at: datetime
    sender: str
    """The number, or the provider's own id of the person. A short code does not prove it."""
    text: str
    cases: list[str]
    """The cases whose messages go to this number, as far as any went or waits."""


class IncomingList(BaseModel):
    """Messages that wait, the oldest first."""

    messages: list[IncomingView]


class DealtWith(BaseModel):
    """That somebody has dealt with a message; its words are destroyed."""

    id: str
    done_at: datetime


def router(inbox: Inbox, notices: Notices, settings: IncomingSettings) -> APIRouter:
    """The routes of what comes in."""
    routes = APIRouter(route_class=LeanRoute, tags=["incoming"])
    reads = Depends(recorded("notices:read", "incoming.list"))
    ends = Depends(recorded("notices:write", "incoming.done"))

    @routes.get("/v1/incoming/esms", responses=_REFUSED)
    async def short_code(request: Request) -> Response:
        """A message to our short code, from eSMS."""
        said = request.query_params
        if not _is_signed(said, settings):
            metrics.WEBHOOKS_REFUSED.labels("esms").inc()
            raise Problem(403, "forbidden", "This call is not believed", "Its signature is wrong.")
        content = IncomingText(sender=_number(said.get("sender", "")), text=said.get("content", "")[:_MOST_TEXT])
        smsid, keyword = said["smsid"], said.get("keyword", "")
        kept = await inbox.take(NoticeChannel.SMS, "esms", smsid, content, keyword=keyword)
        if kept is not None:
            metrics.INCOMING.labels("esms", kept.wants).inc()
        return Response(_ANSWER.format(smsid), media_type="application/xml")

    @routes.get("/v1/incoming")
    async def waiting(
        who: Annotated[Principal, reads], limit: Annotated[int, Query(ge=1, le=_MOST)] = 50
    ) -> IncomingList:
        """What people wrote to us and nobody has dealt with, the oldest first. For the Desk alone."""
        _is_desk(who)
        found = await inbox.waiting(limit)
        texts = await inbox.opened(found)
        return IncomingList(messages=[await _view(each, texts[each.id], notices) for each in found if each.id in texts])

    @routes.post("/v1/incoming/{incoming_id}/done", responses=_NONE)
    async def done(who: Annotated[Principal, ends], incoming_id: Id) -> DealtWith:
        """The Desk has dealt with it. Done twice is done; its words can be read no more."""
        _is_desk(who)
        found = await inbox.done(incoming_id)
        if found is None or found.done_at is None:
            raise Problem(404, "not-found", "There is nothing here")
        return DealtWith(id=found.id, done_at=found.done_at)

    return routes


def _is_signed(said: QueryParams, settings: IncomingSettings) -> bool:
    """Base64 of MD5, which is eSMS's choice; compared in constant time."""
    key = settings.private_key.get_secret_value()
    if not key or said.get("cpid") != settings.cpid or _SMSID.fullmatch(said.get("smsid", "")) is None:
        return False
    signed = "".join(said.get(name, "") for name in ("cpid", "smsid", "content", "receiverTime")) + key
    digest = md5(signed.encode(), usedforsecurity=False).digest()
    return hmac.compare_digest(b64encode(digest), said.get("sign", "").encode())


def _number(sender: str) -> str:
    """E.164, or what the provider wrote where it is no number."""
    try:
        return phones.parse(f"+{sender}" if sender.startswith("84") else sender).e164
    except ValueError:
        return sender[:64].lstrip("+")


def _is_desk(who: Principal) -> None:
    if who.centre != _DESK:
        raise Problem(403, "forbidden", "You may not do this", "Only the Desk reads what has no case.")


async def _view(message: IncomingMessage, content: IncomingText, notices: Notices) -> IncomingView:
    told = await notices.find({"number": message.number}, limit=_MOST) if message.number else []
    cases = list(dict.fromkeys(notice.case_id for notice in told))[:_MOST_CASES]
    about = message.model_dump(include={"id", "provider", "channel", "wants", "received_at"})
    return IncomingView(**about, sender=content.sender, text=content.text, cases=cases)
