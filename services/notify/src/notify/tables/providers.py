"""The rows of ``providers.toml``: what is known of each provider, until an installation says otherwise."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from notify.rules.providers import PriceUnit, Provider


class ProviderRow(BaseModel):
    """One provider for some days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    share: float = Field(ge=0)
    carriers: frozenset[str] | None = None
    templates: frozenset[str] | None = None
    price_vnd: Decimal = Field(ge=0)
    unit: PriceUnit
    daily_cap_vnd: Decimal | None = Field(default=None, gt=0)
    valid_from: date
    valid_to: date | None = None
    source: str = Field(min_length=1)
    verified: bool

    def named(self, name: str) -> Provider:
        """As the rules want it, under the name that the installation gives it."""
        return Provider(
            name=name,
            share=self.share,
            carriers=self.carriers,
            templates=self.templates,
            price_vnd=self.price_vnd,
            unit=self.unit,
            daily_cap_vnd=self.daily_cap_vnd,
            from_day=self.valid_from,
            to_day=self.valid_to or date.max,
        )


@cache
def rows() -> tuple[ProviderRow, ...]:
    """All rows. Raises ``pydantic.ValidationError`` for a table that is wrong."""
    table = tomllib.loads((files("notify") / "providers.toml").read_text(encoding="utf-8"))
    return tuple(ProviderRow.model_validate(row) for row in table["rows"])


def known(name: str, kind: str, on: date) -> Provider:
    """What holds of the provider ``name`` on a day: its own row, or its kind's; without any, that it is one of many."""
    for wanted in (name, kind):
        for row in rows():
            if row.provider == wanted and row.valid_from <= on <= (row.valid_to or date.max):
                return row.named(name)
    return Provider(name, share=1)
