"""Which papers prove a category, and that none of them is a condition of being heard."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from routing.rules.law import Law, PapersRow


class Papers(BaseModel):
    """What proves one category: any one of the ways. A way has groups, of each of which one paper is needed."""

    model_config = ConfigDict(frozen=True)

    category: str
    name_vi: str
    reading: str | None
    """The only reading of the law for which they are; None: for every one."""
    ways: tuple[tuple[tuple[str, ...], ...], ...]
    article: str
    source: str
    verified: bool
    """Whether the text that asks for them was read."""
    text_vi: str
    """The ways as one sentence, to be read to somebody."""


class Proof(BaseModel):
    """The papers of a person's categories, and what is said whatever the category."""

    model_config = ConfigDict(frozen=True)

    papers: tuple[Papers, ...]
    """In the order of the categories. One for which the tables of that day name no papers is not there."""
    notices_vi: tuple[str, ...]
    """That the person is heard without any paper, and what helps who lost theirs."""


class CategoryLike(Protocol):
    """A category, as a row or as a record of one."""

    @property
    def code(self) -> str: ...  # noqa: D102 - the names say it

    @property
    def name_vi(self) -> str: ...  # noqa: D102

    @property
    def reading(self) -> str | None: ...  # noqa: D102


def proof(law: Law, categories: Iterable[CategoryLike], on: date) -> Proof:
    """The papers of these categories, by the tables of ``on``."""
    rows = {(row.category, row.reading): row for row in law.proof.papers if row.is_in_force(on)}
    found = ((category, rows.get((category.code, category.reading))) for category in categories)
    return Proof(
        papers=tuple(_papers(law, category, row) for category, row in found if row is not None),
        notices_vi=tuple(f"{row.text_vi} ({row.article})" for row in law.proof.notices if row.is_in_force(on)),
    )


def _papers(law: Law, category: CategoryLike, row: PapersRow) -> Papers:
    ways = tuple(tuple(law.proof.kinds[kind] for kind in way) for way in row.ways)
    return Papers(
        category=category.code,
        name_vi=category.name_vi,
        reading=category.reading,
        ways=ways,
        article=row.article,
        source=row.source,
        verified=row.verified,
        text_vi=_sentence(ways),
    )


def _sentence(ways: Iterable[tuple[tuple[str, ...], ...]]) -> str:
    """A or B; another way: C together with D."""
    return "; cách khác: ".join(" cùng với ".join(_one_of(group, way) for group in way) for way in ways) + "."


def _one_of(papers: tuple[str, ...], way: tuple[tuple[str, ...], ...]) -> str:
    either = " hoặc ".join(papers)
    return f"({either})" if len(papers) > 1 and len(way) > 1 else either
