"""The rows of providers: each with its source, one for a day, and what an installation says otherwise."""

from datetime import date
from decimal import Decimal

import pytest

from notify.settings import GatewaySettings, NotifySettings
from notify.tables.providers import known, rows

TODAY = date(2026, 11, 23)


def test_each_row_says_where_it_is_from_and_until_when() -> None:
    assert all(row.source and row.valid_from for row in rows())
    for row in rows():
        rivals = [each for each in rows() if each.provider == row.provider and each is not row]
        assert not any(each.valid_from <= row.valid_from <= (each.valid_to or date.max) for each in rivals)


def test_a_provider_has_its_own_row_or_its_kinds() -> None:
    assert known("esms", "esms", TODAY).price_vnd == Decimal(520)
    assert known("ministry", "esms", TODAY).price_vnd == Decimal(520)
    assert known("ministry", "esms", TODAY).name == "ministry"
    assert known("other", "unheard", TODAY).share == 1
    assert known("esms", "esms", date(2020, 1, 1)).price_vnd == 0


def test_one_gateway_is_a_provider_named_after_its_kind() -> None:
    assert list(NotifySettings(auth={"jwks_url": "https://id.example/keys"}).providers) == ["simulated"]


def test_several_are_named_by_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_GATEWAYS__ESMS__KIND", "esms")
    monkeypatch.setenv("LEGALAID_GATEWAYS__SECOND__KIND", "simulated")
    monkeypatch.setenv("LEGALAID_GATEWAYS__SECOND__DAILY_CAP_VND", "100000")
    found = NotifySettings().providers
    assert {name: each.kind for name, each in found.items()} == {"esms": "esms", "second": "simulated"}
    assert found["second"].daily_cap_vnd == 100_000


def test_a_lease_outlives_a_call_at_the_slowest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_GATEWAYS__SLOW__TIMEOUT_SECONDS", "20")
    with pytest.raises(ValueError, match="lease_seconds"):
        NotifySettings(gateway=GatewaySettings())
