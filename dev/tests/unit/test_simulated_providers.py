"""The promises of choosing a provider, on short days of trouble."""

from dataclasses import replace

import pytest

from dev.faults.providers.scenarios import SCENARIOS, Scenario, play
from dev.faults.providers.table import row

_SHORT = [replace(each, a_day=min(each.a_day, 1000)) for each in SCENARIOS if each.a_day < 100_000]


@pytest.mark.parametrize("scenario", _SHORT, ids=lambda each: f"{each.name}, {each.a_day}")
def test_nobody_is_told_twice_and_none_is_late_while_anybody_can_send(scenario: Scenario) -> None:
    theirs, ours = play(scenario, [7])
    assert ours.twice == 0
    if scenario.can_be_asked:  # what it may have taken waits until it answers again: nobody else may get it
        assert (ours.doubted, ours.late <= ours.ill_tries) == (0, True)
    elif not scenario.big.late and not scenario.all_down:
        assert ours.late <= 1
    assert ours.moves <= 2 * 28
    assert ours.ill_tries <= theirs.ill_tries + 0.1 * scenario.a_day
    assert row(scenario, theirs, ours).count("**") == 10


def test_the_same_seed_plays_the_same_day() -> None:
    assert play(_SHORT[0], [3]) == play(_SHORT[0], [3])


def test_the_other_rules_show_what_they_are_played_for() -> None:
    """Else the comparison says nothing: a repeat after no answer tells some twice, and little traffic moves nothing."""
    silent, _ = play(replace(SCENARIOS[6], a_day=2000), [7])
    dead, _ = play(SCENARIOS[0], [7])
    assert silent.twice > 0
    assert (dead.moves, dead.late > 0) == (0, True)
