"""Firebase Cloud Messaging as its senders know it: a token endpoint that checks who asks, and ``messages:send``.

What ``messages:send`` answers is switched by the names of ``ANSWERS``: each error as Google writes it.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from dev.gateway.record import Inbox
from legalaid import clock
from legalaid.events.words import NoticeChannel

PROJECT: Final = "legalaid-trial"
SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN_SECONDS: Final = 3599
_MOST_DATA_BYTES: Final = 4096
_FCM_ERROR: Final = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"


def _error(status: int, name: str, code: str = "", *details: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    told = [{"@type": _FCM_ERROR, "errorCode": code}] if code else []
    error = {"code": status, "message": "told to people only", "status": name, "details": [*told, *details]}
    return status, {"error": error}


ANSWERS: Final[Mapping[str, tuple[int, dict[str, Any]]]] = {
    "UNREGISTERED": _error(404, "NOT_FOUND", "UNREGISTERED"),
    "SENDER_ID_MISMATCH": _error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
    "INVALID_ARGUMENT": _error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    "BAD_REQUEST": _error(
        400,
        "INVALID_ARGUMENT",
        "",
        {"@type": _BAD_REQUEST, "fieldViolations": [{"field": "message.data", "description": "told to people only"}]},
    ),
    "THIRD_PARTY_AUTH_ERROR": _error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
    "APNS_AUTH_ERROR": _error(401, "UNAUTHENTICATED", "APNS_AUTH_ERROR"),
    "UNAUTHENTICATED": _error(401, "UNAUTHENTICATED"),
    "PERMISSION_DENIED": _error(403, "PERMISSION_DENIED"),
    "NOT_FOUND": _error(404, "NOT_FOUND"),
    "QUOTA_EXCEEDED": _error(
        429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", {"@type": "type.googleapis.com/google.rpc.QuotaFailure"}
    ),
    "UNAVAILABLE": _error(503, "UNAVAILABLE", "UNAVAILABLE"),
    "INTERNAL": _error(500, "INTERNAL", "INTERNAL"),
    "UNSPECIFIED_ERROR": _error(500, "UNKNOWN", "UNSPECIFIED_ERROR"),
    "NEW_ERROR": _error(400, "INVALID_ARGUMENT", "AN_ERROR_OF_TOMORROW"),
}
"""By ``errorCode``, or by the status's name where FCM says nothing."""


class Behaviour(BaseModel):
    """What ``messages:send`` answers."""

    model_config = ConfigDict(extra="forbid")

    answers: list[str] = Field(default_factory=list)
    """Names of ``ANSWERS``, one for each of the next messages; then all is well."""
    validation: str | None = None
    """The name of what a message is answered that is only validated."""
    retry_after: int | None = None


@dataclass
class Account:
    """A service account, and the half of its key that Google keeps."""

    file: str
    """What an operator downloads."""
    public_key: rsa.RSAPublicKey


def service_account(url: str, key: rsa.RSAPrivateKey | None = None) -> Account:
    """A new one whose token endpoint is below ``url``."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    file = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem,
        "client_email": f"push@{PROJECT}.iam.test",
        "token_uri": f"{url}/fcm/token",
    }
    return Account(json.dumps(file), key.public_key())


class Fcm:
    """The state of it."""

    def __init__(self, record: Inbox, account: Account) -> None:
        self._record = record
        self._key = account.public_key
        self._account = json.loads(account.file)
        self.behaviour = Behaviour()
        self.tokens: set[str] = set()
        """Those that are accepted."""
        self.asked = 0
        """How often a token was asked for."""
        self.sent: list[dict[str, Any]] = []
        """The messages that were taken."""

    def grant(self, form: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """An access token, for an assertion that is right in every point (RFC 7523)."""
        self.asked += 1
        try:
            header = jwt.get_unverified_header(str(form.get("assertion")))
            claims = jwt.decode(
                str(form.get("assertion")),
                self._key,
                algorithms=["RS256"],
                audience=self._account["token_uri"],
                issuer=self._account["client_email"],
                options={"require": ["exp", "iat", "aud", "iss"]},
            )
        except jwt.PyJWTError:
            return 400, {"error": "invalid_grant", "error_description": "told to people only"}
        right = header.get("kid") == self._account["private_key_id"] and form.get("grant_type") == _GRANT
        if not right or claims.get("scope") != SCOPE or claims["exp"] - claims["iat"] > 3600:  # noqa: PLR2004 - an hour
            return 400, {"error": "invalid_scope"}
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": _TOKEN_SECONDS, "token_type": "Bearer"}

    def take(self, project: str, authorization: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Take a message, or answer what was switched on."""
        if authorization.removeprefix("Bearer ") not in self.tokens:
            return ANSWERS["UNAUTHENTICATED"]
        if project != PROJECT:
            return ANSWERS["NOT_FOUND"]
        message = body.get("message")
        if not isinstance(message, dict) or not _is_well_formed(message):
            return ANSWERS["BAD_REQUEST"]
        if body.get("validate_only"):
            switched = self.behaviour.validation
        else:
            switched = self.behaviour.answers.pop(0) if self.behaviour.answers else None
        if switched is not None:
            return ANSWERS[switched]
        name = f"projects/{project}/messages/{clock.real_now().timestamp():.6f}"
        if not body.get("validate_only"):
            self.sent.append(message)
            self._record.take(
                message["android"]["collapse_key"],
                to=message["token"],
                text=message["apns"]["payload"]["aps"]["alert"]["body"],
                sender="",
                drop_repeats=True,
                provider="fcm",
                channel=NoticeChannel.PUSH,
            )
        return 200, {"name": name}


def _is_well_formed(message: Mapping[str, Any]) -> bool:
    """As far as FCM checks: one target, and data of text alone that is not too long."""
    data = message.get("data", {})
    texts = all(isinstance(each, str) for pair in data.items() for each in pair)
    return len(message.keys() & {"token", "topic", "condition"}) == 1 and texts and len(str(data)) <= _MOST_DATA_BYTES


def routes(fcm: Fcm) -> APIRouter:
    """What senders and tests call."""
    router = APIRouter()

    @router.post("/fcm/token")
    async def token(request: Request) -> Response:
        """An access token for a service account's assertion."""
        status, told = fcm.grant(_form(await request.body()))
        return JSONResponse(told, status)

    @router.post("/v1/projects/{project}/messages:send")
    async def send(project: str, body: dict[str, Any], authorization: Annotated[str, Header()] = "") -> Response:
        """One message."""
        status, told = fcm.take(project, authorization, body)
        wait = fcm.behaviour.retry_after
        headers = {"Retry-After": str(wait)} if wait is not None and status in {429, 503} else None
        return JSONResponse(told, status, headers)

    @router.put("/fcm/behaviour")
    async def behave(behaviour: Behaviour) -> Behaviour:
        """Replace all switches."""
        fcm.behaviour = behaviour
        return behaviour

    return router


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode()))
