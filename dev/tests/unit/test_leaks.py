"""A search that finds nothing proves something only if it can find."""

import base64
import json
import random
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

import pytest
from pydantic import BaseModel, Field

from dev.look.leaks import Plants
from dev.look.planting import Planting
from legalaid.vietnam.text import strip_accents


@pytest.mark.parametrize(
    "written",
    [
        str,
        str.upper,
        strip_accents,
        quote,
        json.dumps,
        lambda word: unicodedata.normalize("NFD", word),
        lambda word: f"ab{word}c".encode(),
        lambda word: word.encode().hex(),
        lambda word: base64.b64encode(f"x{word}yz".encode()),
        lambda word: base64.urlsafe_b64encode(f"xy{word}".encode()),
        lambda word: {"a": [1, {"b": {word: None}}]},
    ],
)
def test_a_word_is_found_however_it_is_written(written: Callable[[str], Any]) -> None:
    plants = Plants(random.Random(1))
    plants.word("name")
    word = plants.word("story")
    assert plants.found_in(written(word)) == ["story"]


@pytest.mark.parametrize(
    "written", ["0912 738 465", "+84912738465", "84-912.738.465", b"(0)912/738-465", base64.b64encode(b"to 912738465.")]
)
def test_a_number_is_found_however_it_is_written(written: Any) -> None:
    plants = Plants(random.Random(1))
    plants.number("phone", "0912 738 465")
    assert plants.found_in({"x": written}) == ["phone"]
    assert plants.found_in("0912 738 466, 91 and 2738465") == []


class Asked(BaseModel):
    phone: Annotated[str, Field(max_length=40)] | None = None
    school: Annotated[str, Field(max_length=200)] | None = None
    others: list[str] = []
    asks: Literal["NOW", "LATER"] = "NOW"
    urgent: bool = False


class Outer(BaseModel):
    inner: Asked
    born: date


def test_every_field_that_takes_words_is_planted_without_being_named() -> None:
    one = Planting(Plants(random.Random(1)), "one", {"born": "1987-03-19", "inner.school": "trường {}, lớp 7"})
    body = one.body(Outer)
    Outer.model_validate(body)
    assert one.planted() == {"one.inner.phone", "one.inner.school", "one.inner.others"}
    assert set(one.plants.found_in(body)) == one.planted()
    assert body["inner"]["school"].startswith("trường ")
    assert set(body["inner"]) == {"phone", "school", "others"}


def test_a_field_of_a_fixed_form_must_be_spoken_of() -> None:
    with pytest.raises(LookupError, match="born"):
        Planting(Plants(random.Random(1)), "one", {}).body(Outer)
