"""Asked after each fault: whether everything is quiet again, and whether every promise was kept."""

import asyncio
import os
import subprocess
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from aiokafka.errors import KafkaError
from pydantic import SecretStr

from dev.demo.crowd import still_moving
from dev.faults.load import Load
from dev.faults.ownership import Unowned, entry
from dev.faults.rig import Rig
from dev.faults.schedule import MEMBERS
from dev.gateway.record import ReceivedMessage
from dev.look import kafka as log
from dev.look.audit import audit
from dev.look.kafka import Lag
from dev.machine.paths import PYTHON
from dev.stack.installation import answers
from legalaid import clock
from legalaid.errors import TransientError
from legalaid.settings import KafkaSettings, MongoSettings
from legalaid.store import Store, transient

_DATABASES = ("intake", "routing", "notify", "reports", "keyring")
_OWNED = ("legalaid.requests", "legalaid.calls", "legalaid.cases")
_LOOKS = 2
_LOOK_SECONDS = 0.3
_DUE = timedelta(hours=2)
"""A message is waited for when it may go by this much later than now: a clock may have been an hour ahead."""
_STORE_SECONDS = 60.0


@dataclass
class Verdict:
    """What is wrong, each by its id or place, with words."""

    lost: dict[str, str] = field(default_factory=dict)
    doubled: dict[str, str] = field(default_factory=dict)
    unowned: dict[str, str] = field(default_factory=dict)
    leaked: dict[str, str] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    """Dead letters, answers that no front end should get, a process that did not end or come back as it should."""

    @property
    def is_clean(self) -> bool:
        """Whether all promises were kept."""
        return not any((self.lost, self.doubled, self.unowned, self.leaked, self.other))

    def beyond(self, before: "Verdict") -> "Verdict":
        """What is wrong here and was not before."""
        return Verdict(
            **{
                name: {key: why for key, why in found.items() if key not in getattr(before, name)}
                for name, found in vars(self).items()
            }
        )


class Inspector:
    """Looks from outside, at the whole history; what it searched for plants before, it does not search again."""

    def __init__(self, rig: Rig, load: Load) -> None:
        self._rig = rig
        self._load = load
        stack = rig.running.stack
        self._kafka = KafkaSettings(servers=stack.servers)
        self._mongo = MongoSettings(url=SecretStr(stack.mongo), timeout_seconds=_STORE_SECONDS)
        self._unowned = Unowned()
        self._facts: dict[str, dict[str, str]] = defaultdict(dict)
        """By key: the ids of its events, with their types."""
        self._letters: dict[str, str] = {}
        self._leaks: dict[str, str] = {}
        self._read: dict[tuple[str, int], int] = {}
        self._searched: set[int] = set()
        self._log_ends: dict[str, int] = {}
        self._spans = 0
        self.repeats: Counter[str] = Counter()
        """How often the gateway was sent each message that it had already; it dropped them."""
        self._again: dict[str, str] = {}

    @asynccontextmanager
    async def _store(self) -> AsyncIterator[Store]:
        store = Store(self._mongo, app_name="inspector")
        try:
            yield store
        finally:
            await store.close()

    async def quiet(self, within_seconds: float) -> str:
        """Wait until all are ready and nothing moves. Returns what still moves after that time; empty when quiet."""
        deadline = clock.elapsed() + within_seconds
        moving, looks = "nothing was looked at", 0
        async with self._store() as store:
            while looks < _LOOKS:
                if clock.elapsed() > deadline:
                    return moving
                try:
                    async with asyncio.timeout_at(asyncio.get_running_loop().time() + within_seconds):
                        async with Lag(self._kafka) as lag:
                            while looks < _LOOKS and clock.elapsed() < deadline:
                                moving = await self._not_ready() or await self._moving(store, lag)
                                looks = 0 if moving else looks + 1
                                await asyncio.sleep(_LOOK_SECONDS)
                except (KafkaError, TransientError, TimeoutError, OSError) as error:
                    moving, looks = f"no answer to the question: {type(error).__name__}", 0
                    await asyncio.sleep(_LOOK_SECONDS)
        return ""

    async def _moving(self, store: Store, lag: Lag) -> str:
        with transient():
            return await still_moving(store, lag, self._rig.now() + _DUE)

    async def _not_ready(self) -> str:
        for member in MEMBERS:
            process: Any = self._rig.processes[member]
            if not await asyncio.to_thread(answers, process.port, "/readyz"):
                return f"{member} is not ready"
        return ""

    async def look(self, *, may_repeat: bool = False) -> Verdict:
        """Everything, now that it is quiet.

        ``may_repeat``: a sender had an excuse for sending again what the gateway had.
        """
        verdict = Verdict()
        promises = self._load.promises
        async with self._store() as store:
            receptions = await self._rig.running.receptions()
            found = await audit(store, self._kafka, receptions, promises.accepted, promises.owed)
            self._count_repeats(receptions, may_repeat=may_repeat)
            verdict.lost, verdict.doubled = found.lost, self._again | found.doubled
            await self._read_topics()
            await self._search_documents(store)
        silent = await self._search_processes()
        verdict.lost |= self._broken_promises()
        verdict.unowned = self._unowned.found()
        verdict.leaked = dict(self._leaks)
        verdict.other = self._letters | silent | {name: f"{times} times" for name, times in promises.unexpected.items()}
        return verdict

    def _count_repeats(self, receptions: Sequence[ReceivedMessage], *, may_repeat: bool) -> None:
        """A gateway that drops repeats would hide a sender that sends again without asking first: its record tells."""
        repeats = Counter(reception.request_id for reception in receptions if not reception.delivered)
        if not may_repeat:
            why = "was sent to the gateway again, and nobody had asked the gateway before"
            self._again |= dict.fromkeys(repeats - self.repeats, why)
        self.repeats = repeats

    async def _read_topics(self) -> None:
        async for record in log.records(self._kafka, await log.topics(self._kafka)):
            place = (record.topic, record.partition)
            if record.offset <= self._read.get(place, -1):
                continue
            self._read[place] = record.offset
            self._search(f"topic {record.topic}", [record.key or b"", record.value or b"", *record.headers])
            if record.topic.endswith(".dead-letters"):
                reason = dict(record.headers).get("dlq_reason", b"").decode()
                self._letters[f"{record.topic} {record.offset}"] = f"a dead letter: {reason}"
            elif record.topic in _OWNED:
                event = entry(record.key, record.value, record.headers)
                self._facts[event.key][event.id] = event.type
                self._unowned.take([event])

    def _broken_promises(self) -> dict[str, str]:
        """Commands that were answered with yes, and are not in the log."""
        promises, broken = self._load.promises, {}
        for request, times in promises.amended.items():
            if self._count(request, "vn.legalaid.request.amended.v1") < times:
                broken[request] = "an amendment was answered with yes, and is not in the log"
        for request in promises.withdrawn:
            if not self._count(request, "vn.legalaid.request.withdrawn.v1"):
                broken[request] = "a withdrawal was answered with yes, and is not in the log"
        for case in promises.taken_up:
            if not self._count(case, "vn.legalaid.case.accepted.v1"):
                broken[case] = "an officer was told that the case is accepted, and it is not in the log"
        return broken

    def _count(self, key: str, type_: str) -> int:
        return sum(each == type_ for each in self._facts[key].values())

    def _search(self, place: str, haystack: Any) -> None:
        if planted := self._load.plants.found_in(haystack):
            self._leaks[place] = f"what people told: {', '.join(planted)}"

    async def _search_documents(self, store: Store) -> None:
        for database in _DATABASES:
            for name in await store.collection_names(database):
                async for document in store.collection(database, name).find({}):
                    mark = hash((database, name, repr(document)))
                    if mark not in self._searched:
                        self._searched.add(mark)
                        self._search(f"collection {database}.{name}", document)

    async def _search_processes(self) -> dict[str, str]:
        """Searches logs, metrics and spans. Returns who did not answer: after a fault everybody should."""
        for file in sorted((self._rig.folder / "log").iterdir()):
            with file.open("rb") as log:
                log.seek(self._log_ends.get(file.name, 0))
                self._search(f"log {file.name}", log.read())
                self._log_ends[file.name] = log.tell()
        silent: dict[str, str] = {}
        async with httpx.AsyncClient(timeout=10) as client:
            for member in MEMBERS:
                try:
                    self._search(f"metrics of {member}", (await client.get(f"{self._rig.url(member)}/metrics")).text)
                except httpx.HTTPError as error:
                    silent[f"metrics of {member}"] = f"did not answer: {type(error).__name__}"
        spans = self._rig.collector.received
        for span in spans[self._spans :]:
            self._search("spans", span)
        self._spans = len(spans)
        return silent

    async def rebuilt(self) -> str:
        """Are the facts of reports those of the whole log? Empty when they are."""
        environment: Mapping[str, str] = self._rig.running.environment("reports")
        done = await asyncio.to_thread(
            subprocess.run,
            [PYTHON, "-m", "reports", "rebuild"],
            env={**os.environ, **environment, "LEGALAID_MONGO__TIMEOUT_SECONDS": "60"},
            capture_output=True,
            text=True,
            check=False,
        )
        return "" if done.returncode == 0 else f"the facts of reports are not what the log says: {done.stdout[-300:]}"
