"""eSMS in its own words."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from legalaid import clock, ids
from legalaid.testing.events import AT
from notify.gateways import Gateway, Lost, NotNow, Ours, Outcome, Refused, RouteCannot, Taken

from .adapters import made
from .conftest import NUMBER, TEXT, Answer, Provider, Trouble, sms

KEYS = {"ApiKey": "key", "SecretKey": "secret-of-32-bytes-and-some-more"}


@pytest.fixture
async def esms(provider: Provider) -> AsyncIterator[Gateway]:
    gateway = made(provider, "esms")
    with clock.use(clock.FixedClock(AT + timedelta(hours=1))):
        yield gateway
    await gateway.close()


async def test_it_is_spoken_to_in_its_own_shape(provider: Provider, esms: Gateway) -> None:
    provider.answers = [(200, {"CodeResult": "100", "SMSID": "x"})]
    message = sms()
    await esms.send(message)
    (request,) = provider.requests
    assert request.line == "POST /MainService.svc/json/SendMultipleMessage_V4_post_json/"
    assert request.body == KEYS | {
        "Phone": NUMBER[1:],
        "Content": TEXT,
        "Brandname": "TGPL",
        "SmsType": "2",
        "IsUnicode": "0",
        "RequestId": message.request_id,
        "campaignid": message.request_id,
    }


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"CodeResult": 100, "SMSID": "d533459ee42b"}, Taken("d533459ee42b")),
        ({"CodeResult": "100", "SMSID": "84912345678 Nguyen"}, Taken()),
        ({"CodeResult": "124", "SendStatus": "5"}, Lost("esms-124")),
        ({"CodeResult": "99", "ErrorMessage": "84912345678"}, Refused("esms-99")),
        ({"CodeResult": "108"}, Refused("esms-108")),
        ({"error": "Invalid request"}, Ours("esms-other")),
        ({"CodeResult": "177"}, RouteCannot("esms-177")),
        ({"CodeResult": "160"}, NotNow("esms-160", timedelta(seconds=1))),
        ({"CodeResult": "84912345678"}, RouteCannot("esms-other")),
        *(
            ({"CodeResult": str(code), "SMSID": "x"}, Ours(f"esms-{code}"))
            for code in [
                "101",
                "102",
                "103",
                "104",
                "118",
                "140",
                "143",
                "146",
                "201",
                "300",
                "789",
                "790",
                "791",
                "799",
            ]
        ),
    ],
)
async def test_what_it_answers(provider: Provider, esms: Gateway, body: Any, outcome: Outcome) -> None:
    provider.answers = [(200, body)]
    assert await esms.send(sms()) == outcome


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ({}, 0),
        ({"drops_repeats": True}, 23),
        ({"repeats_known_for_hours": 48}, 47),
        ({"repeats_known_for_hours": 0.5}, 0),
        ({"repeats_known_for_hours": 12, "drops_repeats": True}, 11),
    ],
)
async def test_it_counts_as_dropping_repeats_only_where_and_as_long_as_that_was_confirmed(
    provider: Provider, said: dict[str, Any], hours: float
) -> None:
    assert made(provider, "esms", **said).repeats_known_for == timedelta(hours=hours)


def row(campaign: str, result: object = 1, status: object = 5) -> dict[str, Any]:
    """As its page shows them: results and states as numbers, though the table there calls them strings."""
    about = {"Content": TEXT, "Phone": NUMBER, "ReferenceId": "35781d6c", "SellPrice": 790.0, "SmsType": 2}
    return {"Campaign": campaign, "SendResult": result, "SendStatus": status, **about}


def listed(*rows: dict[str, Any]) -> Answer:
    return 200, {"CodeResult": "100", "CountTotal": len(rows), "SentData": list(rows)}


async def test_it_is_asked_by_the_campaign_on_every_page(provider: Provider, esms: Gateway) -> None:
    mine = ids.random_id()
    provider.answers = [listed(*(row(ids.random_id()) for _ in range(500))), listed(row("other"), row(mine))]
    assert await esms.was_taken(mine, AT) == Taken("35781d6c", Decimal("790.0"))
    first, second = provider.requests
    assert first.line == "POST /MainService.svc/json/GetSmsSentData_V2"
    span = {"From": "2026-11-23T08:55".replace("T", " ") + ":00", "To": "2026-11-23 10:05:00"}
    assert first.body == KEYS | span | {"Page": 1, "PageSize": 500, "SmsType": "2"}
    assert second.body == first.body | {"Page": 2}


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        ([(1, 5)], Taken("35781d6c", Decimal("790.0"))),
        ([("2", "7")], Taken("35781d6c", Decimal("790.0"))),
        ([(0, 1)], Taken("35781d6c", Decimal("790.0"))),
        ([(0, 5), (2, 2)], Taken("35781d6c", Decimal("790.0"))),
        ([(0, 5)], Refused("esms-failed")),
        ([(2, 4)], Refused("esms-failed")),
        ([(0, 0)], NotNow("esms-105")),
        ([], NotNow("esms-105")),
    ],
)
async def test_what_the_list_says(
    provider: Provider, esms: Gateway, results: list[tuple[object, object]], answer: Outcome
) -> None:
    """What is waiting there may yet be sent; what failed never will be; what is not listed may be listed later."""
    provider.answers = [listed(*(row("mine", result, status) for result, status in results))]
    assert await esms.was_taken("mine", AT) == answer


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([(200, {"CodeResult": "101"})], "esms-101"),
        ([(200, {"CodeResult": "105"})], "esms-105"),
        ([(200, {"CodeResult": "100", "SentData": None})], "esms-100"),
        ([(200, "<html>")], "esms-other"),
        ([(500, "")], "http-500"),
        ([Trouble.CUT], "ServerDisconnectedError"),
        ([listed(*[row("other")] * 500), (503, "")], "http-503"),
        ([listed(*[row("other")] * 500)] * 41, "esms-other"),
    ],
)
async def test_a_list_that_is_not_read_to_its_end_says_nothing(
    provider: Provider, esms: Gateway, answers: list[Answer], code: str
) -> None:
    provider.answers = answers
    assert await esms.was_taken("mine", AT) == NotNow(code)


async def test_a_list_of_a_long_outage_is_asked_for_as_long_as_one_may_be(provider: Provider, esms: Gateway) -> None:
    provider.answers = [listed()]
    await esms.was_taken("mine", AT - timedelta(days=5))
    assert (provider.requests[0].body["From"], provider.requests[0].body["To"]) == (
        "2026-11-18 08:55:00",
        "2026-11-21 08:55:00",
    )
