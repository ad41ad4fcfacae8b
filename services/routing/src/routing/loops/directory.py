"""Publishing the directory of centres: each centre once for each change, into the compacted topic.

A change may come with a day: a row of the table that begins, such as the new name of a centre.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from typing import Final

import structlog

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events.centres import CentrePublished
from legalaid.service import Part, pause
from legalaid.store import Documents, Publisher, publish_outboxes
from routing.rules.directory import Centre, Directory
from routing.store import PublishedCentre, RoutingStore

log = structlog.get_logger()

_AGAIN_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 600.0
"""So long after midnight the topic may still have the row of the day before."""


def part(store: RoutingStore, publisher: Publisher, directory: Directory, day: Callable[[], date]) -> Part:
    """The part that publishes what changed since the last start, and then what each day changes."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                changed = await publish(store.centres, publisher, directory, day())
                left = await left_behind(store, directory)
            except TransientError as error:
                log.warning("directory_not_published_yet", error=str(error))
                await pause(stop, _AGAIN_SECONDS)
            else:
                if changed:
                    log.info("directory_published", version=directory.version, changed=changed)
                if left:
                    log.error("open_cases_of_centres_that_left_the_directory", cases=left)
                await pause(stop, _LOOK_SECONDS)

    return Part("directory", run)


async def left_behind(store: RoutingStore, directory: Directory) -> dict[str, int]:
    """How many open cases are held by each code that left the directory: only its own people see them."""
    gone = {each.id for each in await store.centres.find({})} - directory.rows.keys()
    return await store.open_cases(frozenset(gone))


async def publish(centres: Documents[PublishedCentre], publisher: Publisher, directory: Directory, today: date) -> int:
    """Publish the centres that differ from what was last published. Returns how many.

    A centre that is no longer in the directory is published once more, as ending today.
    """
    while True:
        known = {each.id: each for each in await centres.find({})}
        changed = list(_due(known, directory, today))
        losers = await centres.save(changed)
        if not losers:
            break  # else another process publishes the same directory: look again
    waiting = await centres.find({"outbox_since": {"$ne": None}})
    await publish_outboxes(publisher, centres, waiting)
    await centres.settle(waiting)
    return len(changed)


def _due(known: dict[str, PublishedCentre], directory: Directory, today: date) -> Iterator[PublishedCentre]:
    current = {centre.code: _data(centre) for centre in directory.newest(today)}
    for code, before in known.items():
        if code not in current and before.published is not None:
            valid_to = before.published.valid_to
            ended = valid_to is not None and valid_to <= today
            current[code] = before.published if ended else before.published.model_copy(update={"valid_to": today})
    for code, data in sorted(current.items()):
        centre = known.get(code) or PublishedCentre(id=code)
        if centre.published != data:
            cause = sha256(data.model_dump_json().encode()).hexdigest()
            centre.published = data
            centre.emit(data, cause=cause, time=clock.now(), correlation_id=ids.event_id(cause, data.event_type))
            yield centre


def _data(centre: Centre) -> CentrePublished:
    return CentrePublished(
        code=centre.code,
        kind=centre.kind,
        name=centre.name,
        province=centre.province,
        parent=centre.parent,
        communes=tuple(sorted(centre.communes)),
        valid_from=centre.valid_from,
        valid_to=centre.valid_to,
        verified=centre.verified,
        area_known=centre.area_known,
        details=centre.details,
    )
