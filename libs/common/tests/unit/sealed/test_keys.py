"""Keys of a request seal and open what this process is entitled to, and show nothing of themselves."""

import logging
import traceback
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from legalaid import ids
from legalaid.events import people, words
from legalaid.events.sealed import Compartment, Sealed
from legalaid.sealed import COMPARTMENTS, Keys, NotEntitledError, SealError, new_settings
from legalaid.sealed.keys import KeyEncryptionKeys, WrappedKey, parse_keys
from legalaid.settings import KeyringSettings

SETTINGS = new_settings()
KEKS = KeyEncryptionKeys(SETTINGS)

short = st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)
phones = st.from_regex(r"\+84[1-9][0-9]{8}", fullmatch=True)
answers = st.sampled_from(words.Answer)
times = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
contacts = st.builds(
    people.Contact,
    person=st.builds(people.Person, name=st.none() | short, phone=st.none() | phones, needs_interpreter=st.booleans()),
    applicant=st.none() | st.builds(people.Applicant, name=short, phone=st.none() | phones, relation=st.none() | short),
    wishes=st.builds(people.Wishes, sms=st.booleans(), speak_to=st.sampled_from(words.Speaker)),
    consent=st.none()
    | st.builds(
        people.Consent,
        purposes=st.frozensets(st.sampled_from(words.Purpose)),
        given_by=st.sampled_from(words.Speaker),
        at=times,
        text_version=short,
        evidence=short,
    ),
)
facts = st.builds(
    people.Facts,
    sex=st.sampled_from(words.Sex),
    birth_date=st.none() | st.dates(min_value=date(1900, 1, 1)),
    birth_year=st.none() | st.integers(1900, 2100),
    ethnicity=st.none() | st.from_regex(r"0[1-9]|[1-4][0-9]", fullmatch=True),
    claims=st.dictionaries(st.sampled_from(words.Claim), answers),
    detained=answers,
    occurred_at=st.none() | st.dates(min_value=date(1900, 1, 1)) | times,
)
stories = st.builds(people.Story, text=short, address=short, other_parties=st.lists(short, max_size=3).map(tuple))


def keys_of(owner: str, keks: KeyEncryptionKeys = KEKS) -> Keys:
    return Keys(owner, {name: KEKS.wrap(name, AESGCM.generate_key(256)) for name in COMPARTMENTS}, keks)


@given(content=contacts | facts | stories)
def test_round_trip(content: Compartment) -> None:
    keys = keys_of(ids.random_id())
    again = Keys(keys.owner, keys.wrapped, KEKS)
    box = Sealed[Any](keys.seal(content).text)  # as it comes back from a topic
    assert again.open(box, type(content)) == content


def test_the_keys_of_another_request_do_not_open() -> None:
    box = keys_of(ids.random_id()).seal(people.Story(text="x"))
    with pytest.raises(SealError):
        keys_of(ids.random_id()).open(box, people.Story)


def test_a_box_put_into_another_compartment_does_not_open() -> None:
    """Even where both compartments had one and the same data key."""
    key, owner = AESGCM.generate_key(256), ids.random_id()
    keys = Keys(owner, {name: KEKS.wrap(name, key) for name in COMPARTMENTS}, KEKS)
    box = Sealed[people.Facts](keys.seal(people.Story(text="x")).text)
    with pytest.raises(SealError):
        keys.open(box, people.Facts)


def test_content_of_another_shape_is_refused_without_being_quoted() -> None:
    class Other(Compartment):
        compartment = "story"
        secret: str = "quokka-secret"
        text: int = 7

    keys = keys_of(ids.random_id())
    with pytest.raises(SealError) as caught:
        keys.open(Sealed[people.Story](keys.seal(Other()).text), people.Story)
    assert "quokka" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("missing", COMPARTMENTS)
def test_a_service_opens_only_the_compartments_it_was_given_but_carries_all(missing: str) -> None:
    given_keys = SETTINGS.model_copy(update={missing: SecretStr("")})
    full = keys_of(ids.random_id())
    keys = Keys(full.owner, full.wrapped, KeyEncryptionKeys(given_keys))
    for content in (people.Contact(person=people.Person()), people.Facts(), people.Story()):
        box = full.seal(content)
        if content.compartment == missing:
            with pytest.raises(NotEntitledError, match=missing):
                keys.open(box, type(content))
            with pytest.raises(NotEntitledError, match=missing):
                keys.seal(content)
        else:
            assert keys.open(box, type(content)) == content


def test_a_wrapped_key_that_was_changed_is_refused() -> None:
    good = KEKS.wrap("facts", AESGCM.generate_key(256))
    for position in range(len(good.wrapped)):
        changed = bytearray(good.wrapped)
        changed[position] ^= 1
        with pytest.raises(SealError):
            KEKS.unwrap("facts", WrappedKey(good.version, bytes(changed)))
    with pytest.raises(SealError):
        KEKS.unwrap("story", good)


def test_old_versions_open_and_the_newest_wraps() -> None:
    old, new = new_settings("1"), new_settings("2")
    both = KeyringSettings(facts=SecretStr(f"{new.facts.get_secret_value()}, {old.facts.get_secret_value()}"))
    key = AESGCM.generate_key(256)
    wrapped_before = KeyEncryptionKeys(old).wrap("facts", key)
    keks = KeyEncryptionKeys(both)
    assert keks.unwrap("facts", wrapped_before) == key
    assert keks.wrap("facts", key).version == "2"
    with pytest.raises(NotEntitledError, match="version '1'"):
        KeyEncryptionKeys(new).unwrap("facts", wrapped_before)


@pytest.mark.parametrize(
    "setting",
    ["quokka", "1:quokka", ":" + "A" * 43 + "=", "1:" + "A" * 42 + "==", "1:" + "A" * 43 + "=,1:" + "B" * 43 + "="],
)
def test_a_bad_setting_is_refused_and_not_quoted(setting: str) -> None:
    with pytest.raises(ValueError, match="'facts'") as caught:
        parse_keys("facts", SecretStr(setting))
    assert setting not in str(caught.value)


def test_nothing_shows_a_key_or_a_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = AESGCM.generate_key(256)
    owner = ids.random_id()
    keys = Keys(owner, {"story": KEKS.wrap("story", key)}, KEKS, MappingProxyType({"story": key}))
    box = keys.seal(people.Story(text="quokka"))
    keys.open(box, people.Story)
    shown = [repr(keys), str(keys), repr(box), str(box), repr(KEKS), repr(SETTINGS), str(SETTINGS), caplog.text]
    for error in (
        lambda: keys.seal(people.Facts()),
        lambda: keys.open(Sealed[people.Story](box.text + "A"), people.Story),
    ):
        with pytest.raises((NotEntitledError, SealError)) as caught:
            error()
        shown.append("".join(traceback.format_exception(caught.value)))
    secrets = ["quokka", key.hex(), repr(key), *(getattr(SETTINGS, name).get_secret_value() for name in COMPARTMENTS)]
    for text in shown:
        assert not [secret for secret in secrets if secret in text]
