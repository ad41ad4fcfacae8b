"""Puts the parts of intake together."""

from collections.abc import Sequence
from functools import partial

from intake import metrics
from intake.api import calls, devices, requests, status_checks
from intake.api.proof import Prover
from intake.commands.brake import Brake
from intake.commands.changes import Changes
from intake.commands.devices import Devices
from intake.commands.guard import Guard
from intake.commands.reception import Reception
from intake.commands.status_desk import StatusDesk
from intake.commands.switchboard import Switchboard
from intake.handlers import CaseHandler
from intake.rules.callbacks import Pace
from intake.settings import IntakeSettings
from intake.store import IntakeStore
from legalaid import clock
from legalaid.audit import RecordCheck, Trail, attach
from legalaid.bus import Consumer, Producer
from legalaid.events import cases
from legalaid.http import create_app, http_part
from legalaid.sealed import BlindIndex, Keyring
from legalaid.service import Part, Resource
from legalaid.store import Outgoing, Store, publish_outboxes, sweeper
from legalaid.vietnam import calendar
from legalaid.vietnam.places import load as load_places

NAME = "intake"


def build(settings: IntakeSettings) -> Sequence[Part | Resource]:
    """All parts. Connects to nothing."""
    store = Store(settings.mongo, app_name=NAME)
    producer = Producer(settings.kafka, client_id=NAME)
    intake, trail = IntakeStore(store), Trail(store, NAME)
    keyring, index = Keyring(store, settings.keyring), BlindIndex(settings.keyring)
    guard = Guard(intake.counts, index, settings.guard)
    brake = Brake(intake.counts, index, settings.brake)
    working = calendar.load(settings.holidays_file)
    outgoing_requests = Outgoing(intake.requests, partial(publish_outboxes, producer, intake.requests))
    outgoing_calls = Outgoing(intake.calls, partial(publish_outboxes, producer, intake.calls))
    metrics.OFFICE_OPEN.set_function(lambda: working.is_open(clock.now()))
    changes = Changes(intake.requests, intake.statuses, keyring, index, outgoing_requests)
    desk = StatusDesk(intake.requests, changes, keyring)
    prover = Prover(desk, guard, settings.guard.address_header)
    pace = Pace(settings.callbacks.minutes, settings.callbacks.per_hour)
    switchboard = Switchboard(intake, keyring, index, outgoing_calls, working, pace)
    consumer = Consumer(
        group=NAME,
        handlers={cases.TOPIC: CaseHandler(intake, switchboard)},
        kafka=settings.kafka,
        pace=settings.consumer,
        producer=producer,
    )
    app = create_app(
        service=NAME,
        title="Legal aid: intake",
        description="Takes calls and requests from the hotline 1800 1233 and the app. Accepted means stored.",
        settings=settings,
        routers=[
            requests.router(Reception(intake.requests, keyring, index, brake, outgoing_requests), changes),
            calls.router(switchboard, working),
            status_checks.router(desk, prover),
            devices.router(Devices(intake, changes, keyring, outgoing_requests), prover),
        ],
        live=[consumer.live],
        ready=[store.ready],
    )
    attach(app, trail)

    async def create_indexes() -> None:
        for each in (intake, keyring):
            await each.create_indexes()

    return [
        Resource("store", open=create_indexes, close=store.close, lasting=True),
        trail.resource(),
        Resource("producer", open=producer.start, close=producer.stop),
        outgoing_requests.resource(),
        outgoing_calls.resource(),
        Resource("places", open=load_places),
        http_part(app, settings.http),
        sweeper([intake.requests, intake.calls], producer),
        consumer.part(),
        RecordCheck(trail).part(),
    ]
