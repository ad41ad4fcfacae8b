import json
from pathlib import Path

import pytest

from dev.demo.command import Options, here, run
from dev.demo.morning import plan


@pytest.mark.timeout(240)
def test_a_short_morning_ends_with_nothing_lost_and_nothing_doubled(tmp_path: Path) -> None:
    morning = plan(7, 30)
    assert run(Options(seed=7, requests=30, rate=900, folder=tmp_path), here) == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert list(summary) == [
        "requests_posted",
        "calls_posted",
        "accepted",
        "duplicates_resent",
        "assigned",
        "needs_info",
        "not_eligible",
        "sms_sent",
        "by_provider",
        "callbacks",
        "dead_letters",
        "lost",
        "doubled",
        "latency_ms",
    ]
    resends = sum(len(ask.resends) for ask in morning.asks)
    assert (summary["accepted"], summary["duplicates_resent"]) == (30, resends)
    assert resends > 0
    assert summary["requests_posted"] == 30 + resends
    assert summary["calls_posted"] == sum(len(call.steps) for call in morning.calls)
    assert (summary["lost"], summary["doubled"], summary["dead_letters"]) == (0, 0, 0)
    assert summary["sms_sent"] == sum(summary["by_provider"].values()) > 0
    assert set(summary["by_provider"]) == {"esms", "vietguys"}
    assert "gateway_does_not_say" not in (tmp_path / "log" / "notify.jsonl").read_text(), "a lost answer stays in doubt"
    assert set(summary["latency_ms"]) == {"p50", "p95", "p99"}
