"""A whole reports service, in this process: real HTTP, real store, real broker, names of each test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.stack.keys import READER, Authority
from dev.stack.process import free_port
from dev.stack.served import served
from legalaid import ids
from legalaid.bus import Producer, create_topics
from legalaid.events import Event, EventData, Message, Sealed, calls, cases, centres, encode, notices, requests
from legalaid.events.base import Place
from legalaid.events.words import (
    CallOutcome,
    CaseKind,
    Channel,
    NextAction,
    NoticeChannel,
    OwnerKind,
    RoutingReason,
    Status,
)
from legalaid.settings import AuthSettings, HttpSettings, KafkaSettings, MongoSettings
from legalaid.store import Store
from reports.main import build
from reports.rules.facts import fact_id
from reports.settings import ReportsSettings
from reports.store import ReportsStore

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
BOX: Sealed[Any] = Sealed("1." + "a" * 64)
CENTRES = centres.TOPIC.short
Story = list[Event[Any]]


def _numbered(key: str, data: Sequence[EventData]) -> Story:
    return [
        Event(ids.event_id(key, each.event_type, number), key, number, AT, key, each)
        for number, each in enumerate(data, 1)
    ]


def _case(model: type[cases.CaseState], key: str, status: Status, minutes: int) -> cases.CaseState:
    owner = cases.Owner(kind=OwnerKind.CENTRE, code="TGPL-11", name="Trung tâm", province="11")
    values: dict[str, Any] = {
        "case_id": key,
        "kind": CaseKind.REQUEST,
        "status": status,
        "owner": owner if status.is_open else None,
        "next_action": NextAction.REVIEW if status.is_open else None,
        "due_at": AT if status.is_open else None,
        "urgent": False,
        "routing_reason": RoutingReason.RESIDENCE,
        "ruleset": "r.1",
        "channel": Channel.APP,
        "receipt_code": None,
        "province": "11",
        "commune": None,
        "received_at": AT,
        "changed_at": AT + timedelta(minutes=minutes),
        "contact": BOX,
        "facts": None,
    }
    return model(**values)


def stories(name: str) -> list[Story]:
    """What the topics tell of one call, one request, its case and a notice: each a story of its own, in order."""
    key, call, notice = ids.request_id("test", name), ids.call_id("test", name), ids.notice_id(name, "opened", "SMS")
    state: dict[str, Any] = {
        "request_id": key,
        "receipt_code": "1234567897",
        "channel": Channel.APP,
        "received_at": AT,
        "urgent": False,
        "residence": Place(province="11"),
        "matter_place": None,
        "contact": BOX,
        "facts": BOX,
        "story": BOX,
    }
    asked = [
        requests.RequestReceived(**state),
        requests.RequestAmended(**(state | {"residence": Place(province="15")})),
        requests.RequestWithdrawn(request_id=key, withdrawn_at=AT),
    ]
    rang = [
        calls.CallEnded(call_id=call, ended_at=AT + timedelta(minutes=3), outcome=CallOutcome.COMPLETED),
        calls.CallStarted(call_id=call, started_at=AT, in_hours=True),
    ]
    handled = [
        _case(cases.CaseOpened, key, Status.ASSIGNED, 1),
        _case(cases.CaseAccepted, key, Status.ACCEPTED, 3),
        _case(cases.CaseClosed, key, Status.COMPLETED, 5),
    ]
    sent = notices.NoticeSent(
        notice_id=notice,
        case_id=key,
        template="case-opened",
        template_version=1,
        channel=NoticeChannel.SMS,
        owner="TGPL-11",
        province="11",
        requested_at=AT,
        changed_at=AT + timedelta(minutes=2),
        segments=1,
    )
    return [_numbered(key, asked), _numbered(call, rang), _numbered(key, handled), _numbered(notice, [sent])]


def centre(name: str, sequence: int = 1) -> Event[Any]:
    data = centres.CentrePublished(
        code="TGPL-11",
        kind=OwnerKind.CENTRE,
        name=name,
        province="11",
        parent=None,
        communes=(),
        valid_from=AT.date(),
        valid_to=None,
        verified=True,
    )
    return Event(ids.event_id(name, data.event_type, sequence), "TGPL-11", sequence, AT, ids.request_id("t", "c"), data)


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
