"""Events become facts. Nothing is published, so a batch is done when it is stored."""

from collections.abc import Mapping
from typing import Any

from legalaid.bus import Batch, Handler
from legalaid.events import Event, Topic, calls, cases, centres, notices, requests
from legalaid.store import Step, fold, in_sequence
from reports.rules import facts
from reports.store import CentreName, FactDocument, ReportsStore


class Recorder:
    """The handlers of all topics, writing into one set of collections: the live one, or one that is built anew."""

    def __init__(self, store: ReportsStore) -> None:
        self._store = store

    def handlers(self) -> Mapping[Topic, Handler]:
        """Which handler takes which topic."""
        counted = (requests.TOPIC, calls.TOPIC, cases.TOPIC, notices.TOPIC)
        return {**dict.fromkeys(counted, self.on_facts), centres.TOPIC: self.on_centres}

    async def on_facts(self, batch: Batch) -> None:
        """Bring the facts of a batch's aggregates up to date."""
        record = in_sequence(batch, _record)
        await fold(self._store.facts, [Step(facts.fact_id(event), event, record) for event in batch.events])

    async def on_centres(self, batch: Batch) -> None:
        """Keep the newest name of each centre."""
        rename = in_sequence(batch, _rename)
        await fold(self._store.centres, [Step(event.subject, event, rename) for event in batch.events])


def _record(before: FactDocument | None, event: Event[Any]) -> FactDocument:
    if before is None:
        return FactDocument(id=facts.fact_id(event), fact=facts.after(None, event))
    return before.model_copy(update={"fact": facts.after(before.fact, event)})


def _rename(before: CentreName | None, event: Event[centres.CentrePublished]) -> CentreName:
    name = event.data.name
    return before.model_copy(update={"name": name}) if before else CentreName(id=event.subject, name=name)
