"""What devices say of pushes that reached them: a receipt that costs nothing, and the only one that push has.

A notice's id goes out inside its push alone, so that whoever says it has the message.
"""

from collections import Counter
from typing import Final

from legalaid import clock, ids
from legalaid.events.words import NoticeChannel
from notify import metrics
from notify.commands.receipts import Heard, Receipts
from notify.notice import DeliveryReceipt, Notice
from notify.store import Notices

_APP: Final = "app"
_FAILED_A_SECOND: Final = 100


class NotPushedError(Exception):
    """No device can have this notice: there is none, it is one of another channel, or nobody has sent it yet."""


class TooManyUnknownError(Exception):
    """The front end asked for too many that were never pushed; nothing more of it is looked at in this second."""


class Sightings:
    """Takes what devices say as often as they say it."""

    def __init__(self, notices: Notices, receipts: Receipts) -> None:
        self._notices = notices
        self._receipts = receipts
        self._second = 0
        self._failed: Counter[str] = Counter()
        """By front end, in this second; counted before it is looked, so that many at once gain nothing."""

    async def seen(self, notice_id: str, client: str) -> None:
        """A device has this notice. Raises ``NotPushedError``, ``TooManyUnknownError`` and ``TransientError``."""
        self._begin(client)
        notice = (await self._notices.load([notice_id])).get(notice_id)
        if notice is None or not _was_pushed(notice):
            metrics.RECEIPTS.labels(_APP, Heard.STRANGER).inc()
            raise NotPushedError
        self._failed[client] -= 1
        now = clock.now()
        proved_at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # the store keeps no more
        receipt = DeliveryReceipt(notice.provider or _APP, proved_at=proved_at)
        metrics.RECEIPTS.labels(_APP, await self._receipts.take(notice_id, receipt)).inc()

    def _begin(self, client: str) -> None:
        second = int(clock.elapsed())
        if second != self._second:
            self._second = second
            self._failed.clear()
        if self._failed[client] >= _FAILED_A_SECOND:
            raise TooManyUnknownError
        self._failed[client] += 1


def _was_pushed(notice: Notice) -> bool:
    """Its id says by which channel it began, whatever it has ended as."""
    return notice.attempts > 0 and notice.id == ids.notice_id(notice.case_event, notice.template, NoticeChannel.PUSH)
