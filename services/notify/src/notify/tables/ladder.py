"""The rows of ``ladder.toml``."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from legalaid.events.words import NoticeChannel
from notify.rules.ladder import ChannelRung, Urgency


class ChannelRungRow(BaseModel):
    """One rung, with where it is from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urgency: Urgency
    channel: NoticeChannel
    proof_within_minutes: float | None = Field(default=None, gt=0)
    beside: bool = False
    source: str = Field(min_length=1)
    verified: bool

    def rung(self) -> ChannelRung:
        """As the rules want it."""
        minutes = self.proof_within_minutes
        return ChannelRung(self.channel, None if minutes is None else timedelta(minutes=minutes), self.beside)


@cache
def rungs() -> Mapping[Urgency, tuple[ChannelRung, ...]]:
    """The ladders, each from above. Raises ``pydantic.ValidationError`` for a table that is wrong."""
    table = tomllib.loads((files("notify") / "ladder.toml").read_text(encoding="utf-8"))
    rows = [ChannelRungRow.model_validate(row) for row in table["rungs"]]
    return {urgency: tuple(row.rung() for row in rows if row.urgency is urgency) for urgency in Urgency}
