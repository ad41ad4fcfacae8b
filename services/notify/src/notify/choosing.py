"""Who carries a message, as one process sees the providers: their rows, their pace, what is under way there.

The choice itself is ``rules.providers``. Here is what it needs: the rows of all processes, read every two seconds, and
our own at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import structlog

from legalaid import clock
from legalaid.clock import VIETNAM
from legalaid.errors import TransientError
from legalaid.events.words import NoticeChannel
from legalaid.vietnam import phones
from notify import metrics
from notify.attempts import Attempts, Ended, ProviderOrder
from notify.gateways import Bucket, Gateway, Lost, NotNow, Ours, Outcome, Proving, Refused, Taken
from notify.notice import Notice
from notify.rules.health import AttemptRow, Circuit, History, ProviderHealth, Result
from notify.rules.providers import Provider, ProviderStanding, PutOff, Retries, Use, WantedMessage, carries, choose, may
from notify.settings import GatewaySettings, longest_call
from notify.tables import providers as table

log = structlog.get_logger()

READS_EACH_SECONDS: Final = 2.0
NOBODY: Final = ""
"""In place of a provider's name: this attempt was to go to none."""
_ASK_SOON_SECONDS = 1.0
_TRIAL_ENDS_SECONDS = 60.0
"""After it a message that tried a provider counts as gone, whatever became of it."""


@dataclass(frozen=True)
class Line:
    """One provider, and our way to it."""

    gateway: Gateway
    settings: GatewaySettings
    bucket: Bucket
    known: dict[date, Provider] = field(default_factory=dict)
    """By day, what was looked up already."""

    @property
    def longest(self) -> timedelta:
        """How long one message can be at its door."""
        return longest_call(self.settings)

    @property
    def ask_after(self) -> timedelta:
        """When it can be asked after a silence: where a repeat would do harm, once nothing can be on its way still."""
        return timedelta(seconds=_ASK_SOON_SECONDS if self.gateway.repeats_known_for else self.settings.timeout_seconds)

    @property
    def proves_within(self) -> timedelta:
        """So long after a lost answer its receipt may still say that the message was taken; zero: it gives none."""
        return self.gateway.proves_within if isinstance(self.gateway, Proving) else timedelta(0)

    def about(self, today: date) -> Provider:
        """What is known of it, and what the installation says otherwise."""
        if today not in self.known:
            known = table.known(self.gateway.name, self.settings.kind, today)
            share, cap = self.settings.share, self.settings.daily_cap_vnd
            share, cap = known.share if share is None else share, cap or known.daily_cap_vnd
            self.known[today] = replace(known, share=share, daily_cap_vnd=cap)
        return self.known[today]


@dataclass(frozen=True)
class Seen:
    """How one provider stands, for people."""

    provider: Provider
    standing: ProviderStanding
    state: Circuit
    order: ProviderOrder | None


class Choosing:
    """The providers of one process, by name."""

    def __init__(
        self, gateways: Mapping[str, Gateway], settings: Mapping[str, GatewaySettings], log_: Attempts
    ) -> None:
        self._lines = {
            name: Line(gateway, settings[name], Bucket(settings[name].per_second)) for name, gateway in gateways.items()
        }
        self._log = log_
        self._histories = {name: History() for name in self._lines}
        self._orders: dict[str, ProviderOrder] = {}
        self._spent: defaultdict[tuple[str, date], Decimal] = defaultdict(Decimal)
        self._trials: dict[str, tuple[str, float]] = {}
        self._begun: dict[str, datetime] = {}
        self._uses: dict[str, tuple[Use, bool]] = {}
        """By notice that is under way: who gets it, and whether it was paid for as a retry."""
        self._only = next(iter(self._lines)) if len(self._lines) == 1 else None
        self._retries = Retries()
        self._reads_at = 0.0
        self._ended_at = datetime.min.replace(tzinfo=UTC)

    def line(self, name: str | None) -> Line | None:
        """The provider of this name. Without a name, the only one: an older release had one, and did not say which."""
        return self._lines.get(self._only or NOBODY if name is None else name)

    def first(self, notice: str, template: str, channel: NoticeChannel, *, urgent: bool, tries: int) -> str:
        """Who gets it, by what is known before its box is open; ``NOBODY`` where it has to wait."""
        return self._choose(WantedMessage(notice, template, urgent=urgent, tries=tries), channel)

    def again(self, notice: Notice, template: str, number: str, refused: Sequence[str]) -> str:
        """Who gets it now that the number is known, or now that some have not taken it."""
        if self._only is not None and notice.provider == self._only and not refused:
            return self._only
        wanted = self._wanted(notice, template, number, refused)
        if not wanted.refused and self._still(notice, wanted):
            return str(notice.provider)
        return self._choose(wanted, notice.channel)

    def others(self, notice: Notice, template: str, number: str, refused: Iterable[str]) -> bool:
        """Whether somebody else could carry it, now or later."""
        wanted, now = self._wanted(notice, template, number, refused), clock.now()
        providers = self._providers(notice.channel, now)
        return any(each.name not in wanted.refused and carries(each, wanted, now) for each in providers)

    def ended(self, notice: Notice, outcome: Outcome, segments: int) -> list[Ended]:
        """An attempt is over. Returns what has to be written down of it."""
        name = notice.provider or NOBODY
        use, paid = self._uses.pop(notice.id, (Use(name), False))
        self.forget(notice.id)
        result = _RESULTS.get(type(outcome))
        if isinstance(outcome, Taken):
            self._retries.succeeded(paid=paid or use.trial)
        if result is None or name not in self._lines or not self._logs():
            return []
        code = outcome.code if isinstance(outcome, NotNow | Ours | Lost) else ""
        row = AttemptRow(self._ends(), notice.id, name, result, code, use.shuts)
        ended = Ended(row, self._cost(name, outcome, segments))
        self._see(ended)
        return [ended]

    def _ends(self) -> datetime:
        """Now, and after every row of ours before: many end in one millisecond, and are folded as they come."""
        self._ended_at = max(clock.now(), self._ended_at + timedelta(microseconds=1))
        return self._ended_at

    def forget(self, notice: str) -> None:
        """Whatever it was to try is not tried by it any more."""
        self._uses.pop(notice, None)
        self._trials = {name: trial for name, trial in self._trials.items() if trial[0] != notice}

    async def write(self, ended: Sequence[Ended]) -> None:
        """Keep rows for others. What a store that is away does not get is lost: they learn the same a little later."""
        try:
            await self._log.write(ended)
        except TransientError:
            log.warning("attempts_not_kept", rows=len(ended), exc_info=True)

    async def read(self) -> None:
        """Read what others wrote and ordered, if it is time. A store that is away changes nothing."""
        if clock.elapsed() < self._reads_at:
            return
        self._reads_at = clock.elapsed() + READS_EACH_SECONDS
        try:
            await self.read_now()
        except TransientError:
            log.warning("providers_wait_for_store", exc_info=True)
        self._show()

    async def read_now(self) -> None:
        """Read what others wrote and ordered. Raises ``TransientError``."""
        orders = await self._log.read_orders()
        new = await self._log.read_new() if self._logs() else []
        self._orders = {order.id: order for order in orders}
        for order in orders:
            if order.id in self._histories and not order.shut:
                self._histories[order.id].since = order.at
        for each in new:
            self._see(each)

    def seen(self) -> list[Seen]:
        """All providers, as they stand now."""
        now, found = clock.now(), self._standings()
        return [
            Seen(
                line.about(_today(now)),
                found[name],
                Circuit.SHUT if found[name].shut_by_hand else found[name].health.state(now),
                self._orders.get(name),
            )
            for name, line in self._lines.items()
        ]

    @property
    def names(self) -> frozenset[str]:
        """All providers that are set up."""
        return frozenset(self._lines)

    def _choose(self, wanted: WantedMessage, channel: NoticeChannel) -> str:
        now = clock.now()
        chosen = choose(self._providers(channel, now), self._standings(), wanted, now)
        if isinstance(chosen, PutOff):
            return NOBODY
        costs = wanted.tries > 0 and not chosen.trial and self._only is None
        if costs and not self._retries.pay():
            return NOBODY
        self._uses[wanted.notice] = (chosen, costs)
        self._begun[chosen.provider] = now
        if chosen.trial:
            self._trials[chosen.provider] = (wanted.notice, clock.elapsed() + _TRIAL_ENDS_SECONDS)
        metrics.PROVIDER_CHOSEN.labels(chosen.provider).inc()
        return chosen.provider

    def _wanted(self, notice: Notice, template: str, number: str, refused: Iterable[str]) -> WantedMessage:
        return WantedMessage(
            notice.id,
            template,
            carrier=None if notice.channel is NoticeChannel.PUSH else self._carrier(number),  # devices are no number
            urgent=notice.urgent,
            tries=max(0, notice.attempts - 1),
            refused=tuple(refused),
            bound=(notice.provider or self._only or "?") if notice.doubted else None,
        )

    def _still(self, notice: Notice, wanted: WantedMessage) -> bool:
        """Whether what was chosen before its number was known still holds."""
        use, _ = self._uses.get(notice.id, (None, False))
        if use is None or use.provider != notice.provider:
            return False
        now = clock.now()
        return may(self._lines[use.provider].about(_today(now)), self._standings()[use.provider], wanted, now)

    def _providers(self, channel: NoticeChannel, now: datetime) -> list[Provider]:
        return [line.about(_today(now)) for line in self._lines.values() if line.gateway.channel is channel]

    def _standings(self) -> dict[str, ProviderStanding]:
        now, elapsed = clock.now(), clock.elapsed()
        today = _today(now)
        return {
            name: ProviderStanding(
                health=ProviderHealth() if self._only else self._histories[name].health(now),
                shut_by_hand=name in self._orders and self._orders[name].shut,
                spent_vnd=self._spent.get((name, today), Decimal(0)),
                full=line.bucket.waits_seconds > 1,
                on_trial=name in self._trials and self._trials[name][1] > elapsed,
                begun_at=self._begun.get(name),
            )
            for name, line in self._lines.items()
        }

    def _logs(self) -> bool:
        """Whether rows are of use: there is something to choose, or to be counted against a cap."""
        today = _today(clock.now())
        return self._only is None or any(line.about(today).daily_cap_vnd for line in self._lines.values())

    def _see(self, ended: Ended) -> None:
        history = self._histories.get(ended.row.provider)
        if history is not None and history.add(ended.row):
            self._spent[ended.row.provider, _today(ended.row.ended_at)] += ended.cost_vnd

    def _cost(self, name: str, outcome: Outcome, segments: int) -> Decimal:
        if not isinstance(outcome, Taken):
            return Decimal(0)
        known = self._lines[name].about(_today(clock.now())).costs(segments)
        return known if outcome.price_vnd is None else outcome.price_vnd

    def _carrier(self, number: str) -> str | None:
        today = _today(clock.now())
        limited = any(line.about(today).carriers for line in self._lines.values())
        return phones.carrier(number) if limited else None

    def _show(self) -> None:
        for history in self._histories.values():
            history.health(clock.now())  # forgets what is too old
        for each in self.seen():
            for state in Circuit:
                metrics.PROVIDER_STATE.labels(each.provider.name, state).set(each.state is state)
            metrics.PROVIDER_SPENT.labels(each.provider.name).set(float(each.standing.spent_vnd))
            cap = each.provider.daily_cap_vnd
            metrics.PROVIDER_CAP_USED.labels(each.provider.name).set(float(each.standing.spent_vnd / cap) if cap else 0)


_RESULTS: Mapping[type, Result] = {
    Taken: Result.OK,
    Refused: Result.OK,  # the number's fault, or the text's
    NotNow: Result.FAULT,
    Lost: Result.FAULT,
    Ours: Result.OURS,
}
"""Without ``RouteCannot``: it says nothing of other messages."""


def _today(at: datetime) -> date:
    return at.astimezone(VIETNAM).date()
