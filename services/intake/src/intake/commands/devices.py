"""Devices of a request: whoever proves that it is theirs adds one, and whoever knows one's id removes it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from intake.commands.changes import Changes, EndedError, UnknownRequestError
from intake.rules.devices import added, holder, without
from intake.store import IntakeStore, Request
from legalaid import ids
from legalaid.events.people import Consent, Contact, Device, WebPush
from legalaid.events.requests import RequestAmended
from legalaid.sealed import Keyring, Keys
from legalaid.store import Decided, Outgoing

R = TypeVar("R")


@dataclass(frozen=True)
class Registration:
    """A device as it was posted: reached by a token, or by a subscription."""

    phone: str
    """E.164: the number that the receipt code was proved with."""
    token: str | None
    web: WebPush | None
    consent: Consent

    def device(self, request_id: str, contact: Contact) -> Device | None:
        """None where the number is nobody's in the contact any more."""
        whose = holder(contact, self.phone)
        address = self.token or (self.web.endpoint if self.web else "")
        own_id = ids.device_id(request_id, address)
        if whose is None:
            return None
        return Device(id=own_id, holder=whose, token=self.token, web=self.web, consent=self.consent)


class Devices:
    """Changes the devices in the contact box of a request; each change is an amendment that others hear of."""

    def __init__(self, store: IntakeStore, changes: Changes, keyring: Keyring, outgoing: Outgoing[Request]) -> None:
        self._store = store
        self._changes = changes
        self._keyring = keyring
        self._outgoing = outgoing

    async def add(self, request_id: str, new: Registration, at: datetime, traceparent: str | None) -> str:
        """Keep a device, and say its id; the same one again changes nothing.

        Raises ``UnknownRequestError``, ``EndedError`` and ``TransientError``.
        """

        async def decide(found: Request | None) -> Decided[Request, str]:
            request, keys, contact = await self._opened(found)
            device = new.device(request.id, contact)
            if device is None:
                raise UnknownRequestError
            if not await self._is_open(request):
                raise EndedError
            if device in contact.devices:
                return Decided(device.id)
            self._keep(request, keys, contact, added(contact.devices, device), at, traceparent)
            return Decided(device.id, write=request)

        return await self._carry_out(request_id, decide)

    async def remove(self, device_id: str, at: datetime, traceparent: str | None) -> None:
        """Forget a device. One that nobody knows is forgotten, and so is one of a request that has ended.

        Raises ``TransientError``.
        """
        owner = await self._store.with_device(device_id)
        if owner is None:
            return

        async def decide(found: Request | None) -> Decided[Request, None]:
            request, keys, contact = await self._opened(found)
            left = without(contact.devices, device_id)
            if left == contact.devices or not await self._is_open(request):
                return Decided(None)
            self._keep(request, keys, contact, left, at, traceparent)
            return Decided(None, write=request)

        with suppress(UnknownRequestError):
            await self._carry_out(owner.id, decide)

    async def _opened(self, found: Request | None) -> tuple[Request, Keys, Contact]:
        keys = (await self._keyring.fetch([found.id])).get(found.id) if found else None
        if found is None or keys is None:
            raise UnknownRequestError
        return found, keys, keys.open(found.state.contact, Contact)

    async def _is_open(self, request: Request) -> bool:
        status, _ = await self._changes.status(request)
        return status.is_open

    async def _carry_out(
        self, request_id: str, decide: Callable[[Request | None], Awaitable[Decided[Request, R]]]
    ) -> R:
        done = await self._store.requests.change(request_id, decide)
        if done.write is not None:
            self._outgoing.put([done.write])
        return done.answer

    def _keep(
        self,
        request: Request,
        keys: Keys,
        contact: Contact,
        devices: tuple[Device, ...],
        at: datetime,
        traceparent: str | None,
    ) -> None:
        box = keys.seal(contact.model_copy(update={"devices": devices}))
        request.state = request.state.model_copy(update={"contact": box})
        request.devices = [each.id for each in devices]
        request.emit(
            RequestAmended(**dict(request.state)),
            cause=request.id,
            index=request.sequence,  # a device may come and go and come
            time=at,
            correlation_id=request.id,
            traceparent=traceparent,
        )
