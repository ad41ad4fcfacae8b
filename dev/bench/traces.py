"""``python -m dev.bench.traces``: what traces cost the consumer's worker, in CPU for an event.

The events are decoded and handed to a handler that does nothing; recorded spans go to an exporter that
forgets them, and log lines are written and thrown away.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased

from dev.machine.paths import ROOT
from legalaid import ids
from legalaid.bus import Batch
from legalaid.bus.meters import Meters
from legalaid.bus.record import Headers
from legalaid.bus.worker import Worker
from legalaid.events import Event, encode, requests
from legalaid.settings import ConsumerSettings
from legalaid.telemetry import logs, tracing
from legalaid.telemetry.sampling import LinkedRatio

_EVENTS = 20_000
_TIMES = 5
_BATCH = 500


class _Forgetful(SpanExporter):
    def export(self, spans: Any) -> SpanExportResult:
        del spans
        return SpanExportResult.SUCCESS


@dataclass(frozen=True, slots=True)
class _Record:
    offset: int
    key: bytes
    value: bytes
    headers: Headers
    partition: int = 0
    timestamp: int = 1_795_000_000_000


class _Tap:
    def open(self) -> None:
        """Nothing is held back."""

    def shut(self) -> None:
        """Nothing is held back."""


async def _handler(batch: Batch) -> None:
    del batch


def _records(recorded_of_ten: int) -> list[Any]:
    example = ROOT / f"libs/common/schemas/examples/{requests.RequestReceived.event_type}.json"
    told = json.dumps(json.loads(example.read_bytes())["data"])
    data = requests.RequestReceived.model_validate_json(told)
    event: Event[Any] = Event(ids.random_id(), data.request_id, 1, data.received_at, data.request_id, data)
    made = []
    for offset in range(_EVENTS):
        cause = f"00-{offset + 1:032x}-{offset + 1:016x}-01" if offset % 10 < recorded_of_ten else None
        message = encode(replace(event, traceparent=cause))
        made.append(_Record(offset, message.key.encode(), message.value, message.headers))
    return made


async def _work(records: list[Any]) -> float:
    """CPU seconds of this process for all of them."""
    nobody: Any = None
    pace = ConsumerSettings(batch_records=_BATCH, queue_batches=_EVENTS)
    meters = Meters.of("bench", requests.TOPIC.name)
    worker = Worker(requests.TOPIC, 0, _handler, producer=nobody, pace=pace, meters=meters, tap=_Tap())
    begun = time.process_time()
    worker.put(records)
    running = asyncio.create_task(worker.run())
    while worker.progress.done != _EVENTS:  # noqa: ASYNC110 - progress is no event
        await asyncio.sleep(0)
    spent = time.process_time() - begun
    worker.close()
    await running
    return spent


def _provider() -> TracerProvider:
    made = TracerProvider(sampler=ParentBased(LinkedRatio(0)))
    made.add_span_processor(BatchSpanProcessor(_Forgetful()))
    return made


def _measured() -> Mapping[str, float]:
    """CPU seconds for an event, the fastest of several runs, by case."""
    cases: Mapping[str, tuple[Callable[[], TracerProvider | None], int]] = {
        "traces off": (lambda: None, 0),
        "on, nothing recorded": (_provider, 0),
        "on, a tenth recorded": (_provider, 1),
        "on, all recorded": (_provider, 10),
    }
    fastest = dict.fromkeys(cases, float("inf"))
    for _ in range(_TIMES):
        for name, (provider, recorded) in cases.items():
            tracing.use(provider())
            fastest[name] = min(fastest[name], asyncio.run(_work(_records(recorded))))
    return {name: seconds / _EVENTS for name, seconds in fastest.items()}


def main() -> None:
    """Measure, and print."""
    with Path(os.devnull).open("w") as nowhere:
        with redirect_stdout(nowhere):
            logs.configure("bench", "INFO", version="0")
        measured = _measured()
    for name, seconds in measured.items():
        print(f"{name:22}{seconds * 1e6:6.1f} us of CPU for an event")


if __name__ == "__main__":
    main()
