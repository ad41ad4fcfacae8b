import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.vietnam import phones
from legalaid.vietnam.phones import PhoneKind, parse


@pytest.mark.parametrize(
    ("raw", "e164", "kind"),
    [
        ("0912 345 678", "+84912345678", PhoneKind.MOBILE),
        ("+84 912.345.678", "+84912345678", PhoneKind.MOBILE),
        ("0084912345678", "+84912345678", PhoneKind.MOBILE),
        ("0876543210", "+84876543210", PhoneKind.MOBILE),  # 087 and 055 are often missed
        ("0559123456", "+84559123456", PhoneKind.MOBILE),
        ("0215 3825 123", "+842153825123", PhoneKind.LANDLINE),
        ("0214 3840 123", "+842143840123", PhoneKind.LANDLINE),
        ("18001233", "+8418001233", PhoneKind.OTHER),
    ],
)
def test_numbers(raw: str, e164: str, kind: PhoneKind) -> None:
    phone = parse(raw)
    assert (phone.e164, phone.kind) == (e164, kind)
    assert parse(phone.e164) == phone


@pytest.mark.parametrize("raw", ["", "abc", "0123", "09123456789999", "0912345678 ext 5"])
def test_a_wrong_number_is_refused_without_repeating_it(raw: str) -> None:
    with pytest.raises(ValueError, match="not a") as error:
        parse(raw)
    assert not raw or raw not in str(error.value)
    assert error.value.__cause__ is None


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_value_error(raw: str) -> None:
    try:
        phone = parse(raw)
    except ValueError:
        return
    assert phone.e164.startswith("+")


@given(st.from_regex(phones._MOBILE, fullmatch=True), st.lists(st.sampled_from(["", " ", ".", "  "]), min_size=15))
def test_the_quick_way_reads_mobiles_as_the_package_does(number: str, gaps: list[str]) -> None:
    raw = "".join(gap + digit for gap, digit in zip(gaps, number, strict=False))
    with pytest.MonkeyPatch.context() as patched:
        quick = parse(raw)
        patched.setattr(phones, "_MOBILE", re.compile(r"(?!)"))
        assert parse(raw) == quick


@given(st.text(alphabet="0123456789 .+٣", max_size=14))
def test_the_quick_way_takes_nothing_that_the_package_refuses(raw: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(phones, "_MOBILE", re.compile(r"(?!)"))
        try:
            slow = parse(raw)
        except ValueError:
            slow = None
    try:
        quick = parse(raw)
    except ValueError:
        quick = None
    assert quick == slow
