"""What an installation needs, computed by hand once."""

import pytest

from dev.bench.sizing import Morning, cpu_seconds, needs

MORNING = Morning(
    posts=2.5,
    sms=1.2,
    events={"requests": 1.0, "calls": 2.0, "cases": 1.5, "centres": 0.5, "notices": 1.0},
    log_bytes=5_000,
    store_bytes=20_000,
)
PER_THOUSAND = {
    "intake": 1.0,
    "routing": 2.0,
    "notify (consumer)": 0.5,
    "notify (sender)": 3.0,
    "reports": 0.1,
    "other": 9.0,
}
CPU = {
    "intake": 0.0025,
    "routing": 0.006,
    "notify (consumer)": 0.00075,
    "notify (sender)": 0.0036,
    "reports": 0.0006,
}


def test_a_request_costs_each_stage_what_comes_to_it() -> None:
    assert cpu_seconds(PER_THOUSAND, MORNING) == pytest.approx(CPU)


def test_what_the_nation_needs() -> None:
    assert list(needs(56_000, CPU, MORNING).values()) == pytest.approx(
        [
            56_000,
            0.069_136,  # 56,000 / 8,100,000 seconds x 10
            0.092_988,  # x 0.01345 s of all stages, in per cent
            4.032,  # 56,000 / 250 x 3 days x 0.006 s
            1,  # 0.069 x 12 x 0.006 s / 0.6 is under one hundredth
            2,
            2.8,  # 56,000 x 10 years x 5 kB
            11.2,  # and x 20 kB
            84.0,  # x 3 copies x 2
        ],
        rel=1e-4,
    )


def test_a_hundred_a_second_need_more_processes_and_the_dearest_consumer_decides_the_backlog() -> None:
    dear_intake = {**CPU, "intake": 0.012}
    found = needs(81_000_000, dear_intake, MORNING)
    assert found["requests a second in the busiest hour"] == pytest.approx(100)
    assert found["processes of each kind that keep up"] == 24  # 100 x 12 to catch up x 0.012 s / 0.6
    assert found["seconds until the backlog of 3 days is gone"] == pytest.approx(81_000_000 / 250 * 3 * 0.006)
