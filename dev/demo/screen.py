"""The live table: what a person sees while the morning runs."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from dev.demo.tally import Tally
from dev.demo.timeline import Timeline
from dev.demo.watch import Seen, percentile


def screen(timeline: Timeline, tally: Tally, seen: Seen, inbox: str) -> RenderableType:
    """Counts by stage, lag of each consumer group, and latency."""
    at = timeline.clock_time().strftime("%A %d %B %Y, %H:%M")
    stages = Table(title="Stage", title_justify="left", expand=True)
    stages.add_column("")
    stages.add_column("so far", justify="right")
    stages.add_column("of which")
    stages.add_row("Calls to 18001233", str(tally.calls), f"{len(tally.owed)} owed a call back")
    stages.add_row("Requests accepted", str(len(tally.accepted)), f"{tally.duplicates_resent} resends recognised")
    stages.add_row("Cases", str(seen.cases.total()), _counts(seen.cases))
    stages.add_row("Notices", str(seen.notices.total()), _counts(seen.notices))
    stages.add_row("SMS at the gateway", str(seen.sms), inbox)
    lag = Table(title="Records behind", title_justify="left")
    lag.add_column("consumer")
    lag.add_column("lag", justify="right")
    for group, behind in seen.lag.items():
        lag.add_row(group, str(behind))
    quick = ", ".join(f"p{share} {percentile(seen.latencies, share / 100) * 1000:.0f} ms" for share in (50, 95, 99))
    body = Group(stages, lag, f"From accepted to SMS: {quick}")
    return Panel(body, title=f"A pilot morning of Điện Biên and Lào Cai: {at} (x{timeline.rate:g})")


def line(timeline: Timeline, tally: Tally, seen: Seen) -> str:
    """The same in one line, where there is no terminal."""
    return (
        f"{timeline.clock_time():%H:%M}  accepted {len(tally.accepted)}  cases {seen.cases.total()}"
        f"  sms {seen.sms}  lag {sum(seen.lag.values())}"
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
