"""What a dashboard is made of here, before Grafana's own form: few kinds of panels, and no layout to fiddle with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict, Unpack


class Kind(StrEnum):
    """What a panel looks like; the value is the name of Grafana's plugin."""

    STAT = "stat"
    """One number, as of now."""
    LINES = "timeseries"
    """Over time."""
    BARS = "bargauge"
    """One bar for each label value, as of now."""
    TABLE = "table"
    """One row for each series, as of now."""


@dataclass(frozen=True)
class Query:
    """PromQL, and how its series are called: ``{{label}}`` is filled in."""

    expr: str
    legend: str = ""
    exemplars: bool = False
    """Show traces of single requests as dots; only for what is made of buckets that carry them."""


@dataclass(frozen=True)
class Panel:
    """One question and its answer."""

    title: str
    """In Vietnamese."""
    english: str
    """The same in English: what docs, runbooks and tests call it. Unique within a dashboard."""
    kind: Kind
    queries: tuple[Query, ...]
    unit: str
    """Grafana's id of a unit, or ``suffix:...`` with a Vietnamese word."""
    act: str
    """What to do about it, in Vietnamese: the panel's description."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What people call the values of labels: ``11`` is Điện Biên."""
    bad_from: float | None = None
    """From this value on it is red."""
    bad_below: float | None = None
    """Below this value it is red."""
    width: int = 8
    """Of the 24 columns: panels flow from left to right, and each line of them must fill the width."""
    height: int = 8
    """In Grafana's units of about 30 pixels; alike within a line."""


@dataclass(frozen=True)
class Section:
    """A row of the dashboard with a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Choice:
    """A variable: the dashboard shows one of these at a time."""

    name: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Board:
    """One dashboard. ``uid`` is its address for ever: alarms and runbooks link to it."""

    uid: str
    title: str
    english: str
    about: str
    sections: tuple[Section, ...]
    since: str = "now-6h"
    choice: Choice | None = None


class Look(TypedDict, total=False):
    """What a panel may say besides; see ``Panel``."""

    names: Mapping[str, str]
    bad_from: float
    bad_below: float
    width: int
    height: int


_STAT: Look = {"width": 6, "height": 4}


def stat(title: str, english: str, expr: str, unit: str, act: str, **look: Unpack[Look]) -> Panel:
    """A panel with one number; four to a line unless it says otherwise."""
    return Panel(title, english, Kind.STAT, (Query(expr),), unit, act, **_STAT | look)


def lines(title: str, english: str, queries: tuple[Query, ...], unit: str, act: str, **look: Unpack[Look]) -> Panel:
    """A panel over time."""
    return Panel(title, english, Kind.LINES, queries, unit, act, **look)


def bars(title: str, english: str, query: Query, unit: str, act: str, **look: Unpack[Look]) -> Panel:
    """A panel with one bar for each label value."""
    return Panel(title, english, Kind.BARS, (query,), unit, act, **look)


def table(title: str, english: str, expr: str, unit: str, act: str, **look: Unpack[Look]) -> Panel:
    """A panel with one row for each series."""
    return Panel(title, english, Kind.TABLE, (Query(expr),), unit, act, **look)
