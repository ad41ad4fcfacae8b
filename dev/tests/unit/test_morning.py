from datetime import timedelta

from dev.demo.morning import ENDS, OPENS, Morning, plan
from legalaid.events.people import Facts, Wishes
from legalaid.vietnam import phones, places, units


def _plan() -> Morning:
    return plan(7, 400)


def test_the_same_seed_plays_the_same_morning() -> None:
    assert plan(7, 400) == plan(7, 400)
    assert plan(7, 50) != plan(8, 50)


def test_it_has_as_many_requests_as_were_asked_for_each_with_its_own_key() -> None:
    morning = _plan()
    assert len(morning.asks) == len({ask.key for ask in morning.asks}) == 400


def test_everybody_lives_in_the_pilot_and_has_a_number_that_exists() -> None:
    for ask in _plan().asks:
        phones.parse(ask.body["person"]["phone"])
        residence = ask.body["residence"]
        if "commune_code" in residence:
            assert units.communes()[residence["commune_code"]].province == residence["province_code"]


def test_most_old_names_can_be_read_and_a_few_places_cannot() -> None:
    told = [ask.body["residence"]["text"] for ask in _plan().asks if "text" in ask.body["residence"]]
    read = [text for text in told if places.resolve(text, None, None)]
    assert 0 < len(told) - len(read) < len(read)


def test_the_facts_and_wishes_are_ones_that_the_contract_knows() -> None:
    for ask in _plan().asks:
        Facts.model_validate({**ask.body["facts"]}, strict=False, extra="forbid")
        Wishes.model_validate(ask.body["wishes"], strict=False, extra="forbid")


def test_the_morning_has_every_kind_of_trouble() -> None:
    morning = _plan()
    assert any(ask.resends for ask in morning.asks)
    assert any(ask.amended for ask in morning.asks)
    assert any(ask.withdrawn for ask in morning.asks)
    assert any(not ask.body["wishes"]["sms"] for ask in morning.asks)
    assert any(phones.parse(ask.body["person"]["phone"]).kind is phones.PhoneKind.LANDLINE for ask in morning.asks)
    assert any(call.steps[0][0] < OPENS for call in morning.calls)
    with_request = {ask.call for ask in morning.asks}
    answered_without = [call for call in morning.calls if not call.owed and call.exchange_call_id not in with_request]
    assert answered_without, "wrong numbers"
    assert any(call.owed and call.exchange_call_id in with_request for call in morning.calls), "called back"
    assert all(timedelta(0) <= ask.at < ENDS + timedelta(hours=1) for ask in morning.asks)
