"""Plays the plan: everybody does what they do at their minute of the morning."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Self

from dev.demo.front_ends import FrontEnd
from dev.demo.morning import Ask, Call, Morning
from dev.demo.tally import Accepted, Tally
from dev.demo.timeline import Timeline
from dev.stack.keys import APP, EXCHANGE, OPERATOR
from dev.stack.where import Whereabouts
from legalaid import clock
from legalaid.events.words import Channel


class Player:
    """The front ends of one morning."""

    def __init__(self, morning: Morning, place: Whereabouts, timeline: Timeline, tally: Tally) -> None:
        self._morning = morning
        self._timeline = timeline
        self._tally = tally
        intake, authority = place.url("intake"), place.authority
        self._exchange = FrontEnd(authority, EXCHANGE, intake, tally)
        self._senders = {
            Channel.HOTLINE: FrontEnd(authority, OPERATOR, intake, tally),
            Channel.APP: FrontEnd(authority, APP, intake, tally),
        }
        self._call_ids: dict[str, asyncio.Future[str | None]] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the connections."""
        for front_end in (self._exchange, *self._senders.values()):
            await self._open.enter_async_context(front_end)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        await self._open.aclose()

    async def play(self) -> None:
        """Returns when the last post was answered."""
        loop = asyncio.get_running_loop()
        self._call_ids = {call.exchange_call_id: loop.create_future() for call in self._morning.calls}
        async with asyncio.TaskGroup() as everybody:
            for call in self._morning.calls:
                everybody.create_task(self._call(call))
            for ask in self._morning.asks:
                everybody.create_task(self._ask(ask))

    async def _call(self, call: Call) -> None:
        self._tally.calls += 1
        known = self._call_ids[call.exchange_call_id]
        for at, state, outcome in call.steps:
            await self._timeline.until(at)
            body = {
                "exchange_call_id": call.exchange_call_id,
                "phone": call.phone,
                "state": state,
                "at": (self._timeline.begins + at).isoformat(timespec="milliseconds"),
                "outcome": outcome.value if outcome else None,
            }
            self._tally.calls_posted += 1
            answer = await self._exchange.send("POST", "/v1/calls", body)
            told = answer.json() if answer else {}
            if not known.done():
                known.set_result(told.get("call_id"))
            if told.get("callback"):
                self._tally.owed.add(told["call_id"])

    async def _ask(self, ask: Ask) -> None:
        await self._timeline.until(ask.at)
        body = dict(ask.body)
        if ask.call is not None:
            body["call_id"] = await self._call_ids[ask.call]
        async with asyncio.TaskGroup() as posts:
            first = posts.create_task(self._post(ask, body, timedelta(0)))
            for later in ask.resends:
                posts.create_task(self._post(ask, body, later))
            request_id = await first
        if request_id is None:
            return
        sender = self._senders[ask.channel]
        if ask.amended is not None:
            after, changed = ask.amended
            await self._timeline.until(ask.at + after)
            if await sender.send("POST", f"/v1/requests/{request_id}/amendments", changed, key=f"{ask.key}-amend"):
                self._tally.amended += 1
        if ask.withdrawn is not None:
            await self._timeline.until(ask.at + ask.withdrawn)
            if await sender.send("POST", f"/v1/requests/{request_id}/withdrawal"):
                self._tally.withdrawn += 1

    async def _post(self, ask: Ask, body: dict[str, object], later: timedelta) -> str | None:
        await self._timeline.until(ask.at + later)
        self._tally.requests_posted += 1
        answer = await self._senders[ask.channel].send("POST", "/v1/requests", body, key=ask.key)
        if answer is None:
            return None
        told = answer.json()
        request_id: str = told["request_id"]
        first_id = self._tally.by_key.setdefault(ask.key, request_id)
        if first_id != request_id:
            self._tally.strays[request_id] = f"a resend of {first_id} became a request of its own"
        first = self._tally.accepted.get(request_id)
        if first is None:
            accepted = Accepted(request_id, clock.real_now(), told["receipt_code"], ask.certain_hours)
            self._tally.accepted[request_id] = accepted
        else:
            self._tally.duplicates_resent += 1
            if told["receipt_code"] != first.receipt_code:
                self._tally.unexpected["POST requests: a resend was answered differently"] += 1
        return request_id
