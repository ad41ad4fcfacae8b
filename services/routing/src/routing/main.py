"""Puts the parts of routing together."""

from collections.abc import Sequence
from functools import partial

from legalaid import clock
from legalaid.audit import RecordCheck, Trail, attach
from legalaid.bus import Consumer, Producer
from legalaid.events import calls, requests
from legalaid.http import create_app, http_part
from legalaid.sealed import Keyring
from legalaid.service import Part, Resource
from legalaid.store import Outgoing, Store, publish_outboxes, sweeper
from legalaid.vietnam import calendar
from legalaid.vietnam.places import load as load_places
from routing import tables
from routing.api import cases, eligibility, places
from routing.commands.officers import Commands
from routing.handlers import CaseMaker
from routing.loops import census, directory
from routing.loops.renewal import Renewer
from routing.rules.rulebook import Rulebook
from routing.settings import RoutingSettings
from routing.store import RoutingStore

NAME = "routing"


def build(settings: RoutingSettings) -> Sequence[Part | Resource]:
    """All parts. Connects to nothing.

    Raises ``ValueError`` when a table is not whole.
    """
    working = calendar.load(settings.holidays_file)
    today = working.day(clock.now())
    law = tables.load_law(settings.law_folder, today)
    rules = Rulebook(law, tables.load_directory(settings.directory_file), working)
    store = Store(settings.mongo, app_name=NAME)
    producer = Producer(settings.kafka, client_id=NAME)
    routing, keyring, trail = RoutingStore(store), Keyring(store, settings.keyring), Trail(store, NAME)
    outgoing = Outgoing(routing.cases, partial(publish_outboxes, producer, routing.cases))
    maker = CaseMaker(routing.cases, keyring, producer, rules)
    consumer = Consumer(
        group=NAME,
        handlers={requests.TOPIC: maker.on_requests, calls.TOPIC: maker.on_calls},
        kafka=settings.kafka,
        pace=settings.consumer,
        producer=producer,
    )
    app = create_app(
        service=NAME,
        title="Legal aid: routing",
        description="Officers' cases: what is due, what the person told, why it came here; accept, return, assign. "
        "And without a person: who could get legal aid, which centre serves a place, what a name of a place can mean.",
        settings=settings,
        routers=[
            cases.router(routing, keyring, Commands(routing.cases, keyring, outgoing, rules), rules),
            eligibility.router(rules),
            places.router(rules),
        ],
        live=[consumer.live],
        ready=[store.ready],
    )
    attach(app, trail)
    return [
        Resource("store", open=routing.create_indexes, close=store.close, lasting=True),
        trail.resource(),
        Resource("producer", open=producer.start, close=producer.stop),
        outgoing.resource(),
        Resource("places", open=load_places),
        http_part(app, settings.http),
        consumer.part(),
        sweeper(routing.cases, producer),
        directory.part(routing, producer, rules.directory, lambda: working.day(clock.now())),
        census.part(routing.cases),
        Renewer(routing, keyring, outgoing, rules).part(),
        RecordCheck(trail).part(),
    ]
