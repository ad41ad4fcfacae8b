"""Web push meets libraries of another language: one reads what we encrypt, and one writes what browsers read."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dev.gateway.push_service import PushService
from dev.gateway.record import Inbox
from legalaid import ids
from notify.gateways.aes128gcm import PushKeys, base64url, encrypt, unbase64

AUTH = b"0123456789abcdef"
TEXT = "Có cập nhật mới"


def scalar(key: ec.EllipticCurvePrivateKey) -> str:
    return base64url(key.private_numbers().private_value.to_bytes(32, "big"))


def point(key: ec.EllipticCurvePrivateKey) -> str:
    return base64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def test_the_decoder_of_npm_reads_what_we_encrypt(node: Callable[..., str], tmp_path: Path) -> None:
    browser = ec.generate_private_key(ec.SECP256R1())
    for padded_to in (len(TEXT.encode()), 256, 3993):
        body = encrypt(TEXT.encode(), PushKeys.of(point(browser), base64url(AUTH)), padded_to=padded_to)
        told = tmp_path / f"{padded_to}.json"
        told.write_text(json.dumps({"key": scalar(browser), "auth": base64url(AUTH), "body": base64url(body)}))
        assert node("web-push.mjs", "decrypt", told) == TEXT


async def test_our_push_service_takes_what_the_library_of_npm_sends(node: Callable[..., str], tmp_path: Path) -> None:
    """So that what it checks of our own sender is what other senders do too."""
    browser, vapid = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    service, request_id = PushService(Inbox(tmp_path / "record.jsonl")), ids.random_id()
    subscription = service.subscribe(point(vapid))
    told = tmp_path / "told.json"
    keys = {"subject": "mailto:trial@legalaid.test", "publicKey": point(vapid), "privateKey": scalar(vapid)}
    endpoint = {"endpoint": f"https://push.test/wpush/v2/{subscription}"}
    endpoint |= {"keys": {"p256dh": point(browser), "auth": base64url(AUTH)}}  # type: ignore[dict-item]  # as JSON is
    told.write_text(
        json.dumps({"subscription": endpoint, "payload": TEXT, "topic": request_id.replace("-", ""), "vapid": keys})
    )
    request = json.loads(node("web-push.mjs", "encrypt", told))
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    body = unbase64(request["body"])
    status, _ = await service.take(subscription, "https://push.test", headers, body)
    assert status == 201
    [waiting] = service.waiting(subscription)
    taken = base64.urlsafe_b64decode(waiting["data"] + "==")
    assert http_ece.decrypt(taken, private_key=browser, auth_secret=AUTH, version="aes128gcm").decode() == TEXT
    assert (await service.take(subscription, "https://elsewhere.test", headers, body))[0] == 401
