"""Our rules (``notify.rules``) over the same world: several senders, who read each other's rows every two seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dev.faults.providers.world import LATE_SECONDS, Answer, Message, World
from notify.rules.health import AttemptRow, History, Result
from notify.rules.providers import Provider, ProviderStanding, PutOff, Retries, Use, WantedMessage, choose, put_off

_READS_EACH, _PATIENCE, _ASK_SECONDS = 2.0, 4 * 3600.0, 1.0
_RESULTS = {Answer.TAKEN: Result.OK, Answer.NOT_NOW: Result.FAULT, Answer.LOST: Result.FAULT}


@dataclass
class _Try:
    """One message on its way."""

    message: Message
    tries: int = 0
    refused: frozenset[str] = frozenset()


class Senders:
    """All senders. A message comes to any of them; the log is what the store has."""

    def __init__(self, world: World, providers: Sequence[Provider], skews: Iterable[float]) -> None:
        self.log: list[AttemptRow] = []
        self._senders = [_Sender(world, self.log, providers, skew) for skew in skews]
        self._world = world

    def begin(self, message: Message) -> None:
        """Somebody takes it up."""
        self._world.random.choice(self._senders).attempt(_Try(message))


class _Sender:
    """One process, whose clock is ``skew`` seconds ahead."""

    def __init__(self, world: World, log: list[AttemptRow], providers: Sequence[Provider], skew: float) -> None:
        self._world, self._log, self._providers, self._skew = world, log, providers, skew
        self._read, self._read_at = 0, 0.0
        self._histories = {each.name: History() for each in providers}
        self._on_trial: set[str] = set()
        self._begun: dict[str, float] = {}
        self._retries = Retries()

    def attempt(self, this: _Try) -> None:
        now = self._world.moment(self._world.now + self._skew)
        wanted = WantedMessage(this.message.id, "", tries=this.tries, refused=this.refused)
        chosen = choose(self._providers, self._standings(), wanted, now)
        paid = False
        if isinstance(chosen, Use) and this.tries and not chosen.trial:
            paid = self._retries.pay()
            chosen = chosen if paid else put_off(this.tries)
        if isinstance(chosen, PutOff):
            again = self._world.now + chosen.wait.total_seconds()
            if again - this.message.born < _PATIENCE:
                self._world.at(again, lambda: self.attempt(_Try(this.message, this.tries + 1)))
            return
        self._send(this, chosen, paid=paid)

    def _send(self, this: _Try, use: Use, *, paid: bool) -> None:
        name = use.provider
        self._begun[name] = self._world.now
        if use.trial:
            self._on_trial.add(name)

        def heard(answer: Answer, receipt: float) -> None:
            if use.trial:
                self._on_trial.discard(name)
            if answer in _RESULTS:
                self._write(this, use, _RESULTS[answer])
            if answer is Answer.TAKEN:
                self._retries.succeeded(paid=paid or use.trial)
                if receipt > LATE_SECONDS:
                    self._world.at(self._world.now + LATE_SECONDS, lambda: self._write(this, Use(name), Result.OVERDUE))
            elif answer is Answer.LOST:
                self._settle(this, name, self._world.now)
            else:
                self.attempt(_Try(this.message, this.tries, this.refused | {name}))

        self._world.send(name, this.message, heard)

    def _settle(self, this: _Try, name: str, since: float) -> None:
        """Nobody else gets it. Who can be asked is asked until it says; else a person decides."""
        if not self._world.can_be_asked or self._world.now - since > _PATIENCE:
            this.message.doubted = True
        elif not self._world.answers(name):
            self._world.at(self._world.now + 60, lambda: self._settle(this, name, since))
        elif not this.message.told:
            self._world.at(self._world.now + _ASK_SECONDS, lambda: self.attempt(_Try(this.message, this.tries + 1)))

    def _write(self, this: _Try, use: Use, result: Result) -> None:
        row = AttemptRow(
            self._world.moment(self._world.now + self._skew), this.message.id, use.provider, result, shuts=use.shuts
        )
        self._log.append(row)
        self._see(row)

    def _see(self, row: AttemptRow) -> None:
        self._histories[row.provider].add(row)

    def _standings(self) -> dict[str, ProviderStanding]:
        if self._world.now - self._read_at >= _READS_EACH:
            for row in self._log[self._read :]:
                self._see(row)
            self._read, self._read_at = len(self._log), self._world.now
        now = self._world.moment(self._world.now + self._skew)
        return {
            name: ProviderStanding(
                history.health(now),
                on_trial=name in self._on_trial,
                begun_at=self._world.moment(self._begun[name] + self._skew) if name in self._begun else None,
            )
            for name, history in self._histories.items()
        }


def shuts(log: Iterable[AttemptRow], provider: str) -> int:
    """How often the rows shut a provider."""
    history, until, times = History(), None, 0
    for row in sorted(each for each in log if each.provider == provider):
        history.add(row)
        found = history.health(row.ended_at).shut_until
        times += found is not None and found != until
        until = found
    return times
