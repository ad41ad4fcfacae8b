"""Which provider a message goes to."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from legalaid import ids
from legalaid.testing.events import AT
from notify.rules.health import AttemptRow, Circuit, ProviderHealth, Result, health
from notify.rules.providers import (
    PriceUnit,
    Provider,
    ProviderStanding,
    PutOff,
    Retries,
    Use,
    WantedMessage,
    choose,
    may,
    rank,
)

BIG, SMALL = Provider("big", 60), Provider("small", 40)
BOTH = [BIG, SMALL]
NAMES = ("big", "small", "third")
MINUTE = timedelta(minutes=1)
OPEN = ProviderHealth()
SHUT = ProviderHealth(AT + MINUTE, shuts=1)
HALF = ProviderHealth(AT - MINUTE, shuts=1)

HEALTHS = st.sampled_from([OPEN, HALF, SHUT]) | st.lists(
    st.builds(
        lambda seconds, result: AttemptRow(AT - timedelta(seconds=seconds), "n", "p", result),
        st.integers(0, 3600),
        st.sampled_from([Result.OK, Result.FAULT, Result.OURS]),
    )
).map(lambda rows: health(set(rows), AT))
STANDINGS = st.builds(
    ProviderStanding,
    HEALTHS,
    shut_by_hand=st.booleans(),
    full=st.booleans(),
    on_trial=st.booleans(),
    begun_at=st.none() | st.integers(0, 100).map(lambda seconds: AT - timedelta(seconds=seconds)),
)
ALL = st.fixed_dictionaries(dict.fromkeys(NAMES, STANDINGS))
PROVIDERS = st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9)).map(
    lambda shares: [Provider(name, share) for name, share in zip(NAMES, shares, strict=True)]
)
WANTED = st.builds(
    WantedMessage,
    notice=st.uuids().map(str),
    template=st.just("case-assigned"),
    urgent=st.booleans(),
    tries=st.integers(0, 30),
    refused=st.frozensets(st.sampled_from(NAMES)),
)


def wanted(notice: str = "n", **how: object) -> WantedMessage:
    return WantedMessage(notice, "case-assigned", **how)  # type: ignore[arg-type]  # a test says the fields that it means


def standings(**healths: ProviderHealth) -> dict[str, ProviderStanding]:
    return {name: ProviderStanding(each) for name, each in healths.items()}


def test_shares_are_kept() -> None:
    """I10."""
    chosen = Counter(rank(BOTH, ids.random_id())[0].name for _ in range(10_000))
    assert abs(chosen["big"] - 6000) < 300


def test_who_has_no_share_stands_in_reserve() -> None:
    reserve = Provider("reserve", 0)
    assert {rank([reserve, SMALL], str(number))[1].name for number in range(50)} == {"reserve"}
    assert choose([reserve, SMALL], standings(reserve=OPEN, small=SHUT), wanted(), AT) == Use("reserve")


@given(PROVIDERS, ALL, WANTED, st.sampled_from(NAMES))
def test_who_may_have_taken_it_alone_gets_it_again(
    providers: list[Provider], found: dict[str, ProviderStanding], asked: WantedMessage, bound: str
) -> None:
    """I1 and I11: it holds whatever the log says, or if there is none."""
    asked = WantedMessage(asked.notice, asked.template, urgent=asked.urgent, tries=asked.tries, bound=bound)
    for seen in (found, dict.fromkeys(NAMES, ProviderStanding())):
        made = choose(providers, seen, asked, AT)
        assert isinstance(made, PutOff) or made.provider == bound


@given(PROVIDERS, ALL, WANTED)
def test_nothing_waits_while_one_that_is_open_may_carry_it(
    providers: list[Provider], found: dict[str, ProviderStanding], asked: WantedMessage
) -> None:
    """I2, I3 and I4."""
    made = choose(providers, found, asked, AT)
    assert made == choose(list(reversed(providers)), found, asked, AT)
    able = [each for each in providers if may(each, found[each.name], asked, AT)]
    states = {each.name: found[each.name].health.state(AT) for each in able}
    is_open = {name for name, state in states.items() if state is Circuit.OPEN}
    if is_open - set(asked.refused):
        assert isinstance(made, Use), "I3"
    if isinstance(made, Use):
        assert made.provider not in asked.refused
        assert may(next(each for each in providers if each.name == made.provider), found[made.provider], asked, AT)
        if is_open:
            assert states[made.provider] is not Circuit.SHUT, "I4"
            assert states[made.provider] is Circuit.OPEN or not found[made.provider].on_trial, "I4"
        assert made.trial <= (states[made.provider] is not Circuit.OPEN)


def test_the_only_one_is_never_held_shut() -> None:
    """I6."""
    assert choose([BIG], standings(big=SHUT), wanted(), AT) == Use("big")
    assert choose([BIG], {"big": ProviderStanding(SHUT, shut_by_hand=True)}, wanted(), AT) == PutOff(
        timedelta(seconds=2)
    )


def test_a_half_open_one_is_tried_by_one_message_that_is_not_urgent() -> None:
    found = standings(big=HALF, small=OPEN)
    assert choose(BOTH, found, wanted(), AT) == Use("big", trial=True, shuts=1)
    assert choose(BOTH, found, wanted(urgent=True), AT) == Use("small")
    found["big"] = ProviderStanding(HALF, on_trial=True)
    assert choose(BOTH, found, wanted(), AT) == Use("small")


def test_where_none_is_well_the_best_of_them_is_used() -> None:
    def ill(*results: Result) -> ProviderHealth:
        rows = tuple(AttemptRow(AT - number * MINUTE, "n", "p", each) for number, each in enumerate(results))
        return ProviderHealth(AT + MINUTE, rows, 1, recent=rows)

    some, few = ill(Result.OK, Result.FAULT), ill(Result.OK, Result.FAULT, Result.FAULT)
    assert choose(BOTH, standings(big=few, small=some), wanted(), AT) == Use("small", shuts=1)
    dead, older = (
        ill(Result.FAULT),
        ProviderHealth(AT + MINUTE, recent=(AttemptRow(AT - 2 * MINUTE, "n", "p", Result.FAULT),)),
    )
    assert choose(BOTH, standings(big=dead, small=older), wanted(tries=3), AT) == PutOff(timedelta(seconds=16))
    later = AT + timedelta(seconds=30)
    assert choose(BOTH, standings(big=dead, small=older), wanted(), later) == Use("small", trial=True)
    begun = {"big": ProviderStanding(dead), "small": ProviderStanding(older, begun_at=later - timedelta(seconds=1))}
    assert isinstance(choose(BOTH, begun, wanted(), later), PutOff), "one trial each thirty seconds"


def test_who_has_refused_it_is_not_asked_again_in_the_round() -> None:
    first, second = (each.name for each in rank(BOTH, "n"))
    found = standings(big=OPEN, small=OPEN)
    assert choose(BOTH, found, wanted(), AT) == Use(first)
    assert choose(BOTH, found, wanted(refused={first}), AT) == Use(second)
    assert choose(BOTH, found, wanted(refused=set(NAMES), tries=20), AT) == PutOff(timedelta(seconds=300))


def test_what_a_provider_may_carry() -> None:
    found, day = ProviderStanding(), AT.date()
    assert may(Provider("p", 1, carriers=frozenset({"viettel"})), found, wanted(carrier="viettel"), AT)
    assert may(Provider("p", 1, carriers=frozenset({"viettel"})), found, wanted(carrier=None), AT)
    assert not may(Provider("p", 1, carriers=frozenset({"viettel"})), found, wanted(carrier="vinaphone"), AT)
    assert not may(Provider("p", 1, templates=frozenset({"case-result"})), found, wanted(), AT)
    assert not may(Provider("p", 1, from_day=day + timedelta(days=1)), found, wanted(), AT)
    assert not may(Provider("p", 1, to_day=date(2000, 1, 1)), found, wanted(), AT)
    capped = Provider("p", 1, price_vnd=Decimal(500), daily_cap_vnd=Decimal(1000))
    assert may(capped, ProviderStanding(spent_vnd=Decimal(500)), wanted(), AT)
    assert not may(capped, ProviderStanding(spent_vnd=Decimal(501)), wanted(), AT)


def test_whose_pace_is_used_up_is_passed_over_unless_all_are() -> None:
    first, second = (each.name for each in rank(BOTH, "n"))
    found = standings(big=OPEN, small=OPEN)
    found[first] = ProviderStanding(full=True)
    assert choose(BOTH, found, wanted(), AT) == Use(second)
    found[second] = ProviderStanding(full=True)
    assert choose(BOTH, found, wanted(), AT) == Use(first)


def test_what_a_message_costs() -> None:
    assert Provider("p", 1, price_vnd=Decimal(790)).costs(2) == 1580
    assert Provider("p", 1, price_vnd=Decimal(790), unit=PriceUnit.MESSAGE).costs(2) == 790


def test_retries_are_paid_for_by_what_was_taken() -> None:
    """A retry that is taken costs nothing, so that what an outage left is told when it is over."""
    retries = Retries()
    assert [retries.pay() for _ in range(51)] == [True] * 50 + [False]
    for _ in range(11):
        retries.succeeded(paid=False)
    assert retries.pay()
    assert not retries.pay()
    retries.succeeded(paid=True)
    assert retries.pay()
