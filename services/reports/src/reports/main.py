"""Puts the parts of reports together."""

from collections.abc import Sequence

from legalaid.bus import Consumer, Producer
from legalaid.http import create_app, http_part
from legalaid.service import Part, Resource
from legalaid.store import Store
from reports.api import summaries
from reports.handlers import Recorder
from reports.loops import census
from reports.settings import ReportsSettings
from reports.store import ReportsStore

NAME = "reports"


def build(settings: ReportsSettings) -> Sequence[Part | Resource]:
    """All parts. Connects to nothing."""
    store = Store(settings.mongo, app_name=NAME)
    reports = ReportsStore(store)
    producer = Producer(settings.kafka, client_id=NAME)  # for dead letters only
    consumer = Consumer(
        group=NAME,
        handlers=Recorder(reports).handlers(),
        kafka=settings.kafka,
        pace=settings.consumer,
        producer=producer,
    )
    app = create_app(
        service=NAME,
        title="Legal aid: reports",
        description="Calls, requests, cases and notices in numbers, by day, province, centre, channel and outcome.",
        settings=settings,
        routers=[summaries.router(reports, settings.most_days)],
        live=[consumer.live],
        ready=[store.ready],
    )
    return [
        Resource("store", open=reports.create_indexes, close=store.close, lasting=True),
        Resource("producer", open=producer.start, close=producer.stop),
        http_part(app, settings.http),
        consumer.part(),
        census.part(reports),
    ]
