from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from legalaid.settings import AuthSettings, ConsumerSettings, ServiceSettings


class Patient(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="LEGALAID_")

    consumer: ConsumerSettings = ConsumerSettings(gather_seconds=0.5)


def test_one_variable_of_a_group_leaves_the_services_other_defaults_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_CONSUMER__BATCH_RECORDS", "7")
    read = Patient.load().consumer
    assert (read.batch_records, read.gather_seconds) == (7, 0.5)


def test_a_file_stands_for_the_variable_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FromFiles(ServiceSettings):
        model_config = SettingsConfigDict(secrets_dir=tmp_path)

    monkeypatch.setenv("LEGALAID_KEYRING__FACTS", "1:from-the-environment")
    monkeypatch.setenv("LEGALAID_MONGO__PREFIX", "test-")
    (tmp_path / "LEGALAID_KEYRING__CONTACT").write_text("2:new,1:old\n")
    (tmp_path / "LEGALAID_KEYRING__FACTS").write_text("1:from-the-file")
    (tmp_path / "LEGALAID_MONGO__URL").write_text("mongodb://intake:secret@mongo")
    (tmp_path / "something-else").write_text("is nobody's setting")
    read = FromFiles.load()
    assert read.keyring.contact.get_secret_value() == "2:new,1:old"
    assert read.keyring.facts.get_secret_value() == "1:from-the-environment"
    assert (read.mongo.url.get_secret_value(), read.mongo.prefix) == ("mongodb://intake:secret@mongo", "test-")


def test_no_folder_of_secrets_is_no_trouble(tmp_path: Path) -> None:
    class Without(ServiceSettings):
        model_config = SettingsConfigDict(secrets_dir=tmp_path / "none")

    assert Without.load().keyring.contact.get_secret_value() == ""


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"jwks_url": "https://id.example/jwks", "jwks_file": Path("jwks.json")},
            "JWKS_URL or LEGALAID_AUTH__JWKS_FILE",
        ),
        ({"jwks_url": "http://id.example/jwks"}, "https"),
        ({"jwks_url": "http://10.0.0.7/jwks"}, "https"),
        ({"jwks_url": "http://127.0.0.1.example/jwks"}, "https"),
        ({"jwks_url": "http://localhost@id.example/jwks"}, "https"),
        ({"jwks_url": "file:///etc/jwks"}, "https"),
        ({"jwks_url": "id.example/jwks"}, "https"),
        ({"jwks_url": "https:///jwks"}, "https"),
        ({"jwks_url": "http://[::1/jwks"}, "IPv6"),
    ],
)
def test_keys_of_tokens_come_from_one_place_that_nobody_can_change_on_the_way(
    settings: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        AuthSettings(**settings)


@pytest.mark.parametrize(
    "url", ["https://id.example/jwks", "http://127.0.0.1:8080/jwks", "http://localhost/jwks", "http://[::1]/jwks"]
)
def test_addresses_of_keys_that_are_good(url: str) -> None:
    assert AuthSettings(jwks_url=url).jwks_url == url
