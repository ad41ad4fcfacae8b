"""SMPP 3.4, to an SMSC or an aggregator, over ``smpp34``, which is the extra ``smpp`` of notify.

``smpp34`` was measured; hence this care:

- What decides is whether an answer came, never which number an exception holds: a cut has that of a real answer.
- A bind that is refused, for a wrong password too, looks as if nobody had answered.
- It waits thirty seconds for an answer, and does not bind again by itself.
- It answers a ``deliver_sm`` before we have read it: receipts prove nothing here, and are passed over.

SMPP knows no id of ours, so nothing is known of a repeat, and nobody can be asked. ``user_message_reference`` goes
along for SMSCs that repeat it in receipts.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import smpp34

from legalaid.events.words import NoticeChannel
from notify.gateways.base import CannotBeAsked, Lost, Message, NotNow, Outcome, Taken
from notify.gateways.codes import Codes
from notify.gateways.smpp_parts import Piece, parts
from notify.settings import GatewaySettings

_CODES = Codes(
    "smpp",  # by their decimal numbers; SMPP 3.4, section 5.1.3
    taken=frozenset({"0"}),
    refused=frozenset({str(0x0B)}),  # ESME_RINVDSTADR
    ours=frozenset(
        # source address, bind, password, system id, and what is wrong with the request
        str(each)
        for each in (
            *range(0x01, 0x08),
            0x0A,
            0x0D,
            0x0E,
            0x0F,
            0x15,
            *range(0x33, 0x45),
            *range(0x48, 0x56),
            0x61,
            0x62,
        )
    ),
    not_now={
        str(0x14): timedelta(seconds=1),  # ESME_RMSGQFUL
        str(0x58): timedelta(seconds=1),  # ESME_RTHROTTLED
        str(0x08): timedelta(0),  # ESME_RSYSERR: it answered, so it did not take it
        str(0x45): timedelta(0),  # ESME_RSUBMITFAIL
        str(0xFF): timedelta(0),  # ESME_RUNKNOWNERR
    },
)
_WINDOW = 10
"""Messages that wait for an answer: what SMSCs allow that say nothing else."""
_ALPHANUMERIC, _INTERNATIONAL, _ISDN = 5, 1, 1
_USER_MESSAGE_REFERENCE = 0x0204
_PORT, _TLS_PORT = 2775, 3550
_UNBIND_SECONDS = 1.0


class SmppGateway(CannotBeAsked):
    """One session, bound when it is first used. ``api_key`` is the system id, ``secret_key`` the password."""

    name = "smpp"
    channel = NoticeChannel.SMS
    repeats_known_for = timedelta(0)

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._window = asyncio.Semaphore(_WINDOW)
        self._session: _Session | None = None
        self._binding: asyncio.Task[_Session | NotNow] | None = None

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``."""
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                await self._window.acquire()
        except TimeoutError:
            return NotNow("WindowFull")
        try:
            session = await self._bound()
            return await self._submit(session, message) if isinstance(session, _Session) else session
        finally:
            self._window.release()

    async def close(self) -> None:
        """As ``Gateway``."""
        if self._binding is not None:
            await self._binding
        if self._session is not None:
            await self._session.close()

    async def _bound(self) -> "_Session | NotNow":
        """The session; all who wait for a bind share what becomes of it."""
        if self._session is not None and self._session.usable:
            return self._session
        if self._binding is None:
            self._binding = asyncio.create_task(self._bind())
        return await asyncio.shield(self._binding)

    async def _bind(self) -> "_Session | NotNow":
        try:
            address = urlsplit(self._settings.url)
            tls = address.scheme == "smpps"
            if address.scheme not in {"smpp", "smpps"} or not address.hostname:
                return NotNow("ConnectError")
            client = smpp34.Client(
                address.hostname,
                address.port or (_TLS_PORT if tls else _PORT),
                self._settings.api_key.get_secret_value(),
                self._settings.secret_key.get_secret_value(),
                tls=tls,
                window_size=_WINDOW,
                connect_timeout_ms=int(self._settings.timeout_seconds * 1000),
            )
            async with asyncio.timeout(self._settings.timeout_seconds):
                self._session = _Session(client, await client.connect())
        except TimeoutError:
            return NotNow("ConnectTimeout")
        except (smpp34.SmppError, ValueError) as error:  # its words are its own and quote nobody
            return NotNow("ConnectTimeout" if "timed out" in str(error) else "ConnectError")
        else:
            return self._session
        finally:
            self._binding = None

    async def _submit(self, session: "_Session", message: Message) -> Outcome:
        number = sha256(message.request_id.encode()).digest()
        pieces = parts(message.text, number[0])
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                return await self._submit_all(session, message.recipient.removeprefix("+"), pieces, number[:2])
        except (smpp34.SmppError, TimeoutError) as error:
            await session.retire()
            return Lost(type(error).__name__)

    async def _submit_all(self, session: "_Session", number: str, pieces: Sequence[Piece], reference: bytes) -> Outcome:
        """A message of which a part was taken is no longer certainly not sent. Raises ``smpp34.SmppError``."""
        first: Outcome | None = None
        for piece in pieces:
            answer = await session.submit(self._settings.sender, number, piece, reference)
            outcome = _CODES.outcome(answer.command_status, answer.message_id)
            if not isinstance(outcome, Taken):
                return outcome if first is None else Lost("torn")
            first = first or outcome
        return first or Lost("empty")


class _Session:
    """One bound connection. What is wrong with it ends it, once nobody waits for an answer there any more."""

    def __init__(self, client: smpp34.Client, smsc: smpp34.Smsc) -> None:
        self.usable = True
        self._client = client
        self._smsc = smsc
        self._waiting = 0
        self._watching = asyncio.create_task(self._watch())

    async def submit(self, sender: str, number: str, part: Piece, reference: bytes) -> smpp34.SubmitSmResp:
        """The answer. Raises ``smpp34.SmppError`` when there is none."""
        self._waiting += 1
        try:
            return await self._smsc.submit_sm(
                number,
                part.short_message,
                source_addr=sender,
                source_addr_ton=_ALPHANUMERIC,
                dest_addr_ton=_INTERNATIONAL,
                dest_addr_npi=_ISDN,
                esm_class=part.esm_class,
                data_coding=part.data_coding,
                registered_delivery=1,
                tlvs=[smpp34.Tlv(_USER_MESSAGE_REFERENCE, reference)],
            )
        finally:
            self._waiting -= 1
            if not self.usable:
                await self.retire()

    async def retire(self) -> None:
        """Nothing new goes there, and it ends once nobody waits for an answer any more."""
        self.usable = False
        if not self._waiting:
            self._watching.cancel()
            await self._client.stop()

    async def close(self) -> None:
        """Unbind, and leave."""
        with suppress(smpp34.SmppError, TimeoutError):
            async with asyncio.timeout(_UNBIND_SECONDS):
                await self._smsc.unbind()
        await self.retire()

    async def _watch(self) -> None:
        while not isinstance(await self._smsc.next(), smpp34.Disconnected):
            pass
        self.usable = False
