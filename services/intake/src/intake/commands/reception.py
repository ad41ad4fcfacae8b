"""Taking up new requests: keys first, then the request with its event in one write, then the answer (promise P1)."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from intake import metrics
from intake.commands.brake import Brake, Opening
from intake.commands.parties import parties
from intake.rules.requests import Told, is_urgent
from intake.store import Request
from legalaid import ids
from legalaid.events.requests import RequestReceived
from legalaid.events.words import Channel
from legalaid.sealed import BlindIndex, Keyring, Keys
from legalaid.store import Documents, GroupCommit, Outgoing, TakenError

FINGERPRINT: Final = "request-body"


class KeyReusedError(Exception):
    """The same Idempotency-Key came with another body: what was meant cannot be known."""


class TooManyRequestsError(Exception):
    """The number or the front end has opened too many requests; it may open the next ``retry_after`` seconds later."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Submission:
    """A request as it was posted, checked and read."""

    request_id: str
    client: str
    body: bytes
    """In canonical form: equal for equal bodies."""
    channel: Channel
    call_id: str | None
    told: Told
    received_at: datetime
    traceparent: str | None

    @property
    def opening(self) -> Opening:
        """What the brake looks at."""
        return Opening(self.client, self.channel, self.told.phones)


@dataclass(frozen=True)
class Accepted:
    """The answer to a submission; a resend gets the first one again."""

    request_id: str
    receipt_code: str
    received_at: datetime
    replayed: bool


class Reception:
    """Gathers the submissions of about a millisecond into one write; each gets its own answer."""

    def __init__(
        self,
        requests: Documents[Request],
        keyring: Keyring,
        index: BlindIndex,
        brake: Brake,
        outgoing: Outgoing[Request],
    ) -> None:
        self._requests = requests
        self._keyring = keyring
        self._index = index
        self._brake = brake
        self._outgoing = outgoing
        self._group: GroupCommit[Submission, Accepted] = GroupCommit(self._commit)

    async def submit(self, submission: Submission) -> Accepted:
        """Returns when a majority holds the request, its keys and its event.

        Raises ``KeyReusedError``, ``TooManyRequestsError``, or ``TransientError`` when the store is away.
        """
        return await self._group.submit(submission)

    async def _commit(self, batch: list[Submission]) -> list[Accepted | Exception]:
        """A resend finds the request before any keys are made: those of an erased request must not come back."""
        first: dict[str, Submission] = {}
        for submission in batch:
            first.setdefault(submission.request_id, submission)
        openings = {id_: each.opening for id_, each in first.items()}
        known, look = await asyncio.gather(self._requests.load(first), self._brake.look(openings))
        new = {id_: each for id_, each in first.items() if id_ not in known}
        refused = look.refused(new)
        written = await self._write([each for id_, each in new.items() if id_ not in refused])
        self._outgoing.put(written.values())
        await self._brake.count(look, written)
        if others := new.keys() - written.keys():  # another process may have written them meanwhile
            known |= await self._requests.load(others)
        answers: list[Accepted | Exception] = []
        for submission in batch:
            request = written.get(submission.request_id) or known.get(submission.request_id)
            if request is None:
                metrics.REQUESTS.labels(submission.channel, "too-many").inc()
                answers.append(TooManyRequestsError(refused[submission.request_id]))
                continue
            is_new = request.id in written and first[request.id] is submission
            answers.append(self._answer(submission, request, replayed=not is_new))
        return answers

    def _answer(self, submission: Submission, request: Request, *, replayed: bool) -> Accepted | Exception:
        if replayed and not self._index.matches(request.fingerprint, FINGERPRINT, submission.body):
            metrics.REQUESTS.labels(submission.channel, "key-reused").inc()
            return KeyReusedError()
        metrics.REQUESTS.labels(submission.channel, "resent" if replayed else "new").inc()
        return Accepted(request.id, request.state.receipt_code, request.state.received_at, replayed)

    async def _write(self, new: list[Submission]) -> dict[str, Request]:
        """Write what nobody has written yet; somebody else's is absent from what is returned."""
        if not new:
            return {}
        keys = await self._keyring.create(
            {each.request_id: each.told.phones for each in new},
            {each.request_id: parties(each.told) for each in new},
        )
        written: dict[str, Request] = {}
        waiting: Iterable[Submission] = new
        while waiting:
            requests = {each.request_id: self._make(each, keys) for each in waiting}
            taken: Mapping[str, str] = {}
            try:
                losers = await self._requests.insert(list(requests.values()))
            except TakenError as error:  # the receipt code is another request's: those get a new one
                taken, losers = error.taken, error.losers
            written |= {each: made for each, made in requests.items() if each not in losers and each not in taken}
            waiting = [each for each in waiting if each.request_id in taken]
        return written

    def _make(self, submission: Submission, keys: Mapping[str, Keys]) -> Request:
        own, told = keys[submission.request_id], submission.told
        state = RequestReceived(
            request_id=submission.request_id,
            receipt_code=ids.new_receipt_code(),
            channel=submission.channel,
            received_at=submission.received_at,
            urgent=is_urgent(told.facts),
            residence=told.residence,
            matter_place=told.matter_place,
            call_id=submission.call_id,
            contact=own.seal(told.contact),
            facts=own.seal(told.facts),
            story=own.seal(told.story),
        )
        request = Request(
            id=submission.request_id,
            client=submission.client,
            fingerprint=self._index.mark(FINGERPRINT, submission.body),
            state=state,
        )
        request.emit(
            state,
            cause=submission.request_id,
            time=submission.received_at,
            correlation_id=submission.request_id,
            traceparent=submission.traceparent,
        )
        return request
