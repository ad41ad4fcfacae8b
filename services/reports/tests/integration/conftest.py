"""A whole reports service, in this process: real HTTP, real store, real broker, names of each test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.stack.keys import READER, Authority
from dev.stack.process import free_port
from dev.stack.served import served
from legalaid import ids
from legalaid.bus import Producer, create_topics
from legalaid.events import Event, Message, calls, cases, centres, encode, notices, requests
from legalaid.events.base import Place
from legalaid.settings import AuthSettings, HttpSettings, KafkaSettings, MongoSettings
from legalaid.store import Store
from legalaid.testing.events import AT, happened, make, numbered
from reports.main import build
from reports.rules.facts import fact_id
from reports.settings import ReportsSettings
from reports.store import ReportsStore

CENTRES = centres.TOPIC.short
Story = list[Event[Any]]


def stories(name: str) -> list[Story]:
    """What the topics tell of one call, one request, its case and a notice: each a story of its own, in order."""
    key, call, notice = ids.request_id("test", name), ids.call_id("test", name), ids.notice_id(name, "opened", "SMS")
    asked = [
        make(requests.RequestReceived, request_id=key),
        make(requests.RequestAmended, request_id=key, residence=Place(province="15")),
        make(requests.RequestWithdrawn, request_id=key),
    ]
    rang = [
        make(calls.CallEnded, call_id=call, ended_at=AT + timedelta(minutes=3)),
        make(calls.CallStarted, call_id=call),
    ]
    handled = [
        make(cases.CaseOpened, case_id=key, changed_at=AT + timedelta(minutes=1)),
        make(cases.CaseAccepted, case_id=key, changed_at=AT + timedelta(minutes=3)),
        make(cases.CaseClosed, case_id=key, changed_at=AT + timedelta(minutes=5)),
    ]
    sent = make(notices.NoticeSent, notice_id=notice, case_id=key, changed_at=AT + timedelta(minutes=2))
    return [numbered(*story) for story in (asked, rang, handled, [sent])]


def centre(name: str, sequence: int = 1) -> Event[Any]:
    return happened(make(centres.CentrePublished, name=name), sequence)


class Reports:
    """A running service and what a test needs to look into it."""

    def __init__(self, settings: ReportsSettings, authority: Authority, http: httpx.AsyncClient, store: Store) -> None:
        self.settings = settings
        self.authority = authority
        self.http = http
        self.store = store
        self.collections = ReportsStore(store)
        self.stories = stories
        self.centre = centre

    async def get(self, path: str, *, accept: str = "application/json", **query: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.authority.token(READER)}", "Accept": accept}
        return await self.http.get(path, params=query, headers=headers)

    async def publish(self, events: Sequence[Event[Any]]) -> None:
        messages: list[Message] = [encode(event) for event in events]
        async with Producer(self.settings.kafka, client_id="test") as producer:
            await producer.publish(messages)

    async def recorded(self, *events: Event[Any]) -> None:
        """Wait until all of them have been taken."""
        last: dict[str, int] = {}
        for event in events:
            last[fact_id(event)] = max(last.get(fact_id(event), 0), event.sequence)
        async with asyncio.timeout(30):
            while await self._taken(last) != last:  # noqa: ASYNC110 - another process's work has no event
                await asyncio.sleep(0.05)

    async def _taken(self, ids: Iterable[str]) -> dict[str, int]:
        facts, names = await self.collections.facts.load(ids), await self.collections.centres.find({})
        found = {key: max(document.applied.values()) for key, document in facts.items()}
        return found | {
            f"{CENTRES}:{name.id}": name.applied[CENTRES] for name in names if f"{CENTRES}:{name.id}" in ids
        }


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def settings(kafka: KafkaSettings, mongo: MongoSettings, authority: Authority) -> ReportsSettings:
    return ReportsSettings(
        kafka=kafka,
        mongo=mongo,
        auth=AuthSettings(jwks_file=Path(authority.jwks_file)),
        http=HttpSettings(port=free_port()),
    )


@pytest.fixture
async def store(mongo: MongoSettings) -> AsyncIterator[Store]:
    opened = Store(mongo, app_name="test")
    yield opened
    await opened.close()


@pytest.fixture
def tell() -> Callable[[str], list[Story]]:
    return stories


@pytest.fixture
async def reports(settings: ReportsSettings, authority: Authority, store: Store) -> AsyncIterator[Reports]:
    await create_topics(settings.kafka)
    async with served(build, settings) as http:
        yield Reports(settings, authority, http, store)
