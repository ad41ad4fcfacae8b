"""The texts: versioned templates as data, rendered without accents so that they fit one segment."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from legalaid import ids
from legalaid.events.words import NoticeChannel
from legalaid.vietnam import text as spelling
from notify.rules import gsm

REFUSED = frozenset('#&%[]{}\\<>@^~|`$_"')
"""Characters that gateways or carriers in Vietnam refuse, or that cost double in GSM-7 (GSM 03.38)."""
_MOST_SEGMENTS = 3
_SHORTER = {"Trung tam Tro giup phap ly nha nuoc": "Trung tam TGPL", "Tro giup phap ly": "TGPL"}

LANGUAGE = "vie"
"""Of all texts (ISO 639-3)."""
SEVERAL = "several-requests"
"""The template of one message about several requests."""


class Template(BaseModel):
    """One text, in correct Vietnamese; what is sent is the text without accents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    text: str
    short: str
    """For where ``text`` would cost a second segment."""


@cache
def templates() -> dict[str, Template]:
    """All templates by name. Raises ``pydantic.ValidationError`` for a table that is wrong."""
    table = tomllib.loads((files("notify") / "templates.toml").read_text(encoding="utf-8"))
    return {name: Template.model_validate(entry) for name, entry in table.items()}


def render(template: str, *, receipt_code: str | None, owner: str | None) -> str:
    """What is sent: the text with the owner's name if that costs one segment, else the short one."""
    chosen, receipt = templates()[template], ids.spoken_receipt_code(receipt_code or "")
    full = _plain(chosen.text.format(receipt=receipt, owner=_shortened(owner or "")))
    if owner and segments(full) == 1 and not REFUSED & set(full):
        return full
    return _plain(chosen.short.format(receipt=receipt))


def segments(text: str) -> int:
    """How many messages a text is billed as. Raises ``ValueError`` when it is more than three."""
    if (count := len(gsm.parts(text))) > _MOST_SEGMENTS:
        raise ValueError("the text is longer than three segments")
    return count


def billed(channel: NoticeChannel, text: str) -> int:
    """How many messages a text is billed as on a channel: segments of an SMS, and one of everything else."""
    return segments(text) if channel is NoticeChannel.SMS else 1


def _shortened(owner: str) -> str:
    plain = _plain(owner)
    for long, short in _SHORTER.items():
        plain = plain.replace(long, short)
    return plain


def _plain(text: str) -> str:
    return spelling.strip_accents(text)
