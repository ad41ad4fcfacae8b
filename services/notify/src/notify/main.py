"""notify, put together."""

from collections.abc import Iterator
from functools import partial

from legalaid.audit import RecordCheck, Trail, attach
from legalaid.bus import Consumer, Producer
from legalaid.events import cases
from legalaid.http import create_app, http_part
from legalaid.sealed import BlindIndex, Keyring
from legalaid.service import Part, Resource
from legalaid.store import Outgoing, Store, publish_outboxes, sweeper
from legalaid.vietnam import calendar
from notify import api
from notify.attempts import Attempts
from notify.booking import Bookings
from notify.choosing import Choosing
from notify.commands.desk import Desk
from notify.commands.proofs import HandsetProofs
from notify.commands.providers import Operators
from notify.commands.receipts import Receipts
from notify.commands.sightings import Sightings
from notify.gateways import Gateway, connect_all
from notify.gateways.app import connect_push
from notify.gateways.esms_receipts import EsmsReceipts
from notify.gateways.tokens import RotatingTokens, own_tokens
from notify.gateways.voice import VoiceGateway
from notify.gateways.zalo import ZaloGateway
from notify.gateways.zalo_oauth import ZaloOAuth
from notify.handlers import Handlers
from notify.inbox import Inbox, Stops
from notify.loops import census
from notify.loops import tokens as token_loop
from notify.loops.attempt import Attempt
from notify.loops.climber import Climber
from notify.loops.sender import Sender
from notify.marks import Marks
from notify.rules.ladder import Ladders
from notify.settings import GatewaySettings, NotifySettings
from notify.store import DATABASE, Notices
from notify.suppression import Suppression
from notify.tables import ladder as table

NAME = "notify"


def build(settings: NotifySettings) -> list[Part | Resource]:
    """All parts. Connects to nothing."""
    store = Store(settings.mongo, app_name=NAME)
    producer = Producer(settings.kafka, client_id=NAME)
    keyring, trail = Keyring(store, settings.keyring), Trail(store, NAME)
    notices, inbox = Notices(store), Inbox(store, settings.keyring)
    oauth = ZaloOAuth(settings.zalo)
    tokens = own_tokens(store, settings.keyring, oauth.name, oauth.exchange)
    gateways, lines = connect_all(settings.providers), dict(settings.providers)
    for gateway, timeout in _of_other_channels(settings, tokens):
        gateways[gateway.name] = gateway
        lines[gateway.name] = GatewaySettings(timeout_seconds=timeout)
    attempts = Attempts(store, DATABASE)
    choosing = Choosing(gateways, lines, attempts)
    days = calendar.load(settings.holidays_file)
    marks = Marks(BlindIndex(settings.keyring))
    suppression = Suppression(store, DATABASE, marks)
    ladders = Ladders(table.rungs(), {gateway.channel for gateway in gateways.values()})
    attempt = Attempt(choosing, days, settings.sender, Stops(store), ladders, suppression, marks)
    outgoing = Outgoing(notices, partial(publish_outboxes, producer, notices))
    bookings = Bookings(notices, outgoing, choosing, settings.sender)
    proofs = HandsetProofs(notices, outgoing)
    climber = Climber(notices, bookings, outgoing, keyring, days, marks, proofs)
    sender = Sender(bookings, keyring, attempt, climber, suppression, settings.sender)
    handlers = Handlers(notices, bookings, keyring, marks, producer, days, sender.wake, ladders)
    consumer = Consumer(
        group=NAME,
        handlers={cases.TOPIC: handlers.on_cases},
        kafka=settings.kafka,
        pace=settings.consumer,
        producer=producer,
    )
    esms = next((each for each in settings.providers.values() if each.kind == "esms"), settings.gateway)
    receipts, esms_receipts = Receipts(notices, outgoing, proofs), EsmsReceipts(esms)
    app = create_app(
        service=NAME,
        title="Legal aid: notify",
        description="Calls owed and messages in doubt, for the Desk and the centres; the providers, for operators.",
        settings=settings,
        routers=[
            api.router(Desk(notices, outgoing)),
            api.providers.router(Operators(choosing, attempts)),
            api.zalo.router(receipts, inbox, settings.zalo),
            api.incoming.router(inbox, notices, settings.incoming),
            api.esms.router(receipts, esms_receipts, esms),
            api.seen.router(Sightings(notices, receipts)),
        ],
        live=[consumer.live, *([sender.live] if settings.runs("sender") else [])],
        ready=[store.ready, producer.ready, *([consumer.ready] if settings.runs("consumer") else [])],
    )
    attach(app, trail)

    return [
        Resource("store", open=notices.create_indexes, close=store.close, lasting=True),
        Resource("attempts", open=attempts.create_indexes),
        Resource("inbox", open=inbox.create_indexes, lasting=True),
        Resource("suppression", open=suppression.create_indexes),
        trail.resource(),
        Resource("oauth", close=oauth.close),
        Resource("tokens", close=tokens.close),
        Resource("receipts", close=esms_receipts.close),
        *(Resource(f"gateway {name}", close=gateway.close) for name, gateway in gateways.items()),
        Resource("producer", producer.start, producer.stop),
        outgoing.resource(),
        http_part(app, settings.http),
        consumer.part(),
        sender.part(),
        sweeper(notices, producer),
        census.part(notices, inbox),
        token_loop.part(tokens if settings.zalo.app_id else None),
        RecordCheck(trail).part(),
    ]


def _of_other_channels(settings: NotifySettings, tokens: RotatingTokens) -> Iterator[tuple[Gateway, float]]:
    """Those that the settings name, each with the seconds of one step of a call."""
    if (app := connect_push(settings.push)) is not None:
        yield app, settings.push.timeout_seconds
    if settings.zalo.app_id:
        yield ZaloGateway(settings.zalo, tokens), settings.zalo.timeout_seconds
    if settings.voice.recordings:
        yield VoiceGateway(settings.voice), settings.voice.timeout_seconds
