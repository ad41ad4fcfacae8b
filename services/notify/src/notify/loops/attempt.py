"""One attempt at one notice: what the person wishes now, what the gateway says, and what the notice becomes."""

import asyncio
from datetime import datetime, timedelta

import structlog
from opentelemetry.trace import SpanKind

from legalaid import clock
from legalaid.events.people import Contact
from legalaid.events.words import NoticeReason
from legalaid.telemetry import tracing
from legalaid.vietnam.calendar import WorkingCalendar
from notify import metrics, texts
from notify.gateways import AnswerLostError, Bucket, NotNowError, RefusedError, SmsGateway
from notify.notice import Notice
from notify.rules import callbacks, reach
from notify.settings import GatewaySettings, SenderSettings, longest_call

log = structlog.get_logger()

_ASK_SOON_SECONDS = 1.0


class Attempt:
    """Changes notices, writes nothing. Whoever calls it has made SENDING durable, and writes the outcome after."""

    def __init__(
        self, gateway: SmsGateway, calendar: WorkingCalendar, gateway_settings: GatewaySettings, pace: SenderSettings
    ) -> None:
        self._gateway = gateway
        self._calendar = calendar
        self._pace = pace
        self._bucket = Bucket(gateway_settings.per_second)
        self._longest = longest_call(gateway_settings)
        self._ask_after = _ASK_SOON_SECONDS if gateway.drops_repeats else gateway_settings.timeout_seconds
        """When a silent gateway can be asked: where a repeat would do harm, once nothing can still be on its way."""
        self._seconds = metrics.GATEWAY_SECONDS.labels(gateway.name)
        self._patience = timedelta(hours=pace.patience_hours)
        self._stale = timedelta(hours=pace.stale_hours)

    async def send(self, notice: Notice, contact: Contact | None) -> None:
        """Send it if the person wishes so now; ``contact`` is None once the person was erased."""
        now = clock.now()
        if contact is None:
            notice.cancel(now, NoticeReason.ERASED)
            return
        match reach.way(contact, urgent=notice.urgent, at=now):
            case reach.Nothing(reason):
                notice.cancel(now, reason)
            case reach.OweCall(reason):
                notice.owe_call(now, reason, self._call_by(notice, now))
            case reach.Send(_, opening) if opening > now:
                notice.wait_for_hours(opening)
            case reach.Send(number):
                await self._send(notice, contact, number)

    async def settle(self, notice: Notice) -> None:
        """Find out what became of a notice that a sender left as being sent."""
        now = clock.now()
        if not self._gateway.can_be_asked:
            self._repeat_or_lose(notice, now)
            return
        try:
            taken = await self._gateway.was_taken(notice.id)
        except NotNowError as error:
            log.warning("gateway_does_not_say", notice=notice.id, code=error.code)
            if now - notice.allowed_at > self._patience:
                notice.lose(now)
            else:
                notice.stay_in_doubt(clock.real_now() + self._backoff(notice))
            return
        if taken:
            _sent(notice, _text(notice))
        else:
            notice.put_off(now)

    async def _send(self, notice: Notice, contact: Contact, number: str) -> None:
        if clock.now() - notice.requested_at > self._stale:
            self._give_up(notice, contact, NoticeReason.GATEWAY_UNREACHABLE, "stale")
            return
        text = _text(notice)
        await self._bucket.take()
        if notice.claimed_until is None or clock.real_now() + self._longest > notice.claimed_until:
            notice.put_off(
                clock.now(), code="too-late"
            )  # another sender may take it for abandoned before this one ends
            return
        begun = clock.elapsed()
        try:
            async with asyncio.timeout(self._longest.total_seconds()):
                with tracing.onward("send sms", notice.traceparent, kind=SpanKind.CLIENT):
                    tracing.about(notice.correlation_id, step="send:sms")
                    await self._gateway.send(notice.id, number, text)
        except RefusedError as error:
            self._give_up(notice, contact, NoticeReason.GATEWAY_REFUSED, error.code)
        except NotNowError as error:
            self._try_later(notice, contact, error)
        except (AnswerLostError, TimeoutError):
            self._in_doubt(notice)
        else:
            _sent(notice, text)
        finally:
            self._seconds.observe(clock.elapsed() - begun, tracing.exemplar_of(notice.traceparent))

    def _try_later(self, notice: Notice, contact: Contact, error: NotNowError) -> None:
        now = clock.now()
        metrics.GATEWAY_ERRORS.labels(self._gateway.name, error.code).inc()
        if now - notice.allowed_at > self._patience:
            self._give_up(notice, contact, NoticeReason.GATEWAY_UNREACHABLE, error.code)
        else:
            wanted = timedelta(seconds=error.retry_after_seconds)
            notice.put_off(now + max(self._backoff(notice), wanted), code=error.code)

    def _in_doubt(self, notice: Notice) -> None:
        metrics.GATEWAY_ERRORS.labels(self._gateway.name, "answer-lost").inc()
        if self._gateway.can_be_asked:
            notice.stay_in_doubt(clock.real_now() + timedelta(seconds=self._ask_after))
        else:
            self._repeat_or_lose(notice, clock.now())

    def _repeat_or_lose(self, notice: Notice, now: datetime) -> None:
        if self._gateway.drops_repeats:
            notice.put_off(now + self._backoff(notice), code="answer-lost")
        else:
            notice.lose(now)

    def _give_up(self, notice: Notice, contact: Contact, reason: NoticeReason, code: str) -> None:
        now = clock.now()
        call_by = self._call_by(notice, now) if contact.wishes.call else None
        notice.fail(now, reason, code=code, call_by=call_by)

    def _call_by(self, notice: Notice, now: datetime) -> datetime:
        return callbacks.due_at(self._calendar, now, urgent=notice.urgent)

    def _backoff(self, notice: Notice) -> timedelta:
        doubled = self._pace.retry_first_seconds * 2 ** min(notice.attempts - 1, 20)
        return timedelta(seconds=min(doubled, self._pace.retry_most_seconds))


def _sent(notice: Notice, text: str) -> None:
    now = clock.now()
    waited = max(0.0, (now - notice.allowed_at).total_seconds())
    metrics.WAIT_SECONDS.observe(waited, tracing.exemplar_of(notice.traceparent))
    notice.sent(now, texts.segments(text))


def _text(notice: Notice) -> str:
    return texts.render(notice.template, receipt_code=notice.receipt_code, owner=notice.owner_name)
