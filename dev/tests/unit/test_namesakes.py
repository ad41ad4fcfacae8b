"""What counts as certain stands on the measure: docs/routing.md and ``routing.rules.parties`` say the same."""

import pytest

from dev.bench.namesakes import MEASURED, PROVINCES, measure, rates, told_of
from legalaid.sealed import Parties, Party


def of(name: str, year: int | None = None, commune: str | None = None, phone: str | None = None) -> Parties:
    return Parties(Party(name, year, phone), (), (commune,) if commune else ())


def test_who_tells_nothing_shares_nothing() -> None:
    assert told_of(of("Páo")) == {}
    assert rates([of("Páo"), of("Páo")]) == dict.fromkeys(MEASURED, 0)


def test_shares_are_of_all_people() -> None:
    one, namesake = of("Giàng A Páo", 1981, "03127"), of("PAO GIANG A", 1981, "03130")
    found = rates([one, namesake, of("Lò Văn Biên", 1981, "03127"), of("Lò Văn")])
    assert [found[kind] for kind in MEASURED] == [0.5, 0, 0.5, 0, 0]


@pytest.mark.parametrize("province", PROVINCES)
def test_only_what_is_rarely_shared_is_certain(province: str) -> None:
    """A busy centre: what asks for a question is shared by one in a hundred or more, what is certain by fewer."""
    found = measure(province, 500, draws=1)
    assert found["name"] > 0.5
    assert min(found["name, commune"], found["name, birth year"]) > 0.01
    assert found["name, birth year, commune"] < 0.01
