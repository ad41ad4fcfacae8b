"""Was anything lost or done twice? Computed from what the services stored, what they published, and what the gateway
itself wrote down; not from what anybody claims.

*Lost* is an accepted request without exactly one case, or whose first notice neither reached the gateway nor was handed
to a person (a callback, a failure or an unknown outcome) nor cancelled for a reason. *Doubled* is a request with more
than one case, or a person who got a message twice.
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
"""States of a notice in which no SMS need have gone out: each has a reason, and where need be somebody who must act."""


@dataclass
class Findings:
    """Ids with what is wrong about each, in words."""

    lost: dict[str, str] = field(default_factory=dict)
    doubled: dict[str, str] = field(default_factory=dict)
    first_sms: dict[str, datetime] = field(default_factory=dict)
    """When the gateway took the first message of a case."""
    callback_notices: int = 0
    sms: int = 0
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
    found.sms = sum(len(each) for each in delivered.values())
    by_case: dict[str, list[Any]] = defaultdict(list)
    for notice in notices.values():
        by_case[notice["case_id"]].append(notice)
        found.callback_notices += notice["channel"] == NoticeChannel.CALLBACK
    for request in requests:
        own = sorted(by_case[request], key=lambda notice: notice["case_sequence"])
        if not own:
            found.lost[request] = "nobody was told: there is no notice"
            continue
        first = own[0]
        if first["_id"] in delivered:
            found.first_sms[request] = delivered[first["_id"]][0].received_at
        elif first["state"] not in _SETTLED:
            found.lost[request] = f"its first notice is {first['state']}, and the gateway has not got it"
    _check_twice(found, notices, delivered)


def _check_twice(found: Findings, notices: dict[str, Document], delivered: dict[str, list[ReceivedMessage]]) -> None:
    told: Counter[tuple[str, str, str | None]] = Counter()
    for notice_id, receptions in delivered.items():
        if len(receptions) > 1:
            found.doubled[notice_id] = f"the gateway sent this message {len(receptions)} times"
        if notice_id not in notices:
            found.doubled[notice_id] = "the gateway sent a message that is nobody's notice"
            continue
        notice = notices[notice_id]
        told[notice["case_id"], notice["template"], notice["owner"]] += 1
    for (case, template, _), times in told.items():
        if times > 1:
            found.doubled[case] = f"was sent the message {template} {times} times"
