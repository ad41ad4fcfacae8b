"""What is still to be told, and since when: gauges, counted from the store."""

from collections import Counter
from datetime import timedelta
from typing import Final

from legalaid import clock
from legalaid.events.words import NoticeChannel
from legalaid.service import Part
from legalaid.store import LATER, OVERDUE, census, distance, tally
from notify import metrics
from notify.inbox import Inbox
from notify.notice import State
from notify.store import UNFINISHED, Notices

_STEPS: Final = {"day": timedelta(days=1)}
_STANDING: Final = [
    (State.PENDING, NoticeChannel.SMS),
    (State.SENDING, NoticeChannel.SMS),
    (State.UNKNOWN, NoticeChannel.SMS),
    (State.CALLBACK_OWED, NoticeChannel.CALLBACK),
]
_WAITING: Final = {State.PENDING, State.SENDING}


def part(notices: Notices, inbox: Inbox) -> Part:
    """The part that counts."""

    async def both() -> None:
        await count(notices)
        await count_incoming(inbox)

    return census(both)


async def count_incoming(inbox: Inbox) -> None:
    """Set the gauge of what people wrote to us."""
    oldest = await inbox.oldest()
    metrics.INCOMING_WAITING_SECONDS.set((clock.now() - oldest).total_seconds() if oldest else 0)


async def count(notices: Notices) -> None:
    """Set the gauges anew."""
    now = clock.now()
    due = distance("due_at", now, _STEPS)
    standing = Counter(dict.fromkeys(_STANDING, 0))
    owed = Counter(dict.fromkeys((OVERDUE, *_STEPS, LATER), 0))
    oldest = now
    for notice, row in await tally(
        notices.collection,
        UNFINISHED,
        {"state": "$state", "channel": "$channel", "due": due},
        allowed_at={"$min": "$allowed_at"},
    ):
        state = State(notice["state"])
        standing[state, NoticeChannel(notice["channel"])] += row["count"]
        if state is State.CALLBACK_OWED:
            owed[notice["due"]] += row["count"]
        elif state in _WAITING:
            oldest = min(oldest, row["allowed_at"])
    for labels, found in standing.items():
        metrics.NOTICES.labels(*labels).set(found)
    for distance_, calls in owed.items():
        metrics.CALLS_OWED.labels(distance_).set(calls)
    metrics.OLDEST_WAITING_SECONDS.set((now - oldest).total_seconds())
