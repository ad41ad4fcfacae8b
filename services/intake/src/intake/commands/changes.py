"""Amendments and withdrawals: one request at a time, against whoever else writes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from intake.commands.parties import parties
from intake.commands.reception import KeyReusedError
from intake.rules.requests import Told, is_urgent
from intake.store import CaseStatus, Command, Request
from legalaid import ids
from legalaid.events.people import Contact, Facts, Story
from legalaid.events.requests import RequestAmended, RequestWithdrawn
from legalaid.events.words import Status
from legalaid.sealed import BlindIndex, Keyring, Keys
from legalaid.store import Decided, Documents, Outgoing

FINGERPRINT: Final = "amendment-body"
R = TypeVar("R")


class UnknownRequestError(Exception):
    """There is no such request of this client, or it was erased: both look the same."""


class EndedError(Exception):
    """The request was withdrawn, or its case has ended: nothing of it changes any more."""


@dataclass(frozen=True)
class AmendmentOrder:
    """An amendment as it was posted, checked and read."""

    request_id: str
    client: str
    key: str
    """The Idempotency-Key."""
    body: bytes
    """In canonical form."""
    apply: Callable[[Told, Request], Told]
    """What is told after it; raises what the caller wants to hear when that breaks a rule."""
    at: datetime
    traceparent: str | None


@dataclass(frozen=True)
class Amended:
    """The answer to an amendment."""

    request: Request
    at: datetime
    replayed: bool


class Changes:
    """Changes requests that were accepted."""

    def __init__(
        self,
        requests: Documents[Request],
        statuses: Documents[CaseStatus],
        keyring: Keyring,
        index: BlindIndex,
        outgoing: Outgoing[Request],
    ) -> None:
        self._requests = requests
        self._statuses = statuses
        self._keyring = keyring
        self._index = index
        self._outgoing = outgoing

    async def find(self, request_id: str, client: str) -> Request:
        """The request, for the client that made it. Raises ``UnknownRequestError``."""
        return _of_client((await self._requests.load([request_id])).get(request_id), client)

    async def status(self, request: Request) -> tuple[Status, datetime]:
        """Where it stands, and since when."""
        case = (await self._statuses.load([request.id])).get(request.id)
        if case is not None and not (request.withdrawn_at and case.status.is_open):
            return case.status, case.changed_at
        if request.withdrawn_at is not None:
            return Status.WITHDRAWN, request.withdrawn_at
        return Status.RECEIVED, request.state.received_at

    async def amend(self, amendment: AmendmentOrder) -> Amended:
        """Seal and store what is told now, with its event; a resend changes nothing.

        Raises ``UnknownRequestError``, ``EndedError``, ``KeyReusedError``, and ``TransientError``.
        """
        command = ids.command_id(amendment.request_id, amendment.key)

        async def decide(found: Request | None) -> Decided[Request, Amended]:
            request = _of_client(found, amendment.client)
            made = request.commands.get(command)
            if made is not None:
                if not self._index.matches(made.fingerprint, FINGERPRINT, amendment.body):
                    raise KeyReusedError
                return Decided(Amended(request, made.at, replayed=True))
            await self._must_be_open(request)
            keys = await self._keys(request)
            told = amendment.apply(opened(request, keys), request)
            # before the write: should we fail in between, a number that is no longer safe is already forgotten
            await self._keyring.replace_index(request.id, told.phones, parties(told))
            self._change(request, told, keys, command, amendment)
            return Decided(Amended(request, amendment.at, replayed=False), write=request)

        return await self._carry_out(amendment.request_id, decide)

    async def withdraw(self, request_id: str, client: str, at: datetime, traceparent: str | None) -> datetime:
        """End the request at the person's wish, and say since when; once more changes nothing.

        Raises ``UnknownRequestError``, ``EndedError`` and ``TransientError``.
        """

        async def decide(found: Request | None) -> Decided[Request, datetime]:
            request = _of_client(found, client)
            if request.withdrawn_at is not None:
                return Decided(request.withdrawn_at)
            await self._must_be_open(request)
            request.withdrawn_at = at
            request.emit(
                RequestWithdrawn(request_id=request.id, withdrawn_at=at),
                cause=request.id,
                time=at,
                correlation_id=request.id,
                traceparent=traceparent,
            )
            return Decided(at, write=request)

        return await self._carry_out(request_id, decide)

    async def _carry_out(
        self, request_id: str, decide: Callable[[Request | None], Awaitable[Decided[Request, R]]]
    ) -> R:
        done = await self._requests.change(request_id, decide)
        if done.write is not None:
            self._outgoing.put([done.write])
        return done.answer

    async def _must_be_open(self, request: Request) -> None:
        status, _ = await self.status(request)
        if not status.is_open:
            raise EndedError

    async def _keys(self, request: Request) -> Keys:
        keys = (await self._keyring.fetch([request.id])).get(request.id)
        if keys is None:
            raise UnknownRequestError
        return keys

    def _change(self, request: Request, told: Told, keys: Keys, command: str, amendment: AmendmentOrder) -> None:
        request.state = request.state.model_copy(
            update={
                "urgent": is_urgent(told.facts),
                "residence": told.residence,
                "matter_place": told.matter_place,
                "contact": keys.seal(told.contact),
                "facts": keys.seal(told.facts),
                "story": keys.seal(told.story),
            }
        )
        request.devices = [each.id for each in told.contact.devices]
        made = Command(fingerprint=self._index.mark(FINGERPRINT, amendment.body), at=amendment.at)
        request.commands = {**request.commands, command: made}
        request.emit(
            RequestAmended(**dict(request.state)),
            cause=command,
            time=amendment.at,
            correlation_id=request.id,
            traceparent=amendment.traceparent,
        )


def _of_client(found: Request | None, client: str) -> Request:
    if found is None or found.client != client:
        raise UnknownRequestError
    return found


def opened(request: Request, keys: Keys) -> Told:
    """What was told so far."""
    state = request.state
    return Told(
        contact=keys.open(state.contact, Contact),
        facts=keys.open(state.facts, Facts),
        story=keys.open(state.story, Story),
        residence=state.residence,
        matter_place=state.matter_place,
    )
