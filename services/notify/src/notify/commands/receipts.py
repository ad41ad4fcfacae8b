"""What providers tell of messages after their answers: proof of the handset, cost, and what became of lost answers."""

from collections.abc import Mapping
from enum import StrEnum

import structlog

from legalaid import clock
from legalaid.events.words import NoticeReason
from legalaid.store import Decided, Outgoing
from legalaid.telemetry import tracing
from notify import texts
from notify.commands.proofs import HandsetProofs
from notify.notice import DeliveryReceipt, Notice, State
from notify.store import Notices

log = structlog.get_logger()

_IN_DOUBT = frozenset({State.SENDING, State.UNKNOWN, State.PENDING})


class Heard(StrEnum):
    """What a receipt was for us: the label of its metric."""

    NEW = "new"
    SETTLED = "settled"
    """It says what nobody here could say: the message went out."""
    KNOWN = "known"
    STRANGER = "stranger"
    """No message of ours."""
    FAILED = "failed"
    """It was taken, and was not carried after all."""


class Receipts:
    """Takes receipts, as often as they come and in any order."""

    def __init__(self, notices: Notices, outgoing: Outgoing[Notice], proofs: HandsetProofs) -> None:
        self._notices = notices
        self._outgoing = outgoing
        self._proofs = proofs

    async def take(self, request_id: str, receipt: DeliveryReceipt) -> Heard:
        """Write what a provider tells of the message with this request id. Raises ``TransientError``.

        Whom a proof says to have been told is told by nothing else that waits. Who was told by that message too is told
        with it. What was called, failed or dropped meanwhile stays so.
        """
        lead = (await self._notices.load([request_id])).get(request_id)
        if lead is None or lead.reference not in {None, receipt.reference}:
            return Heard.STRANGER
        tracing.about(lead.correlation_id, step="receive:receipt")
        joined = await self._joined(lead)
        several = len({notice.case_id for notice in (lead, *joined)}) > 1
        template = texts.SEVERAL if several else lead.template

        async def decide(found: Mapping[str, Notice | None]) -> Mapping[str, Decided[Notice, Heard]]:
            return {each: self._decide(notice, lead.id, template, receipt) for each, notice in found.items()}

        done = await self._notices.change_all([lead.id, *(notice.id for notice in joined)], decide)
        self._outgoing.put([each.write for each in done.values() if each.write is not None])
        heard = done[lead.id].answer
        if receipt.proved_at is not None:
            if heard is not Heard.KNOWN:
                self._proofs.measure(lead, receipt.proved_at)
            await self._proofs.spare(lead)
        return heard

    async def failed(self, request_id: str, provider: str) -> Heard:
        """A provider says that it did not carry after all what it took: a person has to look (docs/sending.md)."""
        if not await self._notices.load([request_id]):
            return Heard.STRANGER
        log.error("message_failed_later", notice=request_id, provider=provider)
        return Heard.FAILED

    async def _joined(self, lead: Notice) -> list[Notice]:
        """Whom the message may have told besides."""
        if lead.number is None or not _may_be_settled(lead):
            return []
        found = await self._notices.find({"number": lead.number, "message": lead.id})
        return [notice for notice in found if notice.id != lead.id]

    def _decide(
        self, notice: Notice | None, lead: str, template: str, receipt: DeliveryReceipt
    ) -> Decided[Notice, Heard]:
        if notice is None:
            return Decided(Heard.STRANGER)
        if notice.id != lead:
            return _told_with(notice, lead)
        heard = Heard.NEW
        if _may_be_settled(notice):
            _settle(notice, template)
            heard = Heard.SETTLED
        elif not _says_more(receipt, notice):
            return Decided(Heard.KNOWN)
        notice.receive(clock.now(), receipt)
        return Decided(heard, write=notice)


def _may_be_settled(notice: Notice) -> bool:
    """Whether it was given to a provider, and nobody knows, or nobody has written yet, what became of it."""
    return notice.state in _IN_DOUBT and notice.attempts > 0


def _says_more(receipt: DeliveryReceipt, notice: Notice) -> bool:
    proves = receipt.proved_at is not None and notice.proved_at is None
    return proves or (receipt.cost_vnd is not None and receipt.cost_vnd != notice.cost_vnd)


def _settle(notice: Notice, template: str) -> None:
    text = texts.render(template, receipt_code=notice.receipt_code, owner=notice.owner_name)
    notice.sent(
        clock.now(), texts.billed(notice.channel, text), text=template, version=texts.templates()[template].version
    )


def _told_with(notice: Notice, lead: str) -> Decided[Notice, Heard]:
    if notice.message != lead or not _may_be_settled(notice):
        return Decided(Heard.KNOWN)
    notice.cancel(clock.now(), NoticeReason.SUPERSEDED)
    return Decided(Heard.SETTLED, write=notice)
