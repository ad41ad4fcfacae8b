"""Push services on loopback, and gateways that know them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI
from pydantic import SecretStr

from dev.gateway import fcm as fake_fcm
from dev.gateway import push_service
from dev.gateway.record import Inbox
from legalaid import ids
from notify.gateways import Message
from notify.gateways.aes128gcm import base64url
from notify.gateways.fcm import FcmGateway
from notify.gateways.webpush import WebPushGateway
from notify.settings import PushSettings


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Its address, while it is served."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False))
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await task
        listening.close()


def vapid_key() -> str:
    scalar = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64url(scalar.to_bytes(32, "big"))


def a_message(recipient: str, *, request_id: str = "", urgent: bool = False) -> Message:
    return Message(
        request_id=request_id or ids.random_id(),
        recipient=recipient,
        text="Yeu cau so 123 456 7890.",
        template="case-assigned",
        version=1,
        language="vie",
        values={"receipt_code": "1234567897"},
        urgent=urgent,
    )


@dataclass
class WebPush:
    """A push service, and our gateway to it."""

    url: str
    service: push_service.PushService
    inbox: Inbox
    app: FastAPI
    gateway: WebPushGateway

    @property
    def key(self) -> str:
        return self.gateway.vapid.public_key


@pytest.fixture
async def webpush(tmp_path: Path) -> AsyncIterator[WebPush]:
    inbox, app = Inbox(tmp_path / "record.jsonl"), FastAPI()
    service = push_service.PushService(inbox)
    app.include_router(push_service.routes(service))
    async with serving(app) as url:
        settings = PushSettings(
            vapid_key=SecretStr(vapid_key()),
            vapid_subject="mailto:trial@legalaid.test",
            hosts=(url,),
            timeout_seconds=5,
        )
        gateway = WebPushGateway(settings)
        yield WebPush(url, service, inbox, app, gateway)
        await gateway.close()


@pytest.fixture(scope="session")
def google_key() -> rsa.RSAPrivateKey:
    """Made once: it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Fcm:
    """FCM, and our gateway to it."""

    url: str
    service: fake_fcm.Fcm
    inbox: Inbox
    account: fake_fcm.Account
    connect: Callable[[str], FcmGateway]
    gateway: FcmGateway


@pytest.fixture
async def fcm(tmp_path: Path, google_key: rsa.RSAPrivateKey) -> AsyncIterator[Fcm]:
    made: list[FcmGateway] = []
    app = FastAPI()
    async with serving(app) as url:
        account, inbox = fake_fcm.service_account(url, google_key), Inbox(tmp_path / "record.jsonl")
        service = fake_fcm.Fcm(inbox, account)
        app.include_router(fake_fcm.routes(service))

        def connect(file: str) -> FcmGateway:
            settings = PushSettings(fcm_url=url, fcm_account=SecretStr(file), timeout_seconds=5)
            made.append(FcmGateway(settings))
            return made[-1]

        yield Fcm(url, service, inbox, account, connect, connect(account.file))
        for each in made:
            await each.close()
