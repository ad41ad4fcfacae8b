"""The operators' API: how each provider stands and why, and to shut or open one."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from legalaid import clock, ids
from legalaid.audit import recorded
from legalaid.http import LeanRoute, Principal, Problem, idempotency_key
from notify.choosing import Seen
from notify.commands.providers import NoProviderError, Operators
from notify.rules.health import AttemptRow, Circuit, Result
from notify.settings import PROVIDER_PATTERN

_COMMAND: dict[int | str, dict[str, Any]] = {404: {"description": "No provider of this name is set up."}}
Name = Annotated[str, Path(pattern=PROVIDER_PATTERN)]
Key = Annotated[str, Depends(idempotency_key)]


class AttemptView(BaseModel):
    """One attempt that counted."""

    ended_at: datetime
    result: Result
    code: str
    """The provider's code, or what kept its answer from us."""

    @classmethod
    def of(cls, row: AttemptRow) -> Self:
        """The view of ``row``."""
        return cls(ended_at=row.ended_at, result=row.result, code=row.code)


class OrderView(BaseModel):
    """What a person last ordered."""

    shut: bool
    reason: str
    by: str
    at: datetime


class ProviderView(BaseModel):
    """One provider, as all senders see it within two seconds."""

    name: str
    state: Circuit
    because: Literal["well", "faults", "order", "only-one"]
    """Why it is in that state: it is well, by its attempts, by a person's order, or because there is no other."""
    shut_until: datetime | None
    """Where its attempts shut it: then it gets one message at a time, until three went well."""
    why: list[AttemptView]
    """The attempts that shut it."""
    shuts: int
    """How often it was shut in the last six hours: each time for twice as long, an hour at most."""
    taken_lately: float = Field(ge=0, le=1)
    """The part of its last ten attempts in half an hour that it took."""
    share: float
    spent_today_vnd: Decimal
    daily_cap_vnd: Decimal | None
    order: OrderView | None

    @classmethod
    def of(cls, seen: Seen, *, alone: bool) -> Self:
        """The view of ``seen``."""
        health, order = seen.standing.health, seen.order
        by_attempts = "only-one" if alone else "well" if seen.state is Circuit.OPEN else "faults"
        return cls(
            name=seen.provider.name,
            state=seen.state,
            because="order" if seen.standing.shut_by_hand else by_attempts,
            shut_until=health.shut_until,
            why=[AttemptView.of(row) for row in health.why],
            shuts=health.shuts,
            taken_lately=health.part_ok(clock.now()),
            share=seen.provider.share,
            spent_today_vnd=seen.standing.spent_vnd,
            daily_cap_vnd=seen.provider.daily_cap_vnd,
            order=OrderView(shut=order.shut, reason=order.reason, by=order.by, at=order.at) if order else None,
        )


class ProviderList(BaseModel):
    """All providers."""

    providers: list[ProviderView]


class Reason(BaseModel):
    """Why a person shuts or opens a provider: for those who come after. Nothing of a case or a person."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "announced maintenance until 14:00"}]}
    )

    reason: str = Field(min_length=3, max_length=200)


def router(operators: Operators) -> APIRouter:
    """The routes of the providers."""
    routes = APIRouter(prefix="/v1/providers", route_class=LeanRoute, tags=["providers"])
    shuts = Depends(recorded("providers:write", "provider.shut"))
    opens = Depends(recorded("providers:write", "provider.open"))

    @routes.get("")
    async def providers(
        _who: Annotated[Principal, Depends(recorded("providers:read", "providers.list"))],
    ) -> ProviderList:
        """Which providers of SMS there are, what each gets, and why."""
        seen = await operators.seen()
        return ProviderList(providers=[ProviderView.of(each, alone=len(seen) == 1) for each in seen])

    @routes.post("/{name}/shut", responses=_COMMAND)
    async def shut(who: Annotated[Principal, shuts], key: Key, name: Name, body: Reason) -> ProviderView:
        """It gets no message any more, from any sender, until somebody opens it."""
        return await _order(who, key, name, body, shut=True)

    @routes.post("/{name}/open", responses=_COMMAND)
    async def open_again(who: Annotated[Principal, opens], key: Key, name: Name, body: Reason) -> ProviderView:
        """It gets its share again; what went wrong before says nothing of it any more."""
        return await _order(who, key, name, body, shut=False)

    async def _order(who: Principal, key: str, name: str, body: Reason, *, shut: bool) -> ProviderView:
        command = ids.command_id(f"provider/{name}", f"{who.subject}/{key}")
        try:
            seen = await operators.order(name, shut=shut, reason=body.reason, by=who.subject, command=command)
        except NoProviderError:
            raise Problem(404, "not-found", "There is nothing here") from None
        return ProviderView.of(seen, alone=len(await operators.seen()) == 1)

    return routes
