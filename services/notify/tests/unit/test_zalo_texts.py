"""The texts that Zalo reviews: within its limits, and as silent about the matter as an SMS is."""

import re
import unicodedata

import pytest

from legalaid.vietnam import text as spelling
from notify import texts
from notify.gateways.zalo import Registered, registered

from .test_texts import NEVER_SAID

_PARAMETER = re.compile(r"<([a-z_]+)>")
_VALUES = {"receipt_code": "1234567897", "owner": "Trung tâm Trợ giúp pháp lý nhà nước tỉnh Điện Biên"}


def test_every_text_to_people_has_one_for_zalo_of_the_same_version() -> None:
    assert {name: text.version for name, text in registered().items()} == {
        name: template.version for name, template in texts.templates().items()
    }


@pytest.mark.parametrize("text", registered().values(), ids=registered())
def test_its_limits_are_kept(text: Registered) -> None:
    filled = _PARAMETER.sub(lambda found: _VALUES[found[1]], text.text)
    assert unicodedata.is_normalized("NFC", text.title + text.text)
    assert 9 <= len(text.title) <= 65
    assert 9 <= len(filled) <= 400
    assert not re.search(r"http|www|\d{4}", text.title + text.text), "no link and no telephone number"
    assert set(_PARAMETER.findall(text.text)) == set(text.parameters) <= set(_VALUES)
    assert len(text.parameters) <= 10


@pytest.mark.parametrize("text", registered().values(), ids=registered())
def test_no_text_says_what_the_matter_is(text: Registered) -> None:
    plain = spelling.strip_accents(f"{text.title} {text.text} {' '.join(text.parameters.values())}").lower()
    words = " ".join(re.findall(r"[a-z]+", plain))
    for never in NEVER_SAID:
        assert f" {never} " not in f" {words} "


def test_nothing_is_called_verified_that_zalo_has_not_confirmed() -> None:
    assert not any(text.verified for text in registered().values())
