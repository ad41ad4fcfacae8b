"""FCM through a counterpart that checks every token and answers every error that Google writes."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dev.gateway.fcm import ANSWERS, SCOPE
from legalaid import clock, ids
from notify.gateways import Lost, NotNow, Ours, Refused, RouteCannot, Taken
from notify.gateways.push import FORGETS

from .conftest import Fcm, a_message

TOKEN = "dGVzdA:APA91bF"


async def test_a_push_says_that_there_is_news_and_nothing_of_it(fcm: Fcm) -> None:
    request_id = ids.random_id()
    outcome = await fcm.gateway.send(a_message(TOKEN, request_id=request_id, urgent=True))
    assert isinstance(outcome, Taken)
    assert outcome.reference
    [sent] = fcm.service.sent
    expires = int(sent["apns"]["headers"].pop("apns-expiration"))
    assert abs(expires - clock.real_now().timestamp() - 86_400) < 60
    assert sent == {
        "token": TOKEN,
        "data": {"notice": request_id, "kind": "case-news"},
        "android": {"priority": "HIGH", "ttl": "86400s", "collapse_key": request_id},
        "apns": {
            "headers": {"apns-push-type": "alert", "apns-priority": "10", "apns-collapse-id": request_id},
            "payload": {"aps": {"alert": {"body": "Có cập nhật mới"}, "mutable-content": 1}},
        },
    }
    await fcm.gateway.send(a_message(TOKEN))
    assert fcm.service.sent[-1]["android"]["priority"] == "NORMAL"


async def test_a_repeat_has_the_keys_of_the_first(fcm: Fcm) -> None:
    message = a_message(TOKEN)
    fcm.service.behaviour.answers = ["INTERNAL"]
    assert await fcm.gateway.send(message) == Lost("fcm-INTERNAL")
    for _ in range(2):
        assert isinstance(await fcm.gateway.send(message), Taken)
    first, second = fcm.service.sent
    assert first["android"]["collapse_key"] == second["android"]["collapse_key"] == message.request_id
    assert [each.delivered for each in fcm.inbox.all()] == [True, False]


MEANINGS = [
    ("UNREGISTERED", Refused("fcm-UNREGISTERED"), True),
    ("SENDER_ID_MISMATCH", Refused("fcm-SENDER_ID_MISMATCH"), True),
    ("BAD_REQUEST", Ours("http-400"), False),
    ("THIRD_PARTY_AUTH_ERROR", RouteCannot("fcm-THIRD_PARTY_AUTH_ERROR"), False),
    ("APNS_AUTH_ERROR", RouteCannot("fcm-APNS_AUTH_ERROR"), False),
    ("PERMISSION_DENIED", Ours("http-403"), False),
    ("NOT_FOUND", Ours("http-404"), False),
    ("QUOTA_EXCEEDED", NotNow("fcm-QUOTA_EXCEEDED", timedelta(seconds=60)), False),
    ("UNAVAILABLE", NotNow("fcm-UNAVAILABLE"), False),
    ("INTERNAL", Lost("fcm-INTERNAL"), False),
    ("UNSPECIFIED_ERROR", Lost("fcm-UNSPECIFIED_ERROR"), False),
    ("NEW_ERROR", Ours("http-400"), False),
]


@pytest.mark.parametrize(("answer", "outcome", "forgotten"), MEANINGS)
async def test_what_each_error_means(fcm: Fcm, answer: str, outcome: object, forgotten: bool) -> None:
    fcm.service.behaviour.answers = [answer]
    got = await fcm.gateway.send(a_message(TOKEN))
    assert got == outcome
    assert (getattr(got, "code", "") in FORGETS) is forgotten
    assert list(fcm.inbox.all()) == []


def test_every_error_has_its_case() -> None:
    assert {each[0] for each in MEANINGS} | {"INVALID_ARGUMENT", "UNAUTHENTICATED"} == set(ANSWERS)


async def test_a_malformed_token_is_told_from_a_payload_that_is_wrong(fcm: Fcm) -> None:
    """FCM has one word for both: whether the payload is right is asked for without sending it."""
    fcm.service.behaviour.answers = ["INVALID_ARGUMENT"]
    refused = await fcm.gateway.send(a_message(TOKEN))
    assert refused == Refused("fcm-INVALID_ARGUMENT")
    assert "fcm-INVALID_ARGUMENT" not in FORGETS, "a wrong payload must not kill good tokens"
    fcm.service.behaviour.answers, fcm.service.behaviour.validation = ["INVALID_ARGUMENT"], "INVALID_ARGUMENT"
    assert await fcm.gateway.send(a_message(TOKEN)) == Ours("fcm-INVALID_ARGUMENT")
    assert fcm.service.sent == []


@pytest.mark.parametrize("answer", ["QUOTA_EXCEEDED", "UNAVAILABLE"])
async def test_retry_after_is_heard(fcm: Fcm, answer: str) -> None:
    fcm.service.behaviour.answers, fcm.service.behaviour.retry_after = [answer], 120
    assert await fcm.gateway.send(a_message(TOKEN)) == NotNow(f"fcm-{answer}", timedelta(seconds=120))


async def test_many_at_once_ask_for_one_token(fcm: Fcm) -> None:
    outcomes = await asyncio.gather(*(fcm.gateway.send(a_message(TOKEN)) for _ in range(50)))
    assert all(isinstance(each, Taken) for each in outcomes)
    assert fcm.service.asked == 1


async def test_a_token_is_used_for_fifty_minutes(fcm: Fcm, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = clock.elapsed()
    asked = []
    for minutes in (0, 49, 51, 100, 102):
        monkeypatch.setattr(clock, "elapsed", lambda minutes=minutes: begin + minutes * 60)
        assert isinstance(await fcm.gateway.send(a_message(TOKEN)), Taken)
        asked.append(fcm.service.asked)
    assert asked == [1, 1, 2, 2, 3]


async def test_a_token_that_is_not_accepted_is_renewed_once_by_whoever_comes_first(fcm: Fcm) -> None:
    await fcm.gateway.send(a_message(TOKEN))
    fcm.service.tokens.clear()
    outcomes = await asyncio.gather(*(fcm.gateway.send(a_message(TOKEN)) for _ in range(20)))
    assert all(isinstance(each, Taken) for each in outcomes)
    assert fcm.service.asked == 2
    fcm.service.behaviour.answers = ["UNAUTHENTICATED"] * 2
    assert await fcm.gateway.send(a_message(TOKEN)) == Ours("http-401")
    assert fcm.service.asked == 3, "once, and no more"


async def test_a_key_that_google_does_not_know_is_ours_to_mend(fcm: Fcm) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = stranger.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    gateway = fcm.connect(json.dumps(json.loads(fcm.account.file) | {"private_key": pem}))
    assert await gateway.send(a_message(TOKEN)) == Ours("token-400")


async def test_where_the_token_endpoint_is_away_nothing_was_sent(fcm: Fcm) -> None:
    gateway = fcm.connect(json.dumps(json.loads(fcm.account.file) | {"token_uri": "http://127.0.0.1:9/token"}))
    assert await gateway.send(a_message(TOKEN)) == NotNow("token-ConnectError")


@pytest.mark.parametrize("file", ["", "{}", "[]", "not json", "no key"])
def test_a_service_account_that_is_none_is_refused_at_the_start_and_not_quoted(fcm: Fcm, file: str) -> None:
    broken = json.loads(fcm.account.file) | {"private_key": 7} if file == "no key" else None
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the library's own words
        fcm.connect(json.dumps(broken) if broken else file)
    assert "iam.test" not in str(raised.value)


def test_a_private_key_that_is_none_is_refused_at_the_start(fcm: Fcm) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own words
        fcm.connect(json.dumps(json.loads(fcm.account.file) | {"private_key": "-----BEGIN"}))


@pytest.mark.parametrize(
    "change",
    [{"aud": "https://elsewhere.test/token"}, {"scope": SCOPE + ".readonly"}, {"iss": "other@x"}, {"exp": 1}],
)
def test_the_counterpart_checks_what_google_checks(fcm: Fcm, change: dict[str, Any]) -> None:
    account = json.loads(fcm.account.file)
    now = int(clock.real_now().timestamp())
    usual = {"iss": account["client_email"], "scope": SCOPE, "aud": account["token_uri"], "iat": now, "exp": now + 3600}

    def ask(claims: dict[str, Any], kid: str) -> int:
        assertion = jwt.encode(claims, account["private_key"], algorithm="RS256", headers={"kid": kid})
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return fcm.service.grant(form)[0]

    assert ask(usual, account["private_key_id"]) == 200
    assert ask(usual | change, account["private_key_id"]) == 400
    assert ask(usual, "other") == 400
    assert ask(usual | {"exp": now + 3700}, account["private_key_id"]) == 400
