"""eSMS.vn (ViHAT), customer care messages; facts from the provider's public pages, developers.esms.vn, April 2026.

The answer is 200 with a code in its body. ``ErrorMessage`` may quote the number and is never read. Whether a message
was taken is found in the list of what was sent, by ``campaignid``, which is ours to choose. The list holds numbers and
texts: it is read, never logged. Not to be on it is no proof: it is late by minutes.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from legalaid import clock
from legalaid.events.words import NoticeChannel
from notify.gateways.base import Message, NotNow, Ours, Outcome, Refused, Taken
from notify.gateways.codes import Codes, price_of, reference_of
from notify.gateways.http import Client, Reply
from notify.settings import GatewaySettings

_SEND = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
_SENT = "/MainService.svc/json/GetSmsSentData_V2"
_CUSTOMER_CARE = "2"
_CODES = Codes(
    "esms",  # "Bảng mã lỗi", found; how 124 and 143 behave is not verified
    taken=frozenset({"100"}),
    refused=frozenset({"99", "108"}),  # the number is blocked there; malformed
    route_cannot=frozenset({"177"}),  # the brand name is not registered at its carrier
    ours=frozenset(
        # keys, price list, balance, brand name, message type, our address, account locked, text not registered,
        # forbidden word, no message type, and Zalo's
        {"101", "102", "103", "104", "118", "140", "143", "146", "201", "300", "789", "790", "791", "799"}
    ),
    not_now={"160": timedelta(seconds=1)},  # too many a second
    lost=frozenset({"124"}),  # RequestId known: of a message that was taken, or of one that failed
)
_NOT_LISTED = "105"
_SENT_WELL, _SENT_NOT_KNOWN_YET, _SENT_BADLY = "1", "2", "0"
_WAITING, _REJECTED, _DONE = frozenset({"1", "2", "7"}), "4", "5"
_PAGE_SIZE, _PAGES_MOST = 500, 40
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_LISTED_AT_ONCE: Final = timedelta(days=3)
"""The longest span that a list may have."""


class EsmsGateway:
    """``POST SendMultipleMessage_V4_post_json``; asked by ``GetSmsSentData_V2``."""

    name = "esms"
    channel = NoticeChannel.SMS
    can_be_asked = True

    def __init__(self, settings: GatewaySettings) -> None:
        self._keys = {
            "ApiKey": settings.api_key.get_secret_value(),
            "SecretKey": settings.secret_key.get_secret_value(),
        }
        self._sender = settings.sender
        self._callback = {"CallbackUrl": url} if (url := settings.callback_url.get_secret_value()) else {}
        self._client = Client(settings.url, settings.timeout_seconds)
        self.repeats_known_for = settings.repeats_known_for

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        body = self._keys | {
            "Phone": message.recipient.removeprefix("+"),
            "Content": message.text,
            "Brandname": self._sender,
            "SmsType": _CUSTOMER_CARE,
            "IsUnicode": "0",
            "RequestId": message.request_id,
            "campaignid": message.request_id,
            **self._callback,
        }
        answer = await self._client.post(_SEND, json=body)
        if not isinstance(answer, Reply):
            return answer
        return answer.failure() or _read(answer.fields())

    async def was_taken(self, request_id: str, since: datetime) -> Taken | Refused | NotNow | None:
        """As ``Gateway``; never None."""
        mine: list[Mapping[str, Any]] = []
        async for page in self._listed(since):
            if isinstance(page, NotNow):
                return page
            mine += [row for row in page if isinstance(row, dict) and row.get("Campaign") == request_id]
        return _became(mine)

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()

    async def _listed(self, since: datetime) -> AsyncIterator[list[Any] | NotNow]:
        """What was sent since then, page by page; the last thing is ``NotNow`` when it cannot be read to its end."""
        begin = since - _CLOCKS_DIFFER
        span = {"From": _time(begin), "To": _time(min(clock.now() + _CLOCKS_DIFFER, begin + _LISTED_AT_ONCE))}
        for page in range(1, _PAGES_MOST + 1):
            paged = {"Page": page, "PageSize": _PAGE_SIZE, "SmsType": _CUSTOMER_CARE}
            answer = await self._client.ask("POST", _SENT, json=self._keys | span | paged)
            rows = _rows(answer)
            yield rows
            if isinstance(rows, NotNow) or len(rows) < _PAGE_SIZE:
                return
        yield NotNow("esms-other")


def _read(fields: Mapping[str, Any]) -> Outcome:
    if "error" in fields and "CodeResult" not in fields:
        return Ours(_CODES.said("error"))  # {"error": "Invalid request"}: of the request, not of the number
    return _CODES.outcome(fields.get("CodeResult"), fields.get("SMSID"))


def _rows(answer: Reply | NotNow) -> list[Any] | NotNow:
    if isinstance(answer, NotNow):
        return answer
    if answer.failure() is not None:
        return NotNow(f"http-{answer.status}")
    fields = answer.fields()
    code, rows = str(fields.get("CodeResult")), fields.get("SentData")
    return rows if code in _CODES.taken and isinstance(rows, list) else NotNow(_CODES.said(code))


def _became(rows: Iterable[Mapping[str, Any]]) -> Taken | Refused | NotNow:
    """What the rows of one message say. One of them that eSMS has not given up is enough."""
    failed = False
    for row in rows:
        result, status = str(row.get("SendResult")), str(row.get("SendStatus"))
        if (result in {_SENT_WELL, _SENT_NOT_KNOWN_YET} and status != _REJECTED) or status in _WAITING:
            return Taken(reference_of(row.get("ReferenceId")), price_of(row.get("SellPrice")))
        failed = failed or status == _REJECTED or (result, status) == (_SENT_BADLY, _DONE)
    return Refused("esms-failed") if failed else NotNow(_CODES.said(_NOT_LISTED))


def _time(at: datetime) -> str:
    """In Vietnam, as its lists are asked."""
    return f"{at.astimezone(clock.VIETNAM):%Y-%m-%d %H:%M:%S}"
