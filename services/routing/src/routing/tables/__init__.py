"""Reads the tables of law and the directory of centres from files, and refuses tables that are not whole."""

import csv
import tomllib
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from legalaid.vietnam import places
from routing.rules import deadlines
from routing.rules.law import Dated, Deadline, DeadlineKind, Law
from routing.tables.centres import load_directory
from routing.tables.reading import digest, read

__all__ = ["load_directory", "load_law"]

_LAW_FILES: Final = (
    "article-7.toml",
    "later-laws.toml",
    "deadlines.toml",
    "questions.toml",
    "areas.csv",
    "papers.toml",
    "languages.toml",
    "immediate.toml",
)
_OPTIONAL: Final = frozenset({"areas.csv", "papers.toml", "languages.toml", "immediate.toml"})
"""Where an own folder has none of these, the one shipped holds: it is of a time before there was such a table."""
_LAW_BEGAN: Final = date(2018, 1, 1)
"""The first day of the Law on Legal Aid 11/2017/QH14."""


def load_law(folder: Path | None, today: date) -> Law:
    """The tables in ``folder``, or those shipped.

    Raises ``ValueError`` for a row that is wrong or says no source, a fact that a row asks for and no question does, a
    day without scope or hardship or with two, a reading that no table names, a commune with two areas on one day or
    that does not exist, papers of a kind that is not listed, or a deadline that is missing ``today``, that stands there
    twice, or that serves none of law.
    """
    texts = [_law_text(folder, name) for name in _LAW_FILES]
    article_7, later, limits, questions = (_toml(name, text) for name, text in zip(_LAW_FILES, texts[:4], strict=False))
    at_once = _toml("immediate.toml", texts[7])
    try:
        law = Law(
            ruleset=f"{article_7.pop('version')}-{digest(texts)}",
            scope=_rows(article_7.pop("scope")),
            hardship=_rows(article_7.pop("hardship")),
            categories=(*article_7.pop("category"), *later.pop("category")),
            readings=later.pop("reading", ()),
            areas=_areas(texts[4]),
            deadlines=_deadlines(limits.pop("deadline")),
            grounds=at_once.pop("ground"),
            proof=_proof(_toml("papers.toml", texts[5])),
            ladder=_ladder(_toml("languages.toml", texts[6])),
            effort=questions.pop("effort", {}),
            questions=questions.pop("claims") | questions,
        )
    except (KeyError, ValidationError) as error:
        message = f"the tables of law are not whole: {error}"
        raise ValueError(message) from None
    if unread := article_7 | later | limits | at_once:
        message = f"nobody reads {', '.join(unread)} in the tables of law"
        raise ValueError(message)
    if unasked := law.facts - law.questions.keys():
        message = f"questions.toml has no question for {', '.join(sorted(unasked))}"
        raise ValueError(message)
    for name in ("scope", "hardship"):
        _check_days(name, getattr(law, name))
    _check_deadlines(law.deadlines, {ground.appoint for ground in law.grounds})
    named = {category.reading for category in law.categories} - {None}
    if unknown := named - {reading.code for reading in law.readings}:
        message = f"no [[reading]] is named {', '.join(sorted(map(str, unknown)))}"
        raise ValueError(message)
    try:
        deadlines.check(law, today)
    except LookupError as error:
        raise ValueError(str(error)) from None
    return law


def _ladder(table: dict[str, Any]) -> dict[str, Any]:
    return {"rungs": table.pop("rung", ()), "macrolanguages": table.pop("macrolanguage", ())} | table


def _law_text(folder: Path | None, name: str) -> str:
    shipped = files("routing.tables") / "law"
    if folder is None or (name in _OPTIONAL and not (folder / name).exists()):
        return read(shipped, name)
    return read(folder, name)


def _areas(text: str) -> dict[str, list[dict[str, Any]]]:
    """The rows by commune. The name is for whoever reads the table."""
    areas: dict[str, list[dict[str, Any]]] = {}
    for row in csv.DictReader(text.splitlines()):
        row.pop("name")
        unit = places.commune(row["commune"])
        if unit is None or unit.code != row["commune"]:
            message = f"areas.csv: {row['commune']} is no commune of today"
            raise ValueError(message)
        areas.setdefault(row["commune"], []).append({**row, "valid_to": row["valid_to"] or None})
    for commune, rows in areas.items():
        ends = sorted((row["valid_from"], row["valid_to"] or "9999") for row in rows)
        if any(later <= ended for (_, ended), (later, _) in pairwise(ends)):
            message = f"areas.csv: {commune} has two areas on one day"
            raise ValueError(message)
    return areas


_FORMER: Final = {
    "REVIEW": "REVIEW",
    "URGENT": "URGENT",
    "ASK_PERSON": "ASK_PERSON",
    "CONFIRM_NOT_ELIGIBLE": "CONFIRM_NOT_ELIGIBLE",
    "FIND_CENTRE": "FIND_CENTRE",
    "APPOINT_PROVIDER": "APPOINT_PROVIDER",
    "APPOINT_PROVIDER_URGENT": "APPOINT_PROVIDER_ARRESTED_HELD",
}
"""The deadlines of the former table, and what they are called today: twelve hours were always for the arrested."""


def _deadlines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Before the law's own limits stood in the table it had our standards alone; a folder of that time goes on.

    Its rows have no kind. What it could not have yet is as in the table shipped.
    """
    if any("kind" in row for row in rows):
        return rows
    shipped = _toml("deadlines.toml", read(files("routing.tables") / "law", "deadlines.toml"))["deadline"]
    today = {row["code"]: row for row in shipped}
    old = [{**row, "code": _FORMER.get(row["code"], row["code"]), "source": row["basis"]} for row in rows]
    told = ("kind", "start", "serves")
    of_today = [{name: today[row["code"]].get(name) for name in told} if row["code"] in today else {} for row in old]
    since = [row for row in shipped if row["code"] not in _FORMER.values()]
    return [more | row for more, row in zip(of_today, old, strict=True)] + since


def _check_deadlines(rows: Sequence[Deadline], named: Collection[str]) -> None:
    """Raises ``ValueError`` for a row that serves none of the law, or that is in force beside one of its code.

    ``named`` are the standards that another table names.
    """
    of = {kind: {row.code for row in rows if row.kind is kind} for kind in DeadlineKind}
    served = {row.serves for row in rows if row.serves} - of[DeadlineKind.LEGAL]
    if unknown := served | (set(named) - of[DeadlineKind.SERVICE]):
        message = f"deadlines.toml has no row {', '.join(sorted(unknown))} of the kind that is meant"
        raise ValueError(message)
    for one, next_ in pairwise(sorted(rows, key=lambda row: (row.code, row.valid_from))):
        if one.code == next_.code and (one.valid_to is None or next_.valid_from <= one.valid_to):
            message = f"deadlines.toml: {one.code} stands there twice on {next_.valid_from}"
            raise ValueError(message)


def _proof(papers: dict[str, Any]) -> dict[str, Any]:
    """The table of papers, whose notices are ``[[notice]]`` each."""
    return papers | {"notices": papers.pop("notice", ())}


def _rows(table: Any) -> Any:
    """Before these rows had dates there was one of each, as the law began; a folder of that time goes on."""
    return [{"valid_from": _LAW_BEGAN, **table}] if isinstance(table, dict) else table


def _check_days(name: str, rows: Sequence[Dated]) -> None:
    """Raises ``ValueError`` unless one row, and no other, is in force on each day since the law began."""
    due = _LAW_BEGAN
    for row in sorted(rows, key=lambda row: row.valid_from):
        if row.valid_from != due:
            message = f"not one row of {name} is in force on {min(due, row.valid_from)}, but none or two"
            raise ValueError(message)
        due = row.valid_to + timedelta(days=1) if row.valid_to else date.max
    if due != date.max:
        message = f"no row of {name} is in force on {due}"
        raise ValueError(message)


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}"
        raise ValueError(message) from None
