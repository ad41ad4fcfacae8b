"""Web push through a push service that checks what real ones check, to a device that we hold the keys of."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import http_ece
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from legalaid import clock
from notify.gateways import Lost, NotNow, Ours, Refused, Taken
from notify.gateways.aes128gcm import base64url, unbase64
from notify.gateways.push import FORGETS
from notify.gateways.webpush import Vapid, WebPushGateway, allowed_origin
from notify.settings import PushSettings

from .conftest import WebPush, a_message, serving, vapid_key

AUTH = b"0123456789abcdef"
HOSTS = PushSettings().hosts


class Device:
    """A browser's keys, without the browser."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def subscription(self, endpoint: str) -> str:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return json.dumps({"endpoint": endpoint, "keys": {"p256dh": base64url(point), "auth": base64url(AUTH)}})

    def read(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(body, private_key=self._key, auth_secret=AUTH, version="aes128gcm")
        found: dict[str, str] = json.loads(plain)
        return found


async def subscribed(webpush: WebPush, key: str = "") -> tuple[str, str]:
    """The id and the endpoint of a new subscription."""
    async with httpx.AsyncClient(base_url=webpush.url) as client:
        made = (await client.post("/wpush/subscriptions", json={"key": key or webpush.key})).json()
        return made["id"], made["endpoint"]


async def test_a_device_reads_which_notice_and_nothing_else(webpush: WebPush) -> None:
    device, (id_, endpoint) = Device(), await subscribed(webpush)
    message = a_message(device.subscription(endpoint))
    assert await webpush.gateway.send(message) == Taken()
    [waiting] = webpush.service.waiting(id_)
    body = unbase64(waiting["data"])
    assert device.read(body) == {"notice": message.request_id, "kind": "case-news"}
    assert len(body) == 86 + 256 + 1 + 16, "each message is as long as all others"


async def test_a_repeat_takes_the_place_of_the_first(webpush: WebPush) -> None:
    device, (id_, endpoint) = Device(), await subscribed(webpush)
    message = a_message(device.subscription(endpoint))
    for _ in range(3):
        assert await webpush.gateway.send(message) == Taken()
    assert len(webpush.service.waiting(id_)) == 1
    assert [each.delivered for each in webpush.inbox.all()] == [True, False, False]
    assert {each.request_id for each in webpush.inbox.all()} == {message.request_id}


async def test_a_subscription_that_is_gone_is_forgotten(webpush: WebPush) -> None:
    device, (id_, endpoint) = Device(), await subscribed(webpush)
    webpush.service.forget(id_)
    assert await webpush.gateway.send(a_message(device.subscription(endpoint))) == Refused("webpush-410")
    assert "webpush-410" in FORGETS


async def test_a_subscription_with_another_key_is_ours_to_mend(webpush: WebPush) -> None:
    _, endpoint = await subscribed(webpush, Vapid(vapid_key(), "https://a.test").public_key)
    assert await webpush.gateway.send(a_message(Device().subscription(endpoint))) == Ours("webpush-401")


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "token",
        "[]",
        "null",
        "{}",
        '{"endpoint": "https://web.push.apple.com/x"}',
        '{"endpoint": "https://web.push.apple.com/x", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}',
        '{"endpoint": "https://web.push.apple.com/x", "keys": []}',
    ],
)
async def test_what_is_no_subscription_is_forgotten(webpush: WebPush, recipient: str) -> None:
    assert await webpush.gateway.send(a_message(recipient)) == Refused("webpush-subscription")


@pytest.fixture
async def elsewhere() -> AsyncIterator[tuple[str, list[Request], list[Response]]]:
    """A server on loopback: its address, what it was asked, and what it answers."""
    asked: list[Request] = []
    answers: list[Response] = []
    app = FastAPI()

    @app.post("/x")
    async def anything(request: Request) -> Response:
        asked.append(request)
        return answers.pop(0)

    async with serving(app) as url:
        yield url, asked, answers


async def test_nobody_is_called_who_is_not_on_the_list(
    webpush: WebPush, elsewhere: tuple[str, list[Request], list[Response]]
) -> None:
    url, asked, _ = elsewhere
    assert await webpush.gateway.send(a_message(Device().subscription(f"{url}/x"))) == Refused("webpush-host")
    assert asked == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Response(status_code=201), Taken()),
        (Response(status_code=200), Taken()),
        (Response(status_code=404), Refused("webpush-404")),
        (Response(status_code=410), Refused("webpush-410")),
        (Response(status_code=400), Ours("webpush-400")),
        (Response(status_code=401), Ours("webpush-401")),
        (Response(status_code=403), Ours("webpush-403")),
        (Response(status_code=413), Ours("webpush-413")),
        (Response(status_code=429), NotNow("http-429")),
        (Response(status_code=429, headers={"retry-after": "90"}), NotNow("http-429", timedelta(seconds=90))),
        (Response(status_code=503, headers={"retry-after": "5"}), NotNow("http-503", timedelta(seconds=5))),
        (Response(status_code=500), Lost("http-500")),
        (Response(status_code=502), Lost("http-502")),
        (Response(status_code=307, headers={"location": "http://169.254.169.254/"}), NotNow("http-307")),
    ],
)
async def test_what_a_push_service_answers(
    elsewhere: tuple[str, list[Request], list[Response]], answer: Response, outcome: object
) -> None:
    url, asked, answers = elsewhere
    gateway = connected(url)
    answers.append(answer)
    assert await gateway.send(a_message(Device().subscription(f"{url}/x"), urgent=True)) == outcome
    await gateway.close()
    [request] = asked
    assert request.headers["urgency"] == "high"
    assert request.headers["ttl"] == "86400"


def connected(*hosts: str) -> WebPushGateway:
    key = SecretStr(vapid_key())
    settings = PushSettings(vapid_key=key, vapid_subject="https://legalaid.test", hosts=hosts, timeout_seconds=1)
    return WebPushGateway(settings)


async def test_one_token_for_a_push_service_and_half_a_day() -> None:
    vapid = Vapid(vapid_key(), "mailto:a@legalaid.test")
    begin = datetime(2026, 11, 23, 2, tzinfo=UTC)
    at = {"now": begin}

    def header(origin: str, hours: float) -> str:
        at["now"] = begin + timedelta(hours=hours)
        return vapid.header(origin)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "real_now", lambda: at["now"])
        first = header("https://one.test", 0)
        assert header("https://one.test", 11.9) == first
        other = header("https://two.test", 11.9)
        later = header("https://one.test", 12.1)
    claims = [jwt.decode(each[8:].split(",")[0], options={"verify_signature": False}) for each in (first, other, later)]
    assert [each["aud"] for each in claims] == ["https://one.test", "https://two.test", "https://one.test"]
    assert first != later
    for claim, made in zip(claims, (0, 11.9, 12.1), strict=True):
        good = claim["exp"] - (begin + timedelta(hours=made)).timestamp()
        assert 12 * 3600 < good < 24 * 3600, "good for as long as it is used, and never longer than a day"


@pytest.mark.parametrize("key", ["", "secret!", base64url(bytes(32))])
def test_a_key_that_is_none_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own words
        Vapid(key, "mailto:a@legalaid.test")


@pytest.mark.parametrize("subject", ["", "TGPL", "http://legalaid.test"])
def test_nobody_is_no_subject(subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        Vapid(vapid_key(), subject)


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", "https://fcm.googleapis.com"),
        ("https://FCM.googleapis.com/fcm/send/abc", "https://fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com:443/wpush/v2/x", "https://updates.push.services.mozilla.com"),
        ("https://db5p.notify.windows.com/w/?token=x", "https://db5p.notify.windows.com"),
        ("https://notify.windows.com/w", None),
        ("https://evilnotify.windows.com/w", None),
        ("https://notify.windows.com.evil.test/w", None),
        ("https://fcm.googleapis.com.evil.test/", None),
        ("https://evil.test/fcm.googleapis.com", None),
        ("https://evil.test#fcm.googleapis.com", None),
        ("https://evil.test?fcm.googleapis.com", None),
        ("https://sub.fcm.googleapis.com/", None),
        ("http://fcm.googleapis.com/", None),
        ("https://fcm.googleapis.com:8443/", None),
        ("https://127.0.0.1/", None),
        ("https://[::1]/", None),
        ("https://169.254.169.254/latest/meta-data", None),
        ("//fcm.googleapis.com/", None),
        ("fcm.googleapis.com", None),
        ("", None),
        ("file:///etc/passwd", None),
    ],
)
def test_which_endpoints_may_be_called(endpoint: str, origin: str | None) -> None:
    assert allowed_origin(endpoint, HOSTS) == origin


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com@evil.test/",
        "https://evil.test\\@fcm.googleapis.com/",
        "https://evil.test\\.fcm.googleapis.com/",
        "https://fcm.googleapis.com\n.evil.test/",
        "https://ｆcm.googleapis.com/",
        "https://fcm.googleapis.com:port/",
        "https://[::1/",
    ],
)
def test_an_address_that_programs_could_read_differently_is_none(endpoint: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own words
        allowed_origin(endpoint, HOSTS)


def test_a_trial_may_name_a_whole_origin() -> None:
    assert allowed_origin("http://127.0.0.1:8010/x", ("http://127.0.0.1:8010",)) == "http://127.0.0.1:8010"
    assert allowed_origin("http://127.0.0.1:8011/x", ("http://127.0.0.1:8010",)) is None
    assert allowed_origin("https://127.0.0.1:8010/x", ("http://127.0.0.1:8010",)) is None
