"""What an installation needs, computed by hand once."""

import pytest

from dev.sizing import model
from dev.sizing.measure import Morning
from dev.sizing.model import Scenario, Stage

MORNING = Morning(
    requests=100,
    posts=2.5,
    sms=1.2,
    events={"requests": 1.0, "calls": 2.0, "cases": 1.5, "centres": 0.5, "notices": 1.0},
    log_bytes=5_000,
    store_bytes=20_000,
)
CPU = {"intake": 1.0, "routing": 2.0, "notify (consumer)": 0.5, "notify (sender)": 3.0, "reports": 0.1, "other": 9.0}


def test_a_request_costs_each_stage_what_comes_to_it() -> None:
    costs = {stage.name: stage.cpu_seconds for stage in model.stages(CPU, MORNING)}
    expected = {
        "intake": 0.0025,
        "routing": 0.006,
        "notify (consumer)": 0.00075,
        "notify (sender)": 0.0036,
        "reports": 0.0006,
    }
    assert costs == pytest.approx(expected)


def test_there_are_at_least_two_and_as_many_as_the_busiest_hour_needs() -> None:
    stage = Stage("routing", 0.006, catches_up=True)
    assert stage.replicas(Scenario("pilot", 2_000)) == 2
    busy = Scenario("busy", 81_000_000)  # a hundred a second at the peak
    assert busy.peak == pytest.approx(100)
    assert stage.replicas(busy) == 12  # 100 x 12 to catch up x 0.006 s / 0.6
    assert Stage("intake", 0.006, catches_up=False).replicas(busy) == 2


def test_disks_hold_every_copy_and_as_much_again() -> None:
    nation = Scenario("nation", 56_000)
    assert model.log_gigabytes(nation, MORNING, 10) == pytest.approx(2.8)
    assert model.store_gigabytes(nation, MORNING, 10) == pytest.approx(11.2)
    assert model.disk_gigabytes(nation, MORNING, 10) == pytest.approx((2.8 + 11.2) * 6)


def test_the_slowest_consumer_says_how_long_a_backlog_takes() -> None:
    every = model.stages(CPU, MORNING)
    assert model.catch_up_seconds(Scenario("nation", 56_000), every) == pytest.approx(56_000 / 250 * 3 * 0.006)
    assert model.most_a_second(every) == pytest.approx(0.6 / 0.006)
