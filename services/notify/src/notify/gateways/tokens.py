"""A provider's pair of tokens that rotates: whoever spends the refresh token gets the next one, nobody a second time.

The pair is one sealed document. It is renewed at 80 % of the access token's life by whoever wins one conditional
update, the lease; the new pair is written with majority before anybody uses it. A refresh token that may have been
spent (a crash, or a silence, between the call and the write) is tried again only when nothing can be lost by that: once
the access token is over. Until then the old access token serves, and the alarm TokenEnding calls a person.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

import structlog
from pydantic import Field

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events import Compartment, Sealed
from legalaid.sealed import Keyring, Keys
from legalaid.settings import KeyringSettings
from legalaid.store import Document, Store, majority_reads, transient
from notify import metrics
from notify.gateways.base import Lost, NotNow, Ours

log = structlog.get_logger()

DATABASE: Final = "notify"
_RENEWED_AT: Final = 0.8
"""Of the access token's life: a fifth of it is left to mend what fails."""
_SURELY_OVER: Final = timedelta(minutes=10)
"""A call that began so long ago has ended: far longer than ``longest_call``, and clocks differ by less."""
_QUIET_SECONDS: Final = 30.0
"""After a renewal that came to nothing, this process lets others try."""
_STORE_AGAIN_SECONDS: Final = 0.5
_FREE: Final = {"lease": None, "leased_at": None}
_DRAIN_SECONDS: Final = 20.0


class Pair(Compartment):
    """What lies in the box. Never logged, never shown."""

    compartment: ClassVar[str] = "contact"
    access: str = Field(repr=False)
    refresh: str = Field(repr=False)


@dataclass(frozen=True)
class Granted:
    """What a provider gives for a refresh token, or a person brings."""

    pair: Pair
    lives: timedelta
    """The access token, from now."""
    ends: timedelta
    """The refresh token, from now."""


Exchange = Callable[[str], Awaitable[Granted | NotNow | Ours | Lost]]
"""Spends a refresh token. ``NotNow`` and ``Ours``: it was certainly not spent by this call."""


@dataclass(frozen=True)
class Held:
    """The document, opened."""

    generation: int
    pair: Pair
    issued_at: datetime
    expires_at: datetime
    ends_at: datetime
    leased_at: datetime | None

    @property
    def due(self) -> bool:
        """Whether it is time to renew it."""
        return clock.real_now() >= self.issued_at + (self.expires_at - self.issued_at) * _RENEWED_AT

    @property
    def over(self) -> bool:
        """Whether its access token is past its life."""
        return clock.real_now() >= self.expires_at

    @property
    def in_doubt(self) -> bool:
        """Whether somebody spent its refresh token, or did not, and is gone."""
        return self.leased_at is not None and clock.real_now() >= self.leased_at + _SURELY_OVER


class RotatingTokens:
    """The pair of one provider, as one process sees it; several processes may renew, one at a time does."""

    def __init__(self, store: Store, keyring: Keyring, name: str, exchange: Exchange) -> None:
        self.name = name
        self._tokens = store.collection(DATABASE, "tokens")
        self._keyring = keyring
        self._owner = ids.token_id(name)
        self._exchange = exchange
        self._held: Held | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._quiet_until = 0.0
        self._unspent: set[str] = set()
        """Leases that may be ours in the store although nothing was spent under them."""

    async def access(self, *, refused: str | None = None) -> str | NotNow | Ours:
        """The access token to use now; ``refused``: the one that the provider did not take.

        Raises ``TransientError`` when the store cannot be read.
        """
        held = await self.held() if self._held is None else self._held
        if held is None:
            return Ours(f"{self.name}-no-grant")
        unusable = held.over or held.pair.access == refused
        if unusable or held.due:
            renewing = self._renew_soon(refused)
            if unusable:
                await asyncio.shield(renewing)
                held = self._held or held
        if held.over or held.pair.access == refused:
            return NotNow(f"{self.name}-no-token", timedelta(seconds=_QUIET_SECONDS))
        return held.pair.access

    async def held(self) -> Held | None:
        """The pair as the store has it; None before the first grant. Raises ``TransientError``."""
        with transient():
            found = await majority_reads(self._tokens).find_one({"_id": self.name})
        keys = (await self._keyring.fetch([self._owner])).get(self._owner) if found else None
        if found is None or keys is None:
            return None
        pair = keys.open(Sealed(found["box"]), Pair)
        times = (found[each] for each in ("issued_at", "expires_at", "ends_at", "leased_at"))
        self._held = Held(found["generation"], pair, *times)
        return self._held

    async def put(self, granted: Granted) -> None:
        """Take a pair that a person brought, in place of any other. Raises ``TransientError``."""
        change = {"$set": _fields(await self._keys(), granted), "$inc": {"generation": 1}}
        with transient():
            await self._tokens.update_one({"_id": self.name}, change, upsert=True)
        log.info("grant_stored", provider=self.name)

    async def close(self) -> None:
        """Let a renewal that has begun come to its end: nobody else can write the pair that it was given."""
        if self._renewing is not None:
            _, unfinished = await asyncio.wait({self._renewing}, timeout=_DRAIN_SECONDS)
            if unfinished:
                log.error("renewal_left_in_doubt", provider=self.name)

    async def _keys(self) -> Keys:
        return (await self._keyring.create({self._owner: None}))[self._owner]

    def _renew_soon(self, refused: str | None) -> asyncio.Task[None]:
        """One at a time, and its own task: no message's time-out may come between the answer and its write."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(refused), name=f"renew {self.name}")
        return self._renewing

    async def _renew(self, refused: str | None) -> None:
        if clock.elapsed() < self._quiet_until:
            return
        try:
            how = await self._renewed(refused)
        except TransientError:
            log.warning("renewal_waits_for_store", provider=self.name, exc_info=True)
            how = "not-now"
        metrics.TOKEN_RENEWALS.labels(self.name, how).inc()
        if how not in {"renewed", "adopted"}:
            self._quiet_until = clock.elapsed() + _QUIET_SECONDS

    async def _renewed(self, refused: str | None) -> str:
        """How it went, as the metric says it."""
        held = await self.held()
        if held is None:
            return "refused"
        if not held.due and held.pair.access != refused:
            return "adopted"
        keys = await self._keys()
        claim = ids.random_id()
        if not await self._claim(held, claim, unusable=held.over or held.pair.access == refused):
            log.info("renewal_is_anothers", provider=self.name, generation=held.generation)
            return "beaten"
        return await self._spend(held, keys, claim)

    async def _spend(self, held: Held, keys: Keys, claim: str) -> str:
        match await self._exchange(held.pair.refresh):
            case Granted() as granted:
                return await self._written(held, _fields(keys, granted), granted.pair)
            case Lost(code):
                log.error("renewal_in_doubt", provider=self.name, code=code, generation=held.generation)
                return "in-doubt"
            case NotNow(code) | Ours(code) as failed:
                how = "not-now" if isinstance(failed, NotNow) else "refused"
                await self._failed(claim, how, code)
                return how

    async def _failed(self, claim: str, how: str, code: str) -> None:
        await self._release(claim)
        log.error("renewal_failed", provider=self.name, how=how, code=code)

    async def _claim(self, held: Held, claim: str, *, unusable: bool) -> bool:
        """Whether this refresh token is ours to spend: one conditional update that one process wins."""
        free: list[Document] = [{"lease": {"$in": [None, *self._unspent]}}]
        if unusable:
            free.append({"leased_at": {"$lte": clock.real_now() - _SURELY_OVER}})
        chosen = {"_id": self.name, "generation": held.generation, "$or": free}
        self._unspent.add(claim)  # whatever becomes of this write, nothing is spent yet
        with transient():
            done = await self._tokens.update_one(chosen, {"$set": {"lease": claim, "leased_at": clock.real_now()}})
        self._unspent.discard(claim)
        return done.matched_count > 0

    async def _release(self, claim: str) -> None:
        """The refresh token was not spent: anybody may try."""
        self._unspent.add(claim)
        with transient():
            await self._tokens.update_one({"_id": self.name, "lease": claim}, {"$set": _FREE})
        self._unspent.discard(claim)

    async def _written(self, held: Held, fields: Document, pair: Pair) -> str:
        """Write the new pair, however long the store is away: nobody else has it, and the old one is spent."""
        chosen = {"_id": self.name, "generation": held.generation}
        change = {"$set": fields, "$inc": {"generation": 1}}
        while (stored := await self._stored(chosen, change)) is None:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(_STORE_AGAIN_SECONDS)
        if stored.pair != pair:
            log.error("new_pair_overtaken", provider=self.name, generation=held.generation)  # by a person's new grant
            return "beaten"
        log.info("tokens_rotated", provider=self.name, generation=stored.generation)
        return "renewed"

    async def _stored(self, chosen: Document, change: Document) -> Held | None:
        """What stands in the store after a change; None while it is away."""
        try:
            with transient():
                await self._tokens.update_one(chosen, change)
            return await self.held()
        except TransientError:
            log.warning("new_pair_waits_for_store", provider=self.name, exc_info=True)
            return None


def own_tokens(store: Store, settings: KeyringSettings, name: str, exchange: Exchange) -> RotatingTokens:
    """The tokens of the provider ``name``, under keys that notify keeps itself: no other service needs them."""
    return RotatingTokens(
        store, Keyring(store, settings, database=DATABASE, compartments=(Pair.compartment,)), name, exchange
    )


def _fields(keys: Keys, granted: Granted) -> Document:
    """The document of a pair that was given now."""
    now = clock.real_now()
    times = {"issued_at": now, "expires_at": now + granted.lives, "ends_at": now + granted.ends}
    return {"box": keys.seal(granted.pair).text, **times, **_FREE}
