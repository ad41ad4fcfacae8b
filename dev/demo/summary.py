"""The end of the morning: in numbers for programs, and in words for people."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from dev.demo import trouble
from dev.demo.tally import Tally
from dev.demo.watch import latencies, percentile
from dev.look.audit import Findings
from legalaid.events.words import NextAction, NoticeChannel


class Latency(BaseModel):
    """Milliseconds of real time from the front end's 201 to the gateway's own time of the first SMS.

    People who may only be reached at certain hours are left out.
    """

    p50: float
    p95: float
    p99: float


class Summary(BaseModel):
    """``var/demo/summary.json``."""

    model_config = ConfigDict(extra="forbid")

    requests_posted: int
    """POSTs of requests, resends included."""
    calls_posted: int
    """POSTs about calls: each call has two or three."""
    accepted: int
    duplicates_resent: int
    assigned: int
    needs_info: int
    not_eligible: int
    sms_sent: int
    by_provider: dict[str, int]
    """All messages, by whom they went."""
    callbacks: int
    """Calls that were owed, and people who cannot or do not want to be reached by SMS."""
    dead_letters: int
    lost: int
    doubled: int
    latency_ms: Latency


def summarise(tally: Tally, findings: Findings, dead_letters: int) -> Summary:
    """The summary of a run."""
    ordered = latencies(tally, findings.first_told)
    milliseconds = {f"p{share}": round(percentile(ordered, share / 100) * 1000, 1) for share in (50, 95, 99)}
    return Summary(
        requests_posted=tally.requests_posted,
        calls_posted=tally.calls_posted,
        accepted=len(tally.accepted),
        duplicates_resent=tally.duplicates_resent,
        assigned=findings.outcomes[NextAction.REVIEW] + findings.outcomes[NextAction.APPOINT_PROVIDER],
        needs_info=findings.outcomes[NextAction.ASK_PERSON],
        not_eligible=findings.outcomes[NextAction.CONFIRM_NOT_ELIGIBLE],
        sms_sent=findings.messages[NoticeChannel.SMS],
        by_provider=dict(sorted(findings.providers.items())),
        callbacks=len(tally.owed) + findings.callback_notices,
        dead_letters=dead_letters,
        lost=len(findings.lost),
        doubled=len(findings.doubled),
        latency_ms=Latency(**milliseconds),
    )


def show(console: Console, summary: Summary, tally: Tally, findings: Findings, store: str) -> None:
    """Tell a person how it went."""
    table = Table(title="The morning, counted", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right", style="bold")
    table.add_column(style="dim")
    rows = (
        ("Calls to 18001233", tally.calls, f"{len(tally.owed)} not answered: we call back"),
        ("Requests posted", summary.requests_posted, f"{summary.duplicates_resent} of them resends"),
        ("Requests accepted", summary.accepted, "answered with 201"),
        ("  assigned to a centre", summary.assigned, f"{tally.officer_accepted} accepted by officers so far"),
        ("  facts are missing", summary.needs_info, "somebody asks the person"),
        ("  no category found", summary.not_eligible, "a person looks again"),
        ("  place unknown", findings.outcomes[NextAction.FIND_CENTRE], "the Desk finds the centre"),
        ("Amended / withdrawn", f"{tally.amended} / {tally.withdrawn}", ""),
        ("SMS taken by providers", summary.sms_sent, _shares(summary)),
        ("Callbacks owed", summary.callbacks, "missed calls, landlines, no SMS wanted"),
        ("Dead letters", summary.dead_letters, ""),
        ("Lost", summary.lost, "accepted, but no case or no word"),
        ("Doubled", summary.doubled, "two cases, or the same message twice"),
    )
    for name, number, remark in rows:
        table.add_row(name, str(number), remark)
    console.print(table)
    at = summary.latency_ms
    console.print(
        f"From accepted to SMS: p50 {at.p50:g} ms, p95 {at.p95:g} ms, p99 {at.p99:g} ms. Store: {store}.",
        soft_wrap=True,
    )
    for title, found in (("LOST", findings.lost), ("DOUBLED", findings.doubled), ("UNEXPECTED", tally.unexpected)):
        for name, why in found.items():
            console.print(f"[bold red]{title}[/] {name}: {why}", highlight=False, soft_wrap=True)


def _shares(summary: Summary) -> str:
    """By whom; where there were two, one of them was in trouble."""
    shares = ", ".join(f"{count} by {name}" for name, count in summary.by_provider.items())
    failed = f"; {trouble.FAILS} fails 09:15-10:00" if len(summary.by_provider) > 1 else ""
    return shares + failed


def write(summary: Summary, file: Path) -> None:
    """As JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(summary.model_dump(), indent=2) + "\n", encoding="utf-8")
