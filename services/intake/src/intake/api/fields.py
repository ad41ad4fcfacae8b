"""The kinds of fields that bodies are made of: strict about form, and the API's description says the same."""

import re
import unicodedata
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt
from pydantic_core import PydanticCustomError


class Body(BaseModel):
    """A JSON object in which nothing is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


_LINE_BREAK: Final = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BLANKS: Final = str.maketrans("\n\t", "  ")


def _visible(value: Any) -> Any:
    """Without what cannot be seen and may reorder letters (Unicode's Cf): keyboards and copies of contacts add it."""
    if not isinstance(value, str) or value.isprintable():
        return value
    for each in set(value):
        if unicodedata.category(each) == "Cf":
            value = value.replace(each, "")
    return value


def _text(value: Any) -> Any:
    """One spelling for what looks the same: Vietnamese keyboards send accents composed or not.

    A line break is a newline. Other control characters command whatever shows them, and what they stand for cannot be
    guessed: refused.
    """
    if not isinstance(value, str):
        return value
    if value.isprintable():  # nearly all: then there is nothing to break, to drop or to refuse
        return unicodedata.normalize("NFC", value)
    text = _LINE_BREAK.sub("\n", unicodedata.normalize("NFC", _visible(value)))
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "control character")
    return text


def _line(value: Any) -> Any:
    """A text in one line."""
    text = _text(value)
    return text.translate(_BLANKS) if isinstance(text, str) else text


_LINE = BeforeValidator(_line)
_TEXT = BeforeValidator(_text)

Name = Annotated[str, _LINE, Field(min_length=1, max_length=200, pattern=r"\S")]
OptionalName = Annotated[str, _LINE, Field(max_length=200)]
"""Blank is the same as absent."""
PlaceText = Annotated[str, _TEXT, Field(max_length=500)]
LongText = Annotated[str, _TEXT, Field(max_length=20_000)]
RawPhone = Annotated[str, BeforeValidator(_visible), Field(max_length=40)]
"""As it was dialled or told: 0912 345 678, +84 912 345 678. Blank is the same as absent."""
Year = Annotated[StrictInt, Field(ge=1900, le=2100)]
