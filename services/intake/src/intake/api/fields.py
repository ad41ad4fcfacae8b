"""The kinds of fields that bodies are made of: strict about form, and the API's description says the same."""

import unicodedata
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt


class Body(BaseModel):
    """A JSON object in which nothing is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _composed(value: Any) -> Any:
    """One spelling for what looks the same: Vietnamese keyboards send accents composed or not."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


_NFC = BeforeValidator(_composed)

Name = Annotated[str, _NFC, Field(min_length=1, max_length=200, pattern=r"\S")]
OptionalName = Annotated[str, _NFC, Field(max_length=200)]
"""Blank is the same as absent."""
PlaceText = Annotated[str, _NFC, Field(max_length=500)]
LongText = Annotated[str, _NFC, Field(max_length=20_000)]
RawPhone = Annotated[str, Field(max_length=40)]
"""As it was dialled or told: 0912 345 678, +84 912 345 678. Blank is the same as absent."""
Year = Annotated[StrictInt, Field(ge=1900, le=2100)]
