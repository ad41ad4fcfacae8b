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
