"""Whatever the order of calls, returns, resends and crashes: nobody is forgotten, and nobody is called twice for it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.rules.callbacks import Pace, due_at
from intake.rules.owed import CallbackStanding, Turn, turn
from legalaid.vietnam import calendar

BEGUN = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
WAITING = CallbackStanding(promised=True, waiting=True, settled_at=None)
SETTLED = CallbackStanding(promised=True, waiting=False, settled_at=BEGUN)
CLAIMED = CallbackStanding(promised=False, waiting=False, settled_at=None)


@pytest.mark.parametrize(
    ("since", "joined", "claimed", "expected"),
    [
        (None, None, None, Turn.OWE),
        (None, None, WAITING, Turn.JOIN),
        (None, None, SETTLED, Turn.OWE),
        (None, None, CLAIMED, Turn.WAIT),
        (BEGUN, None, WAITING, Turn.KEEP),
        (BEGUN, WAITING, WAITING, Turn.KEEP),
        (BEGUN - timedelta(seconds=1), SETTLED, SETTLED, Turn.KEEP),
        (BEGUN, SETTLED, SETTLED, Turn.OWE),
        (BEGUN, SETTLED, WAITING, Turn.JOIN),
    ],
)
def test_what_becomes_of_a_call(
    since: datetime | None, joined: CallbackStanding | None, claimed: CallbackStanding | None, expected: Turn
) -> None:
    assert turn(since, joined, claimed, is_patient=True) is expected


def test_the_writer_of_a_claim_is_waited_for_and_then_taken_for_dead() -> None:
    assert turn(None, None, CLAIMED, is_patient=False) is Turn.OWE


@dataclass
class Call:
    number: int
    since: datetime
    due: datetime | None = None
    joined: int | None = None
    waiting: bool = False
    settled_at: datetime | None = None

    def standing(self) -> CallbackStanding:
        return CallbackStanding(self.due is not None, self.waiting, self.settled_at)


@dataclass
class Model:
    """Claims and calls as two kinds of document, and the Desk, of whose returns intake hears later."""

    now: datetime = BEGUN
    calls: list[Call] = field(default_factory=list)
    claims: dict[int, int] = field(default_factory=dict)
    returned: dict[int, datetime] = field(default_factory=dict)
    """By call, what the Desk returned."""
    unheard: list[int] = field(default_factory=list)

    def ring(self, number: int, *, dies: bool) -> None:
        self.calls.append(Call(number, self.now))
        self.decide(len(self.calls) - 1, dies=dies)

    def decide(self, id_: int, *, dies: bool = False) -> None:
        """A report of the call; a process may die between the claim and the call."""
        call, owner = self.calls[id_], self.claims.get(self.calls[id_].number)
        joined = None if call.joined is None else self.calls[call.joined].standing()
        other = None if owner is None or owner == id_ else self.calls[owner]
        claimed = None if other is None else other.standing()
        since = None if call.due is None else call.since
        became = turn(since, joined, claimed, is_patient=False)
        before = self.count()
        if became is Turn.JOIN and other is not None:
            call.joined, call.due = owner, call.due or other.due
            assert self.count() == before
        elif became is Turn.OWE:
            self.claims[call.number] = id_
            if not dies:
                call.due = call.due or due_at(call.since, self.now, before, Pace(60, 12), calendar.load())
                call.joined, call.waiting = None, True

    def count(self) -> int:
        return sum(each.waiting for each in self.calls)

    def give_back(self, pick: int) -> None:
        """The Desk returns a call that it knows of."""
        known = [id_ for id_, each in enumerate(self.calls) if each.waiting and id_ not in self.returned]
        if known:
            self.returned[known[pick % len(known)]] = self.now
            self.unheard.append(known[pick % len(known)])

    def hear(self) -> None:
        if not self.unheard:
            return
        id_ = self.unheard.pop(0)
        self.calls[id_].waiting, self.calls[id_].settled_at = False, self.returned[id_]
        for joined in [other for other, each in enumerate(self.calls) if each.joined == id_]:
            self.decide(joined)

    def check(self) -> None:
        for number in {each.number for each in self.calls}:
            own = [(id_, each) for id_, each in enumerate(self.calls) if each.number == number]
            assert sum(each.waiting for _, each in own) <= 1
            for id_, call in own:
                owed = id_ if call.joined is None else call.joined
                if call.due is None:  # nobody was told that it is stored: the exchange sends it again
                    continue
                answered = owed in self.returned and (owed == id_ or self.returned[owed] > call.since)
                assert self.calls[owed].waiting or owed in self.unheard or answered


steps = st.lists(
    st.tuples(st.sampled_from(["ring", "ring", "ring", "die", "resend", "return", "hear"]), st.integers(0, 2)),
    max_size=40,
)


@given(steps)
def test_whatever_the_order_nobody_is_forgotten_and_one_call_waits(played: list[tuple[str, int]]) -> None:
    model = Model()
    for kind, which in played:
        model.now += timedelta(minutes=10)
        match kind:
            case "ring" | "die":
                model.ring(which, dies=kind == "die")
            case "resend" if model.calls:
                model.decide(which % len(model.calls))
            case "return":
                model.give_back(which)
            case "hear":
                model.hear()
        model.check()
    while model.unheard:
        model.hear()
        model.check()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_nobody_is_promised_a_later_time_because_another_calls_again(numbers: list[int]) -> None:
    with_repeats, without = Model(), Model()
    for number in numbers:
        with_repeats.ring(number, dies=False)
    for number in dict.fromkeys(numbers):
        without.ring(number, dies=False)
    promised = {each.number: each.due for each in without.calls}
    assert [each.due for each in with_repeats.calls] == [promised[each.number] for each in with_repeats.calls]
