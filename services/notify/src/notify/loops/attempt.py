"""One attempt at one notice: what the person wishes now, what the gateway says, and what the notice becomes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from opentelemetry.trace import SpanKind

from legalaid import clock
from legalaid.events.people import Contact
from legalaid.events.words import NoticeChannel, NoticeReason
from legalaid.telemetry import tracing
from legalaid.vietnam.calendar import WorkingCalendar
from notify import metrics, texts
from notify.attempts import Ended
from notify.booking import Booking, Contacts
from notify.choosing import NOBODY, Choosing, Line
from notify.gateways import Lost, Message, NotNow, Ours, Outcome, Refused, RouteCannot, Taken
from notify.inbox import Stops
from notify.marks import Marks
from notify.notice import Notice
from notify.rules import callbacks, reach
from notify.rules.ladder import Ladders
from notify.settings import SenderSettings
from notify.suppression import Unreached

log = structlog.get_logger()

_ERRORS = {RouteCannot: "route-cannot", Ours: "ours", NotNow: "not-now", Lost: "lost"}


@dataclass(frozen=True)
class Dispatch:
    """What goes to the gateway: which notices it tells, the lead first, to whom, under which request id."""

    request_id: str
    recipient: str
    """As ``Message``: a number, or devices."""
    notices: list[Notice]
    ended: list[Ended] = field(default_factory=list)
    """Attempts that are over."""

    @property
    def lead(self) -> Notice:
        """Whose message it is."""
        return self.notices[0]


Move = Callable[[Sequence[Notice], str], Awaitable[bool]]
"""Makes it durable that notices go to another provider; whether they are still ours."""


class Attempt:
    """Changes notices. Whoever calls it has made SENDING durable, and writes the outcome after."""

    def __init__(
        self,
        choosing: Choosing,
        calendar: WorkingCalendar,
        pace: SenderSettings,
        stops: Stops,
        ladders: Ladders,
        unreached: Unreached,
        marks: Marks,
    ) -> None:
        self._choosing = choosing
        self._stops = stops
        self._ladders = ladders
        self._unreached = unreached
        self._marks = marks
        self._calendar = calendar
        self._pace = pace
        self._patience = timedelta(hours=pace.patience_hours)
        self._stale = timedelta(hours=pace.stale_hours)

    async def look(self) -> None:
        """Hear who wants no more messages. Raises ``TransientError``."""
        await self._stops.refresh()

    async def send(self, booking: Booking, move: Move) -> None:
        """Send it if the person wishes so now. What of it may not go now leaves the booking's message untold."""
        now = clock.now()
        if booking.lead.doubted and not _knows(self._choosing.line(booking.lead.provider), booking.lead, now):
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
            to = reach.recipient(contact, booking.lead.channel)
            same = [n for n in ready if reach.recipient(booking.contacts[n.id], n.channel) == to]
            for notice in ready:
                if notice not in same:
                    notice.untold(now)
            await self._send(Dispatch(booking.request_id, to, same, booking.ended), booking.contacts, move)

    def _may_go(self, notice: Notice, contact: Contact | None, now: datetime) -> bool:
        """Whether the person wishes so now; else it becomes what they wish. No contact: they were erased."""
        if contact is None:
            notice.cancel(now, NoticeReason.ERASED)
            return False
        channels = (notice.channel, *notice.rungs)
        stopped_at = self._stops.at(self._marks.of(reach.number(contact), NoticeChannel.SMS))
        match reach.way(
            contact, urgent=notice.wakes, at=now, channels=channels, danger=notice.urgent, stopped_at=stopped_at
        ):
            case reach.Send(channel=channel) if channel is not notice.channel:
                notice.cancel(now, NoticeReason.SUPERSEDED)
                notice.goes_on(now)
            case reach.Nothing(reason):
                notice.cancel(now, reason)
            case reach.OweCall(reason) if notice.alone:
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
        if booking.lead.provider == NOBODY:
            for notice in booking.notices:
                notice.untold(now)
            return
        line = self._choosing.line(booking.lead.provider)
        if line is None or not line.gateway.can_be_asked:
            self._repeat_or_lose(line, booking.notices, now)
            return
        await self._ask(line, booking, now)

    async def _ask(self, line: Line, booking: Booking, now: datetime) -> None:
        match await line.gateway.was_taken(booking.request_id, _since(booking.lead)):
            case NotNow(code):
                self._ask_later(line, booking, now, code)
            case Refused(code):
                self._give_up(booking.notices, booking.contacts, NoticeReason.GATEWAY_REFUSED, code)
            case None:
                for notice in booking.notices:
                    notice.untold(now)
            case Taken() if booking.request_id == booking.lead.id:
                template = _template(booking.notices)
                self._sent(booking.notices, template, texts.billed(booking.lead.channel, _text(booking.lead, template)))
            case Taken():
                for notice in booking.notices:
                    notice.cancel(now, NoticeReason.SUPERSEDED)

    def _ask_later(self, line: Line, booking: Booking, now: datetime, code: str) -> None:
        """Or repeat it, while the gateway knows the first: that does no harm, and is answered."""
        log.warning("gateway_does_not_say", notice=booking.lead.id, code=code)
        for notice in booking.notices:
            if now - notice.allowed_at > self._patience_with(notice):
                _lose(notice, now)
            elif _knows(line, notice, now):
                notice.repeat(now + self._backoff(notice))
            else:
                notice.stay_in_doubt(clock.real_now() + self._backoff(notice))

    async def _send(self, dispatch: Dispatch, contacts: Contacts, move: Move) -> None:
        if clock.now() - dispatch.lead.requested_at > self._stale:
            self._end(dispatch.notices, contacts, "stale")
            return
        if self._unreached.is_unreached(dispatch.lead.channel, dispatch.recipient):
            self._give_up(dispatch.notices, contacts, NoticeReason.GATEWAY_REFUSED, "unreached")
            return
        message = _message(dispatch, _template(dispatch.notices))
        billed = texts.billed(dispatch.lead.channel, message.text)
        refused: list[str] = []
        outcome: Outcome = NotNow("no-provider")
        while (line := await self._next(dispatch, message, refused, move)) is not None:
            await line.bucket.take()
            if dispatch.lead.claimed_until is None or clock.real_now() + line.longest > dispatch.lead.claimed_until:
                for notice in dispatch.notices:  # another sender may take it for abandoned before this one ends
                    notice.put_off(clock.now(), code="too-late")
                return
            outcome = await _call_gateway(line, dispatch.lead, message)
            dispatch.ended.extend(self._choosing.ended(dispatch.lead, outcome, billed))
            if dispatch.lead.doubted or not isinstance(outcome, RouteCannot | Ours | NotNow):
                break
            refused.append(line.gateway.name)
        if isinstance(outcome, RouteCannot) and self._choosing.others(
            dispatch.lead, message.template, dispatch.recipient, refused
        ):
            outcome = NotNow(outcome.code)  # another one can carry it, later
        if isinstance(outcome, Refused) and not outcome.code.startswith("http-"):  # the provider's own word
            self._unreached.found_unreached(dispatch.lead.channel, dispatch.recipient)
        if isinstance(outcome, Taken):
            self._sent(dispatch.notices, message.template, billed)
        else:
            self._conclude(dispatch.notices, contacts, outcome)

    async def _next(self, dispatch: Dispatch, message: Message, refused: Sequence[str], move: Move) -> Line | None:
        """Who gets it now, durably; None: nobody, for now."""
        lead = dispatch.lead
        chosen = self._choosing.again(lead, message.template, dispatch.recipient, refused)
        if chosen == NOBODY:
            return None
        if chosen != lead.provider and not await move(dispatch.notices, chosen):
            return None
        return self._choosing.line(chosen)

    def _conclude(
        self, notices: Sequence[Notice], contacts: Contacts, outcome: Refused | RouteCannot | Ours | NotNow | Lost
    ) -> None:
        match outcome:
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

    def _try_later(self, notices: Sequence[Notice], contacts: Contacts, answer: NotNow) -> None:
        now = clock.now()
        for notice in notices:
            if now - notice.allowed_at > self._patience_with(notice):
                self._end([notice], contacts, answer.code)
            else:
                notice.put_off(now + max(self._backoff(notice), answer.retry_after), code=answer.code)

    def _in_doubt(self, notices: Sequence[Notice]) -> None:
        line = self._choosing.line(notices[0].provider)
        if line is None or not line.gateway.can_be_asked:
            self._repeat_or_lose(line, notices, clock.now())
            return
        for notice in notices:
            notice.stay_in_doubt(clock.real_now() + line.ask_after)

    def _repeat_or_lose(self, line: Line | None, notices: Sequence[Notice], now: datetime) -> None:
        for notice in notices:
            over = notice.gives_way and now - notice.allowed_at > self._patience_with(notice)
            if _knows(line, notice, now) and not over:
                notice.repeat(now + self._backoff(notice))
            elif line is not None and line.proves_within and not notice.doubted:
                notice.wait_for_receipt(clock.real_now() + line.proves_within)
            else:
                _lose(notice, now)

    def _end(self, notices: Sequence[Notice], contacts: Contacts, code: str) -> None:
        """It is over with patience: a person calls, or, where it may have been told, decides."""
        for notice in notices:
            if notice.doubted:
                _lose(notice, clock.now())
            else:
                self._give_up([notice], contacts, NoticeReason.GATEWAY_UNREACHABLE, code)

    def _give_up(self, notices: Sequence[Notice], contacts: Contacts, reason: NoticeReason, code: str) -> None:
        now = clock.now()
        for notice in notices:
            contact = contacts.get(notice.id)
            if contact is None:
                notice.cancel(now, NoticeReason.ERASED)
                continue
            if notice.gives_way:
                notice.fail(now, reason, code=code, call=None)
                notice.goes_on(now)
                continue
            call = self._call(notice, contact, now) if contact.wishes.call else None
            notice.fail(now, reason, code=code, call=call)

    def _sent(self, notices: Sequence[Notice], template: str, billed: int) -> None:
        """The first was sent, and the others were told with it."""
        now = clock.now()
        lead, *joined = notices
        waited = max(0.0, (now - lead.allowed_at).total_seconds())
        metrics.WAIT_SECONDS.observe(waited, tracing.exemplar_of(lead.traceparent))
        lead.sent(now, billed, text=template, version=texts.templates()[template].version)
        within = self._ladders.of(urgent=lead.urgent).proof_within(lead.channel)
        if lead.gives_way and within is not None:
            lead.goes_on(now + within)
        for notice in joined:
            metrics.JOINED.inc()
            notice.cancel(now, NoticeReason.SUPERSEDED)

    def _patience_with(self, notice: Notice) -> timedelta:
        """Where another rung follows, no longer than its proof would be waited for."""
        within = self._ladders.of(urgent=notice.urgent).proof_within(notice.channel)
        return within if notice.gives_way and within is not None else self._patience

    def _call(self, notice: Notice, contact: Contact, now: datetime) -> callbacks.CallWindow:
        return callbacks.window(self._calendar, contact.wishes, now, urgent=notice.urgent)

    def _backoff(self, notice: Notice) -> timedelta:
        doubled = self._pace.retry_first_seconds * 2 ** min(notice.attempts - 1, 20)
        return timedelta(seconds=min(doubled, self._pace.retry_most_seconds))


async def _call_gateway(line: Line, lead: Notice, message: Message) -> Outcome:
    begun = clock.elapsed()
    try:
        async with asyncio.timeout(line.longest.total_seconds()):
            channel = lead.channel.lower()
            with tracing.onward(f"send {channel}", lead.traceparent, kind=SpanKind.CLIENT):
                tracing.about(lead.correlation_id, step=f"send:{channel}")
                outcome = await line.gateway.send(message)
    except TimeoutError:
        outcome = Lost("TimeoutError")
    finally:
        seconds = clock.elapsed() - begun
        metrics.GATEWAY_SECONDS.labels(line.gateway.name).observe(seconds, tracing.exemplar_of(lead.traceparent))
    _count(line.gateway.name, outcome)
    return outcome


def _knows(line: Line | None, notice: Notice, now: datetime) -> bool:
    """Whether a repeat of it is certainly not sent on."""
    return line is not None and now - _since(notice) < line.gateway.repeats_known_for


def _count(gateway: str, outcome: Outcome) -> None:
    if isinstance(outcome, RouteCannot | Ours | NotNow | Lost):
        code = "answer-lost" if isinstance(outcome, Lost) else outcome.code
        metrics.GATEWAY_ERRORS.labels(gateway, _ERRORS[type(outcome)], code).inc()


def _template(notices: Sequence[Notice]) -> str:
    """The newest news tells one case; several cases are told that there is news of them."""
    return notices[0].template if len({notice.case_id for notice in notices}) == 1 else texts.SEVERAL


def _since(notice: Notice) -> datetime:
    """When it was first attempted, at the earliest: an older release did not say."""
    return notice.first_attempt_at or notice.requested_at


def _message(dispatch: Dispatch, template: str) -> Message:
    lead = dispatch.lead
    return Message(
        request_id=dispatch.request_id,
        recipient=dispatch.recipient,
        text=_text(lead, template),
        template=template,
        version=texts.templates()[template].version,
        language=texts.LANGUAGE,
        values={"receipt_code": lead.receipt_code or "", "owner": lead.owner_name or ""},
        urgent=lead.urgent,
    )


def _text(lead: Notice, template: str) -> str:
    return texts.render(template, receipt_code=lead.receipt_code, owner=lead.owner_name)


def _lose(notice: Notice, now: datetime) -> None:
    """Nobody can say whether it was sent: where another rung follows, that one tells, else a person decides."""
    if notice.gives_way:
        notice.fail(now, NoticeReason.ANSWER_LOST, code="answer-lost", call=None)
        notice.goes_on(now)
    else:
        notice.lose(now)
