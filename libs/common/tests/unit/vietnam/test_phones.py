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
        ("069 123 456", "+8469123456", PhoneKind.LANDLINE),
        ("18001233", "+8418001233", PhoneKind.OTHER),
    ],
)
def test_numbers(raw: str, e164: str, kind: PhoneKind) -> None:
    phone = parse(raw)
    assert (phone.e164, phone.kind) == (e164, kind)
    assert parse(phone.e164) == phone


@pytest.mark.parametrize(
    ("raw", "callable_back"),
    [
        ("0912 345 678", True),
        ("0559123456", True),
        ("+84 215 3825 123", True),
        ("024 3812 3456", True),
        ("18001233", False),  # toll-free: the hotline itself
        ("+84 1800 123456", False),
        ("1900 1234", False),  # premium
        ("0084 1900 545412", False),
        ("0672012345", False),  # internet telephony
        ("069 123 456", True),  # the army's or the police's network
        ("069.12345", True),
        ("+84 69 123 456", True),
        ("199 2000", False),  # universal access numbers of others
        ("0799 2000", False),
        ("+881 612 345 678", False),  # satellite
        ("+870 773 111 632", False),
        ("+856 20 5555 1234", False),  # a mobile of Laos
        ("+855 23 722 822", False),  # a landline of Cambodia
        ("00 1 415 555 2671", False),
    ],
)
def test_only_vietnamese_mobiles_and_landlines_can_be_called_back(raw: str, callable_back: bool) -> None:
    assert parse(raw).can_be_called_back is callable_back


@pytest.mark.parametrize(
    ("raw", "ordinary"),
    [
        ("0912 345 678", True),
        ("024 3812 3456", True),
        ("+856 20 5555 1234", True),  # who works in Laos asks from there
        ("+855 23 722 822", True),
        ("18001233", False),
        ("1900 1234", False),
        ("0672012345", False),
        ("+881 612 345 678", False),
        ("+870 773 111 632", False),
        ("+883 5100 12345", False),
        ("+800 1234 5678", False),
        ("+979 1 2345 6789", False),
    ],
)
def test_an_ordinary_number_is_a_mobile_or_a_landline_of_some_country(raw: str, ordinary: bool) -> None:
    assert parse(raw).is_ordinary is ordinary


@pytest.mark.parametrize("raw", ["069 1234", "069 234 5678", "069 2345 6789"])
def test_of_069_the_package_knows_numbers_of_five_and_six_digits(raw: str) -> None:
    """Where it learns more, so do we: this test then fails, and the page on intake is to be mended."""
    with pytest.raises(ValueError, match="not a valid"):
        parse(raw)


@pytest.mark.parametrize("raw", ["113", "1080", "011 234", "+888 23456789"])
def test_a_short_code_is_no_number(raw: str) -> None:
    with pytest.raises(ValueError, match="not a valid"):
        parse(raw)


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
        assert quick.can_be_called_back
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
