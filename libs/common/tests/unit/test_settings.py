from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from legalaid.settings import ConsumerSettings, ServiceSettings


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
