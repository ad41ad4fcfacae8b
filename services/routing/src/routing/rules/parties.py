"""What two open cases have in common by the marks of who stands in them: a conflict of interest, or one matter twice.

How sure a hit is follows from how often two different people have equal marks, as measured (docs/routing.md).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

from legalaid.events.base import Place
from legalaid.events.words import PartyMark
from routing.rules.directory import DESK

CONFLICT_ARTICLE: Final = "Điều 25 khoản 3"
SAME_MATTER_ARTICLE: Final = "Điều 9 khoản 4"

_OTHER_PROVIDER: Final = MappingProxyType(
    {
        True: (
            "Một bên trong vụ việc này cũng là một bên, ở phía bên kia, trong một vụ việc chưa kết thúc của đơn vị: "
            "trình người đứng đầu cử người thực hiện khác (Điều 25 khoản 3). Không tiết lộ vụ việc kia cho ai."
        ),
        False: (
            "Có thể một bên trong vụ việc này cũng là một bên, ở phía bên kia, trong một vụ việc chưa kết thúc của "
            "đơn vị. Hỏi rõ, rồi trình người đứng đầu (Điều 25 khoản 3). Không tiết lộ vụ việc kia cho ai."
        ),
    }
)
_SAME_MATTER: Final = MappingProxyType(
    {
        True: (
            "Người này đã yêu cầu về cùng loại việc, hồ sơ chưa kết thúc{where}. Nếu là một vụ việc thì liên kết, "
            "không thụ lý hai lần (Điều 9 khoản 4, Điều 30 khoản 3 điểm d)."
        ),
        False: (
            "Có thể người này đã yêu cầu về vụ việc này, hồ sơ chưa kết thúc{where}. Hỏi rõ trước khi liên kết "
            "(Điều 9 khoản 4)."
        ),
    }
)
_ASK_OTHERS: Final = MappingProxyType(
    {
        PartyMark.NEAR: "Hỏi năm sinh của các bên.",
        PartyMark.BORN: "Hỏi nơi cư trú hoặc số điện thoại của các bên.",
        PartyMark.NUMBER: "Hỏi họ tên đầy đủ và năm sinh của các bên: có thể nhiều người dùng chung một số điện thoại.",
    }
)
_ASK_PERSON: Final = "Hỏi người yêu cầu: đã yêu cầu trợ giúp về việc này chưa, nếu có thì mã tiếp nhận nào?"


class Marked(Protocol):
    """Somebody in a matter, known by marks alone."""

    @property
    def helped(self) -> bool:
        """Whether it is the person helped; else another party."""

    @property
    def marks(self) -> frozenset[str]:
        """Of themselves: ``<PartyMark>:<key version>:<hex>``."""

    @property
    def matter(self) -> frozenset[str]:
        """Of the person helped with the field of law."""


@dataclass(frozen=True)
class Compared:
    """An open case as far as it is compared."""

    case_id: str
    parties: Sequence[Marked]
    places: frozenset[str]
    """Communes: where the person lives, and where the matter arose."""
    centre: str
    """The centre whose case it is, or whose branch's: one head answers for both."""
    owner_name: str


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class OtherProvider(_View):
    """A conflict of interest within one centre. It names neither the other case nor anybody in it."""

    certain: bool
    """False: something must be asked first."""
    article: str = CONFLICT_ARTICLE
    explanation_vi: str
    ask_vi: str | None = None


class SameMatter(_View):
    """Another open request that may be of the same person in the same matter."""

    certain: bool
    """Of the person. Whether it is one matter, a person decides."""
    case_id: str | None
    """None where it is not for this officer to see."""
    article: str = SAME_MATTER_ARTICLE
    explanation_vi: str
    ask_vi: str | None = None


class Hits(_View):
    """What a case has in common with other open cases, as they stand now."""

    other_provider: OtherProvider | None = None
    same_matter: tuple[SameMatter, ...] = ()


NO_HITS: Final = Hits()


def lookup(parties: Sequence[Marked]) -> set[str]:
    """The marks by which other cases of the same people are found."""
    return {mark for party in parties for mark in party.marks}


def compare(one: Compared, others: Collection[Compared], seen: Collection[str]) -> Hits:
    """The hits of ``one``, for an officer who may see the cases whose ids are in ``seen``. Their order is by id."""
    ordered = sorted((other for other in others if other.case_id != one.case_id), key=lambda other: other.case_id)
    rivals = [other for other in ordered if other.centre == one.centre != DESK.code]
    conflicts = [kinds for other in rivals for kinds in _opposed(one, other)]
    matters = [hit for other in ordered if (hit := _same_matter(one, other, is_seen=other.case_id in seen)) is not None]
    return Hits(other_provider=_other_provider(conflicts), same_matter=tuple(dict.fromkeys(matters)))


def _opposed(one: Compared, other: Compared) -> Iterator[frozenset[PartyMark]]:
    """By what a party of the one stands on the other side of the other.

    What both sides of one case have, such as the telephone of a house, tells nobody apart.
    """
    told = _of_both_sides(one) | _of_both_sides(other)
    for mine in one.parties:
        for theirs in other.parties:
            if mine.helped != theirs.helped and (kinds := _in_common(mine, theirs, told)):
                yield kinds


def _other_provider(conflicts: Collection[frozenset[PartyMark]]) -> OtherProvider | None:
    if not conflicts:
        return None
    certain = any(map(_is_certain, conflicts))
    [kind, *_] = (kind for kind in _ASK_OTHERS if any(kind in kinds for kinds in conflicts))
    return OtherProvider(
        certain=certain, explanation_vi=_OTHER_PROVIDER[certain], ask_vi=None if certain else _ASK_OTHERS[kind]
    )


def _same_matter(one: Compared, other: Compared, *, is_seen: bool) -> SameMatter | None:
    person, third = (_of_pairs(one, other, helped=side) for side in (True, False))
    helped = list(_pairs(one, other, helped=True))
    same_field = any(mine.matter & theirs.matter for mine, theirs in helped)
    # of two neighbours at one telephone, a quarrel of one kind each tells nothing
    same_kind = same_field and one.places & other.places and not any(_are_two(*pair) for pair in helped)
    if not person or not (third or same_kind):
        return None
    certain = _is_certain(person) and same_field
    where = "" if is_seen else f" tại {other.owner_name}" if certain else " ở đơn vị khác"
    return SameMatter(
        certain=certain,
        case_id=other.case_id if is_seen else None,
        explanation_vi=_SAME_MATTER[certain].format(where=where),
        ask_vi=None if certain else _ASK_PERSON,
    )


def _of_pairs(one: Compared, other: Compared, *, helped: bool) -> frozenset[PartyMark]:
    return frozenset().union(*(_in_common(*pair, frozenset()) for pair in _pairs(one, other, helped=helped)))


def _pairs(one: Compared, other: Compared, *, helped: bool) -> Iterator[tuple[Marked, Marked]]:
    """Everybody of that side in the one with everybody of that side in the other."""
    mine, theirs = ([party for party in case.parties if party.helped is helped] for case in (one, other))
    return product(mine, theirs)


def _in_common(one: Marked, other: Marked, told: frozenset[str]) -> frozenset[PartyMark]:
    """What is equal of two parties, without the marks in ``told``, which tell nothing."""
    kinds = {_kind(mark) for mark in (one.marks & other.marks) - told}
    return frozenset(kinds - {PartyMark.NEAR} if _are_two(one, other) else kinds)


def _are_two(one: Marked, other: Marked) -> bool:
    """Whether name and birth year are known of both and differ, as far as one key marked them."""
    mine, theirs = _born(one), _born(other)
    return bool({mark.split(":")[1] for mark in mine} & {mark.split(":")[1] for mark in theirs}) and not mine & theirs


def _is_certain(kinds: frozenset[PartyMark]) -> bool:
    """Two of them: fewer than one person in a hundred shares that with anybody else of a busy centre."""
    return len(kinds) > 1


def _of_both_sides(case: Compared) -> frozenset[str]:
    """The marks that both sides of a case have."""
    helped, others = (
        {mark for party in case.parties if party.helped is side for mark in party.marks} for side in (True, False)
    )
    return frozenset(helped & others)


def _born(party: Marked) -> set[str]:
    return {mark for mark in party.marks if _kind(mark) is PartyMark.BORN}


def _kind(mark: str) -> PartyMark:
    return PartyMark(mark.partition(":")[0])


def places(*known: Place | None) -> frozenset[str]:
    """Their communes."""
    return frozenset(place.commune for place in known if place and place.commune)
