"""``/v1/summary``: the numbers, as JSON or as CSV."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from legalaid import clock
from legalaid.http import FieldError, Problem, require
from legalaid.http.times import Day
from legalaid.vietnam import places
from reports.api.table import as_csv
from reports.rules.summary import Counts, Group, GroupBy, Summary
from reports.store import ReportsStore

_CSV: Final = "text/csv"
_USUAL_DAYS: Final = 30
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {_CSV: {"schema": {"type": "string"}}}}}


class SummaryView(BaseModel):
    """The numbers of some days. The groups add up to the total, whatever is grouped by."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    group_by: GroupBy
    total: Counts
    groups: list[Group]


class Days(BaseModel):
    """Whole days in Vietnam, both ends included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time(), clock.VIETNAM)

    @property
    def end(self) -> datetime:
        """The first instant after."""
        return datetime.combine(self.last + timedelta(days=1), time(), clock.VIETNAM)


def _days_of(most: int) -> Callable[..., Awaitable[Days]]:
    async def days(
        first: Annotated[
            Day | None, Query(alias="from", description="First day; without it, 29 days before `to`.")
        ] = None,
        last: Annotated[Day | None, Query(alias="to", description="Last day; without it, today in Vietnam.")] = None,
    ) -> Days:
        last = last or clock.now().astimezone(clock.VIETNAM).date()
        first = first or last - timedelta(days=_USUAL_DAYS - 1)
        if not 0 <= (last - first).days < most:
            right = FieldError("/query/from", f"not after `to`, and at most {most} days with it", "range")
            raise Problem(422, "invalid", "A rule is broken", errors=[right])
        return Days(first=first, last=last)

    return days


By = Annotated[GroupBy, Query()]


def router(store: ReportsStore, most_days: int) -> APIRouter:
    """The routes; a summary may be about ``most_days`` at most."""
    days_of = Depends(_days_of(most_days))
    routes = APIRouter(prefix="/v1", tags=["summary"], dependencies=[Depends(require("reports:read"))])

    @routes.get("/summary", summary="The numbers of some days", responses=_ANSWERS, response_model=SummaryView)
    async def summary(
        days: Annotated[Days, days_of],
        group_by: By = GroupBy.DAY,
        accept: Annotated[str, Header(include_in_schema=False)] = "*/*",
    ) -> SummaryView | Response:
        """As JSON, or as CSV for who accepts `text/csv`."""
        view = await _view(store, days, group_by)
        return _csv(view) if _wants_csv(accept) else view

    @routes.get("/summary.csv", summary="The same as CSV", responses=_ANSWERS, response_class=Response)
    async def summary_csv(days: Annotated[Days, days_of], group_by: By = GroupBy.DAY) -> Response:
        """One line per group and one for the total."""
        return _csv(await _view(store, days, group_by))

    return routes


async def _view(store: ReportsStore, days: Days, by: GroupBy) -> SummaryView:
    counted = Summary(by)
    begun = {"fact.begun_at": {"$gte": days.begin, "$lt": days.end}}
    async for page in store.facts.stream(begun):
        counted.add(document.fact for document in page)
    groups = counted.groups(await _names(store, by))
    return SummaryView(first=days.first, last=days.last, group_by=by, total=counted.total(), groups=groups)


async def _names(store: ReportsStore, by: GroupBy) -> Callable[[str], str | None]:
    match by:
        case GroupBy.CENTRE:
            return (await store.centre_names()).get
        case GroupBy.PROVINCE:
            return _province_name
        case _:
            return lambda _: None


def _province_name(code: str) -> str | None:
    province = places.province(code)
    return province.name if province else None


def _csv(view: SummaryView) -> Response:
    name = f"summary-{view.group_by}-{view.first}-{view.last}.csv"
    text = as_csv(view.total, view.groups, view.group_by)
    return Response(text, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media_type=_CSV)


def _wants_csv(accept: str) -> bool:
    return any(part.partition(";")[0].strip().lower() == _CSV for part in accept.split(","))
