from itertools import islice

import pytest

from dev.faults.inflict import _ACTS
from dev.faults.schedule import LASTS, TARGETS, Fault, Kind, names, schedule


def first(count: int, seed: int = 7, only: str = "") -> list[Fault]:
    return list(islice(schedule(seed, only), count))


def test_the_same_seed_makes_the_same_schedule() -> None:
    assert first(60) == first(60)
    assert first(60) != first(60, seed=8)


def test_each_round_has_every_kind_once() -> None:
    drawn = first(5 * len(Kind))
    for begin in range(0, len(drawn), len(Kind)):
        assert {fault.kind for fault in drawn[begin : begin + len(Kind)]} == set(Kind)


def test_a_kind_goes_through_all_its_targets_before_one_comes_again() -> None:
    drawn = first(11 * len(Kind))
    for kind, targets in TARGETS.items():
        own = [fault.target for fault in drawn if fault.kind is kind]
        assert set(own[: len(targets)]) == set(targets)


def test_a_fault_lasts_as_long_as_its_kind_may() -> None:
    for fault in first(200):
        shortest, longest = LASTS[fault.kind]
        assert shortest <= fault.seconds <= longest


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("disk-full", {"disk-full:store"}),
        ("kill:routing-2", {"kill:routing-2"}),
        ("gateway", {f"{kind}:gateway" for kind in ("kill", "pause", "restart", "slow", "cut", "black-hole")}),
    ],
)
def test_only_some(only: str, expected: set[str]) -> None:
    assert {fault.name for fault in first(30, only=only)} == expected


@pytest.mark.parametrize("only", ["flood", "kill:everybody", "kill:", "cut:routing"])
def test_a_fault_that_there_is_not(only: str) -> None:
    with pytest.raises(ValueError, match="there is no fault"):
        schedule(7, only)


def test_every_fault_can_be_named_and_is_done() -> None:
    assert len(set(names())) == len(names())
    assert set(_ACTS) == set(Kind) == set(LASTS) == set(TARGETS)
