"""A search that finds nothing proves something only if it can find."""

import base64
import json
import random
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from dev.look.leaks import Plants
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
