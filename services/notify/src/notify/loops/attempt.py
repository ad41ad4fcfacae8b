"""One attempt at one notice: what the person wishes now, what the gateway says, and what the notice becomes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from opentelemetry.trace import SpanKind

from legalaid import clock
from legalaid.events.people import Contact
from legalaid.events.words import NoticeReason
from legalaid.telemetry import tracing
from legalaid.vietnam.calendar import WorkingCalendar
from notify import metrics, texts
from notify.booking import Booking, Contacts
from notify.gateways import Bucket, Gateway, Lost, Message, NotNow, Ours, Outcome, Proving, Refused, RouteCannot, Taken
from notify.notice import Notice
from notify.rules import callbacks, reach
from notify.settings import GatewaySettings, SenderSettings, longest_call

log = structlog.get_logger()

_ASK_SOON_SECONDS = 1.0
_ERRORS = {RouteCannot: "route-cannot", Ours: "ours", NotNow: "not-now", Lost: "lost"}


@dataclass(frozen=True)
class Sms:
    """What goes to the gateway: which notices it tells, the lead first, to which number, under which request id."""

    request_id: str
    number: str
    notices: list[Notice]


class Attempt:
    """Changes notices, writes nothing. Whoever calls it has made SENDING durable, and writes the outcome after."""

    def __init__(
        self, gateway: Gateway, calendar: WorkingCalendar, gateway_settings: GatewaySettings, pace: SenderSettings
    ) -> None:
        self._gateway = gateway
        self._calendar = calendar
        self._pace = pace
        self._bucket = Bucket(gateway_settings.per_second)
        self._longest = longest_call(gateway_settings)
        self._ask_after = _ASK_SOON_SECONDS if gateway.repeats_known_for else gateway_settings.timeout_seconds
        """When a silent gateway can be asked: where a repeat would do harm, once nothing can still be on its way."""
        self._proves_within = gateway.proves_within if isinstance(gateway, Proving) else timedelta(0)
        self._seconds = metrics.GATEWAY_SECONDS.labels(gateway.name)
        self._patience = timedelta(hours=pace.patience_hours)
        self._stale = timedelta(hours=pace.stale_hours)

    async def send(self, booking: Booking) -> None:
        """Send it if the person wishes so now. What of it may not go now leaves the booking's message untold."""
        now = clock.now()
        if booking.lead.doubted and not self._knows(booking.lead, now):
            await self.settle(booking)
            return
        ready = [notice for notice in booking.notices if self._may_go(notice, booking.contacts.get(notice.id), now)]
        if booking.lead not in ready:
            for notice in ready:  # the message would have the id of a notice that is not sent
                notice.put_off(now)
            return
        contact = booking.contacts[booking.lead.id]
        if booking.exceeds:
            metrics.CAPPED.labels("call").inc()
            booking.lead.owe_call(now, NoticeReason.TOO_MANY_MESSAGES, self._call(booking.lead, contact, now))
        else:
            number = reach.number(contact)
            same = [notice for notice in ready if reach.number(booking.contacts[notice.id]) == number]
            for notice in ready:
                if notice not in same:
                    notice.untold(now)
            await self._send(Sms(booking.request_id, str(number), same), booking.contacts)

    def _may_go(self, notice: Notice, contact: Contact | None, now: datetime) -> bool:
        """Whether the person wishes so now; else it becomes what they wish. No contact: they were erased."""
        if contact is None:
            notice.cancel(now, NoticeReason.ERASED)
            return False
        match reach.way(contact, urgent=notice.wakes, at=now):
            case reach.Nothing(reason):
                notice.cancel(now, reason)
            case reach.OweCall(reason):
                notice.owe_call(now, reason, self._call(notice, contact, now))
            case reach.Send(_, opening) if opening > now:
                notice.wait_for_hours(opening)
            case reach.Send():
                return True
        return False

    async def settle(self, booking: Booking) -> None:
        """Find out what became of a message that a sender left as being sent, or what of its notices is left so."""
        now = clock.now()
        if not self._gateway.can_be_asked:
            self._repeat_or_lose(booking.notices, now)
            return
        match await self._gateway.was_taken(booking.request_id, _since(booking.lead)):
            case NotNow(code):
                self._ask_later(booking, now, code)
            case Refused(code):
                self._give_up(booking.notices, booking.contacts, NoticeReason.GATEWAY_REFUSED, code)
            case None:
                for notice in booking.notices:
                    notice.untold(now)
            case Taken() if booking.request_id == booking.lead.id:
                _sent(booking.notices, _template(booking.notices))
            case Taken():
                for notice in booking.notices:
                    notice.cancel(now, NoticeReason.SUPERSEDED)

    def _ask_later(self, booking: Booking, now: datetime, code: str) -> None:
        """Or repeat it, while the gateway knows the first: that does no harm, and is answered."""
        log.warning("gateway_does_not_say", notice=booking.lead.id, code=code)
        for notice in booking.notices:
            if now - notice.allowed_at > self._patience:
                notice.lose(now)
            elif self._knows(notice, now):
                notice.repeat(now + self._backoff(notice))
            else:
                notice.stay_in_doubt(clock.real_now() + self._backoff(notice))

    async def _send(self, sms: Sms, contacts: Contacts) -> None:
        lead = sms.notices[0]
        if clock.now() - lead.requested_at > self._stale:
            self._end(sms.notices, contacts, "stale")
            return
        template = _template(sms.notices)
        message = _message(sms, template)
        await self._bucket.take()
        if lead.claimed_until is None or clock.real_now() + self._longest > lead.claimed_until:
            for notice in sms.notices:  # another sender may take it for abandoned before this one ends
                notice.put_off(clock.now(), code="too-late")
            return
        begun = clock.elapsed()
        try:
            async with asyncio.timeout(self._longest.total_seconds()):
                with tracing.onward("send sms", lead.traceparent, kind=SpanKind.CLIENT):
                    tracing.about(lead.correlation_id, step="send:sms")
                    outcome = await self._gateway.send(message)
        except TimeoutError:
            outcome = Lost("TimeoutError")
        finally:
            self._seconds.observe(clock.elapsed() - begun, tracing.exemplar_of(lead.traceparent))
        self._conclude(sms.notices, contacts, outcome)

    def _conclude(self, notices: Sequence[Notice], contacts: Contacts, outcome: Outcome) -> None:
        self._count(outcome)
        match outcome:
            case Taken():
                _sent(notices, _template(notices))
            case RouteCannot(code) | Ours(code) if notices[0].doubted:
                self._try_later(notices, contacts, NotNow(code))
            case Refused(code) | RouteCannot(code):
                self._give_up(notices, contacts, NoticeReason.GATEWAY_REFUSED, code)
            case Ours(code):
                self._try_later(notices, contacts, NotNow(code))
            case NotNow():
                self._try_later(notices, contacts, outcome)
            case Lost():
                self._in_doubt(notices)

    def _count(self, outcome: Outcome) -> None:
        if isinstance(outcome, RouteCannot | Ours | NotNow | Lost):
            code = "answer-lost" if isinstance(outcome, Lost) else outcome.code
            metrics.GATEWAY_ERRORS.labels(self._gateway.name, _ERRORS[type(outcome)], code).inc()

    def _try_later(self, notices: Sequence[Notice], contacts: Contacts, answer: NotNow) -> None:
        now = clock.now()
        for notice in notices:
            if now - notice.allowed_at > self._patience:
                self._end([notice], contacts, answer.code)
            else:
                notice.put_off(now + max(self._backoff(notice), answer.retry_after), code=answer.code)

    def _in_doubt(self, notices: Sequence[Notice]) -> None:
        if not self._gateway.can_be_asked:
            self._repeat_or_lose(notices, clock.now())
            return
        for notice in notices:
            notice.stay_in_doubt(clock.real_now() + timedelta(seconds=self._ask_after))

    def _repeat_or_lose(self, notices: Sequence[Notice], now: datetime) -> None:
        for notice in notices:
            if self._knows(notice, now):
                notice.repeat(now + self._backoff(notice))
            elif self._proves_within and not notice.doubted:
                notice.wait_for_receipt(clock.real_now() + self._proves_within)
            else:
                notice.lose(now)

    def _knows(self, notice: Notice, now: datetime) -> bool:
        """Whether a repeat of it is certainly not sent on."""
        return now - _since(notice) < self._gateway.repeats_known_for

    def _end(self, notices: Sequence[Notice], contacts: Contacts, code: str) -> None:
        """It is over with patience: a person calls, or, where it may have been told, decides."""
        for notice in notices:
            if notice.doubted:
                notice.lose(clock.now())
            else:
                self._give_up([notice], contacts, NoticeReason.GATEWAY_UNREACHABLE, code)

    def _give_up(self, notices: Sequence[Notice], contacts: Contacts, reason: NoticeReason, code: str) -> None:
        now = clock.now()
        for notice in notices:
            contact = contacts.get(notice.id)
            if contact is None:
                notice.cancel(now, NoticeReason.ERASED)
                continue
            call = self._call(notice, contact, now) if contact.wishes.call else None
            notice.fail(now, reason, code=code, call=call)

    def _call(self, notice: Notice, contact: Contact, now: datetime) -> callbacks.CallWindow:
        return callbacks.window(self._calendar, contact.wishes, now, urgent=notice.urgent)

    def _backoff(self, notice: Notice) -> timedelta:
        doubled = self._pace.retry_first_seconds * 2 ** min(notice.attempts - 1, 20)
        return timedelta(seconds=min(doubled, self._pace.retry_most_seconds))


def _template(notices: Sequence[Notice]) -> str:
    """The newest news tells one case; several cases are told that there is news of them."""
    return notices[0].template if len({notice.case_id for notice in notices}) == 1 else texts.SEVERAL


def _since(notice: Notice) -> datetime:
    """When it was first attempted, at the earliest: an older release did not say."""
    return notice.first_attempt_at or notice.requested_at


def _message(sms: Sms, template: str) -> Message:
    lead = sms.notices[0]
    receipt_code, owner = lead.receipt_code, lead.owner_name
    return Message(
        request_id=sms.request_id,
        recipient=sms.number,
        text=texts.render(template, receipt_code=receipt_code, owner=owner),
        template=template,
        version=texts.templates()[template].version,
        language=texts.LANGUAGE,
        values={"receipt_code": receipt_code or "", "owner": owner or ""},
        urgent=lead.urgent,
    )


def _sent(notices: Sequence[Notice], template: str) -> None:
    """The first was sent, and the others were told with it."""
    now = clock.now()
    lead, *joined = notices
    waited = max(0.0, (now - lead.allowed_at).total_seconds())
    metrics.WAIT_SECONDS.observe(waited, tracing.exemplar_of(lead.traceparent))
    text = texts.render(template, receipt_code=lead.receipt_code, owner=lead.owner_name)
    lead.sent(now, texts.segments(text), text=template, version=texts.templates()[template].version)
    for notice in joined:
        metrics.JOINED.inc()
        notice.cancel(now, NoticeReason.SUPERSEDED)
