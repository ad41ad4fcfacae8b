"""Was anything lost or done twice? Computed from what the services stored, what they published, and what the gateway
itself wrote down, of all channels; not from what anybody claims.

*Lost* is an accepted request without exactly one case, or whose first notice neither reached the gateway nor was handed
to a person (a callback, a failure or an unknown outcome) nor cancelled for a reason. *Doubled* is a request with more
than one case, or a person who got a message twice on one channel, by whatever providers. Who was told on two is only
counted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dev.gateway.record import ReceivedMessage
from dev.look.kafka import records
from legalaid.events import decode
from legalaid.events.cases import TOPIC as CASES
from legalaid.events.cases import CaseOpened, CaseReassessed
from legalaid.events.words import NoticeChannel
from legalaid.settings import KafkaSettings
from legalaid.store import Document, Store

_SETTLED = frozenset({"CANCELLED", "FAILED", "UNKNOWN", "CALLBACK_OWED", "CALLBACK_DONE"})
"""States of a notice in which no message need have gone out: each has a reason, and, where need be, who must act."""


@dataclass
class Findings:
    """Ids with what is wrong about each, in words."""

    lost: dict[str, str] = field(default_factory=dict)
    doubled: dict[str, str] = field(default_factory=dict)
    first_told: dict[str, datetime] = field(default_factory=dict)
    """When a provider took the first message of a case."""
    callback_notices: int = 0
    messages: Counter[NoticeChannel] = field(default_factory=Counter)
    """That went on to telephones."""
    providers: Counter[str] = field(default_factory=Counter)
    """By whom they went."""
    on_two: int = 0
    """Pieces of news that went out on more than one channel."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Where the last decision put each accepted request, by next action."""


async def audit(
    store: Store,
    kafka: KafkaSettings,
    receptions: Iterable[ReceivedMessage],
    accepted: Collection[str],
    owed_calls: Iterable[str] = (),
) -> Findings:
    """Look at everything once more.

    ``receptions``: the gateway's own record; ``accepted``: request ids that were answered with 201; ``owed_calls``:
    ids of calls whose callers were promised one; it may be by the case of another call of their number.
    """
    found = Findings()
    cases = {each: case for each, case in (await _documents(store, "routing", "cases")).items() if case["state"]}
    opened, decided = await _read_log(kafka)
    found.outcomes.update(decided[request] for request in accepted if request in decided)
    for request in accepted:
        _check_case(found, request, cases, opened)
    codes = Counter(code for case in cases.values() if (code := case["state"]["receipt_code"]))
    for request in accepted:
        if request in cases and codes[cases[request]["state"]["receipt_code"]] > 1:
            found.doubled[request] = "two cases have its receipt code"
    calls = await _documents(store, "intake", "calls")
    for call in owed_calls:
        if (calls.get(call, {}).get("joined") or call) not in cases:
            found.lost[call] = "a call is owed, and nobody has the case"
    notices = await _documents(store, "notify", "notices")
    _check_notices(found, [request for request in accepted if request in cases], notices, receptions)
    return found


async def _documents(store: Store, database: str, name: str) -> dict[str, Document]:
    documents: list[Document] = await store.collection(database, name).find({}).to_list(None)
    return {document["_id"]: document for document in documents}


async def _read_log(kafka: KafkaSettings) -> tuple[dict[str, set[str]], dict[str, str]]:
    """From the log of cases: the ids of the events that opened each case, and what its last decision wants done next.

    One case has one opening event, however often it was sent.
    """
    opened: dict[str, set[str]] = defaultdict(set)
    decided: dict[str, str] = {}
    async for entry in records(kafka, [kafka.prefix + CASES.name]):
        event = decode(entry.value, entry.headers)
        if isinstance(event.data, CaseOpened):
            opened[event.subject].add(event.id)
        if isinstance(event.data, (CaseOpened, CaseReassessed)) and event.data.next_action:
            decided[event.subject] = event.data.next_action
    return opened, decided


def _check_case(found: Findings, request: str, cases: dict[str, Document], opened: dict[str, set[str]]) -> None:
    if request not in cases:
        found.lost[request] = "accepted, and there is no case"
    elif not opened[request]:
        found.lost[request] = "its case was never published"
    elif len(opened[request]) > 1:
        found.doubled[request] = "its case was opened twice"


def _check_notices(
    found: Findings, requests: Iterable[str], notices: dict[str, Document], receptions: Iterable[ReceivedMessage]
) -> None:
    delivered: dict[str, list[ReceivedMessage]] = defaultdict(list)
    for reception in receptions:
        if reception.delivered:
            delivered[reception.request_id].append(reception)
    found.messages.update(each.channel for receptions in delivered.values() for each in receptions)
    found.providers.update(each.provider for receptions in delivered.values() for each in receptions)
    by_case: dict[str, list[Any]] = defaultdict(list)
    for notice in notices.values():
        by_case[notice["case_id"]].append(notice)
        found.callback_notices += notice["channel"] == NoticeChannel.CALLBACK
    for request in requests:
        if not by_case[request]:
            found.lost[request] = "nobody was told: there is no notice"
            continue
        begun = min(notice["case_sequence"] for notice in by_case[request])
        first = [notice for notice in by_case[request] if notice["case_sequence"] == begun]
        times = [each.received_at for notice in first for each in delivered.get(notice["_id"], ())]
        open_ = [notice["state"] for notice in first if notice["state"] not in _SETTLED]
        if times:
            found.first_told[request] = min(times)
        elif open_:
            found.lost[request] = f"its first notice is {open_[0]}, and no provider has got it"
    _check_twice(found, notices, delivered)


def _check_twice(found: Findings, notices: dict[str, Document], delivered: dict[str, list[ReceivedMessage]]) -> None:
    told: dict[tuple[str, str, str | None], Counter[NoticeChannel]] = defaultdict(Counter)
    for notice_id, receptions in delivered.items():
        times = max(Counter(_telephone(each) for each in receptions).values())
        if times > 1:
            found.doubled[notice_id] = f"this message went out {times} times"
        if notice_id not in notices:
            found.doubled[notice_id] = "the gateway sent a message that is nobody's notice"
            continue
        notice = notices[notice_id]
        told[notice["case_id"], notice["template"], notice["owner"]].update({each.channel for each in receptions})
    found.on_two = sum(len(channels) > 1 for channels in told.values())
    for (case, template, _), channels in told.items():
        for channel, times in channels.items():
            if times > 1:
                found.doubled[case] = f"was sent the message {template} {times} times by {channel}"


def _telephone(reception: ReceivedMessage) -> tuple[str, str]:
    """What gets a message once: with push each device of a person, else the person, by whatever number."""
    return reception.channel, reception.to if reception.channel is NoticeChannel.PUSH else ""
