"""Who speaks with a person who has no Vietnamese: a ladder, tried rung by rung, each with its time.

A speaker at the owner; at another centre or branch of the province, by telephone; the interpreters' lists of all
centres; a call back when a speaker is there. What a directory does not say is unknown, not "nobody".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from pydantic import ConfigDict

from legalaid.events.cases import Owner
from legalaid.events.sealed import Compartment
from legalaid.events.words import SpeakerRole
from routing.rules.compiled import Version
from routing.rules.directory import Centre, Directory
from routing.rules.law import Ladder, Rung, RungRow

VIETNAMESE: Final = "vie"
_MOST: Final = 5
"""So many of one rung are named: whoever has called five calls the next rung."""


@dataclass(frozen=True)
class Helper:
    """A centre or branch whose people speak the language, or may."""

    centre: Centre
    language: str
    """As the directory has it."""
    roles: frozenset[SpeakerRole]
    sure: bool
    """False where one of the two is a macrolanguage: ask which language of it."""


@dataclass(frozen=True)
class RungPlan:
    """A rung of the ladder, and who can be asked there; nobody where the directory does not say."""

    row: RungRow
    helpers: tuple[Helper, ...] = ()


def plan(
    language: str,
    owner: Owner,
    province: str | None,
    ladder: Ladder,
    directory: Directory,
    on: date,
    *,
    most: int | None = _MOST,
) -> tuple[RungPlan, ...]:
    """The ladder for a case of that owner, which lies in ``province``; empty for Vietnamese.

    Each rung names ``most`` of those who can be asked, the nearest first; None: all.
    """
    if language == VIETNAMESE:
        return ()
    home = directory.find(owner.code, on)
    helpers = list(_helpers(language, ladder.members(on), directory.speaking(on)))
    helpers.sort(key=lambda helper: (not helper.sure, *_distance(helper.centre, home, province), helper.language))
    return tuple(RungPlan(row, tuple(_on(row.code, helpers, home, province))[:most]) for row in ladder.on(on))


def understands(asked: str, spoken: str, members: Mapping[str, frozenset[str]]) -> bool | None:
    """Whether who speaks ``spoken`` speaks ``asked``: surely, perhaps (False), or not as far as is known (None)."""
    if asked == spoken:
        return asked not in members
    is_kin = asked in members.get(spoken, ()) or spoken in members.get(asked, ())
    return False if is_kin else None


def _helpers(asked: str, members: Mapping[str, frozenset[str]], centres: Iterable[Centre]) -> Iterator[Helper]:
    for centre in centres:
        roles: dict[str, set[SpeakerRole]] = {}
        for spoken in centre.details.languages if centre.details else ():
            roles.setdefault(spoken.language, set()).add(spoken.role)
        for language, by in roles.items():
            sure = understands(asked, language, members)
            if sure is not None:
                yield Helper(centre, language, frozenset(by), sure)


def _on(rung: Rung, helpers: Iterable[Helper], home: Centre | None, province: str | None) -> Iterator[Helper]:
    """Those of one rung. Interpreters have to be asked first, those of the owner too."""
    for helper in helpers:
        speaks = bool(helper.roles - {SpeakerRole.INTERPRETER})
        is_owner = home is not None and helper.centre.code == home.code
        is_near = helper.centre.province == province and not is_owner
        if {
            Rung.OWNER: speaks and is_owner,
            Rung.NEIGHBOUR: speaks and is_near,
            Rung.INTERPRETER: SpeakerRole.INTERPRETER in helper.roles,
            Rung.CALL_BACK: True,
        }[rung]:
            yield helper


def _distance(centre: Centre, home: Centre | None, province: str | None) -> tuple[int, str]:
    """The owner, its own centre and branches, the province, the country; by code."""
    kin = {home.code, home.parent} - {None} if home else set[str | None]()
    ranks = (home is not None and centre.code == home.code, bool({centre.code, centre.parent} & kin))
    near = centre.province == province
    return next((rank for rank, holds in enumerate((*ranks, near)) if holds), len(ranks) + 1), centre.code


class _Part(Compartment):
    model_config = ConfigDict(frozen=True, extra="ignore")


class HelperRecord(_Part):
    """A centre or branch whose people speak the language, or may."""

    code: str
    name: str
    phone: str | None
    hours: str | None
    language: str
    roles: tuple[SpeakerRole, ...]
    sure: bool
    """False: ask which language of the group it is."""
    verified: bool
    """Whether the centre confirmed it."""


class StepRecord(_Part):
    """A rung of the ladder. Without helpers the directory does not say: it is unknown, and the next rung is tried."""

    rung: Rung
    name_vi: str
    minutes: int
    """So much open time after the case came, it must have been tried."""
    urgent_minutes: int
    """The same in an urgent case, by the clock."""
    helpers: tuple[HelperRecord, ...]


class LanguageRecord(_Part):
    """How somebody is spoken with who has no Vietnamese. Nobody is served without being understood."""

    language: str
    """ISO 639-3."""
    steps: tuple[StepRecord, ...]

    def told(self) -> str:
        """For the officer."""
        known = next((step for step in self.steps if step.helpers), None)
        if known is None:
            return (
                f"Phải có người nói tiếng {self.language}: danh bạ chưa ghi ai nói được; tìm phiên dịch, hẹn gọi lại."
            )
        who = ", ".join(helper.name for helper in known.helpers)
        ask = "" if all(helper.sure for helper in known.helpers) else " Hỏi rõ nhóm ngôn ngữ."
        return f"Phải có người nói tiếng {self.language}: {known.name_vi} ({who}).{ask}"


@lru_cache(maxsize=1024)
def record(
    language: str, owner: Owner, province: str | None, law: Version, directory: Directory, on: date
) -> LanguageRecord | None:
    """The plan, as it is kept; None where there is nothing to plan. Found once for all cases of one place and day."""
    steps = plan(language, owner, province, law.law.ladder, directory, on)
    return LanguageRecord(language=language, steps=tuple(map(_step, steps))) if steps else None


def _step(step: RungPlan) -> StepRecord:
    row = step.row
    return StepRecord(
        rung=row.code,
        name_vi=row.name_vi,
        minutes=row.minutes,
        urgent_minutes=row.urgent_minutes,
        helpers=tuple(map(_helper, step.helpers)),
    )


def _helper(helper: Helper) -> HelperRecord:
    centre, details = helper.centre, helper.centre.details
    return HelperRecord(
        code=centre.code,
        name=centre.name,
        phone=details.phone if details else None,
        hours=details.hours if details else None,
        language=helper.language,
        roles=tuple(sorted(helper.roles)),
        sure=helper.sure,
        verified=bool(details and details.verified),
    )
