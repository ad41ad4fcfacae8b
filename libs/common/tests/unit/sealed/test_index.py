"""Marks are equal for equal values of one purpose under one key, and only then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from legalaid.sealed import BlindIndex, NotEntitledError, new_settings
from legalaid.settings import KeyringSettings

OLD, NEW = new_settings("1"), new_settings("2")
INDEX = BlindIndex(OLD)


@given(one=st.binary(max_size=20), other=st.binary(max_size=20))
def test_equal_for_equal_values_only(one: bytes, other: bytes) -> None:
    assert (INDEX.mark("phone", one) == INDEX.mark("phone", other)) == (one == other)
    assert INDEX.matches(INDEX.mark("phone", one), "phone", other) == (one == other)


@given(value=st.binary(max_size=20))
def test_purposes_and_keys_do_not_meet(value: bytes) -> None:
    assert not INDEX.matches(INDEX.mark("phone", value), "body", value)
    assert INDEX.mark("phone", value) != BlindIndex(new_settings()).mark("phone", value)


def test_marks_of_an_older_key_are_still_found() -> None:
    both = KeyringSettings(index=SecretStr(f"{NEW.index.get_secret_value()},{OLD.index.get_secret_value()}"))
    old = INDEX.mark("phone", b"x")
    assert BlindIndex(both).matches(old, "phone", b"x")
    assert BlindIndex(both).mark("phone", b"x").startswith("2:")
    assert BlindIndex(both).marks("phone", b"x")[1] == old
    with pytest.raises(NotEntitledError):
        BlindIndex(NEW).matches(old, "phone", b"x")


def test_a_mark_shows_nothing_of_the_number() -> None:
    assert "912345678" not in INDEX.mark("phone", b"+84912345678")


def test_without_a_key_there_are_no_marks() -> None:
    with pytest.raises(NotEntitledError):
        BlindIndex(KeyringSettings()).mark("phone", b"x")
