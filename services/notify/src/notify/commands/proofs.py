"""What a proof leads to: whoever was told on one channel need not be told on another, nor called."""

from collections.abc import Mapping
from datetime import datetime

from legalaid.events.words import NoticeReason
from legalaid.store import Decided, Outgoing
from notify import metrics
from notify.notice import Notice, State
from notify.store import Notices


class HandsetProofs:
    """Lets rest what tells the same news as a notice of which there is a proof."""

    def __init__(self, notices: Notices, outgoing: Outgoing[Notice]) -> None:
        self._notices = notices
        self._outgoing = outgoing

    def measure(self, sent: Notice, proved_at: datetime) -> None:
        """Count a proof that is new; ``sent`` as it was before."""
        seconds = max(0.0, (proved_at - sent.changed_at).total_seconds())
        metrics.PROOF_SECONDS.labels(sent.channel.value).observe(seconds)

    async def spare(self, proved: Notice) -> None:
        """Cancel what waits, and let nothing follow; what is being sent goes out. Raises ``TransientError``.

        Once more changes nothing. It is written after the proof: a proof that is told again makes up for a crash.
        """
        known = (await self._notices.of_cases([proved.case_id]))[proved.case_id]
        others = [each.id for each in known if _is_same_news(each, proved) and _may_rest(each)]

        async def decide(found: Mapping[str, Notice | None]) -> Mapping[str, Decided[Notice, None]]:
            return {key: _let_rest(notice, proved) for key, notice in found.items()}

        if others:
            done = await self._notices.change_all(others, decide)
            self._outgoing.put([each.write for each in done.values() if each.write is not None])


def _is_same_news(notice: Notice, proved: Notice) -> bool:
    return notice.id != proved.id and notice.case_event == proved.case_event


def _may_rest(notice: Notice) -> bool:
    waits = notice.state is State.PENDING and not notice.doubted
    return waits or notice.state is State.CALLBACK_OWED or notice.next_at is not None


def _let_rest(notice: Notice | None, proved: Notice) -> Decided[Notice, None]:
    if notice is None or not _may_rest(notice):
        return Decided(None)
    if notice.next_at is not None:
        notice.rest()
    else:
        metrics.SPARED.labels(notice.channel.value).inc()
        notice.cancel(max(proved.changed_at, notice.changed_at), NoticeReason.SUPERSEDED, cause=proved.id)
    return Decided(None, write=notice)
