"""Firebase Cloud Messaging, HTTP v1: pushes to the app on Android and iOS; facts from Google's pages and its own SDK.

Why a message was not taken stands in ``FcmError.errorCode``, not in the status: a 404 may be a token that is gone or a
project that is none. FCM has no request id: a repeat has the keys by which the first is replaced.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from legalaid import clock
from legalaid.events.words import NoticeChannel
from notify.gateways import push
from notify.gateways.base import CannotBeAsked, Lost, Message, NotNow, Ours, Outcome, Refused, RouteCannot, Taken
from notify.gateways.google import GoogleTokens, ServiceAccount
from notify.gateways.http import Client, Reply
from notify.settings import PushSettings

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_LEAST_PAUSE: Final = timedelta(minutes=1)
"""What a quota asks for where its answer says nothing."""
_UNAUTHORIZED, _TOO_MANY = 401, 429
_CHECK: Final = "payload-check"
"""A topic that nobody is subscribed to: validated for it, a payload shows whether itself or the token is wrong."""

_ARGUMENT: Final = "INVALID_ARGUMENT"
_MEANS: Final[Mapping[str, Callable[[str], Outcome]]] = {
    "UNREGISTERED": Refused,
    "SENDER_ID_MISMATCH": Refused,
    "THIRD_PARTY_AUTH_ERROR": RouteCannot,  # the project's key for Apple is bad: Android goes on
    "APNS_AUTH_ERROR": RouteCannot,  # its older name
    _ARGUMENT: Ours,
    "QUOTA_EXCEEDED": NotNow,
    "UNAVAILABLE": NotNow,
    "INTERNAL": Lost,
    "UNSPECIFIED_ERROR": Lost,
}
"""By ``errorCode``: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, and Google's own SDK."""


class FcmGateway(CannotBeAsked):
    """``POST /v1/projects/{project}/messages:send``, one message a request."""

    name = "fcm"
    channel = NoticeChannel.PUSH
    repeats_known_for = push.REPEATS_KNOWN_FOR

    def __init__(self, settings: PushSettings) -> None:
        """Raises ``ValueError`` for an account that is none."""
        account = ServiceAccount.model_validate_json(settings.fcm_account.get_secret_value())
        self._path = f"/v1/projects/{quote(account.project_id, safe='')}/messages:send"
        self._client = Client(settings.fcm_url, settings.timeout_seconds)
        self._tokens = GoogleTokens(account, _SCOPE, settings.timeout_seconds)

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``; codes of ``push.FORGETS`` say that the token is gone."""
        payload = {"token": message.recipient, **_payload(message)}
        answer = await self._post({"message": payload})
        if not isinstance(answer, Reply):
            return answer
        outcome = _outcome(answer)
        if outcome == Ours(f"fcm-{_ARGUMENT}") and await self._is_right(message):
            return Refused(f"fcm-{_ARGUMENT}")
        return outcome

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()
        await self._tokens.close()

    async def _is_right(self, message: Message) -> bool:
        """Whether the payload is right, so that the token is what is wrong: FCM has one word for both."""
        answer = await self._post({"validate_only": True, "message": {"topic": _CHECK, **_payload(message)}})
        return isinstance(answer, Reply) and answer.failure() is None

    async def _post(self, body: Mapping[str, Any]) -> Reply | Ours | NotNow | Lost:
        """Once more with a new token where the one we had is not accepted: that took nothing."""
        token = await self._tokens.current()
        answer = await self._post_with(token, body)
        if isinstance(answer, Reply) and answer.status == _UNAUTHORIZED and not _error_code(answer):
            answer = await self._post_with(await self._tokens.other_than(token), body)
        return answer

    async def _post_with(self, token: str | Ours | NotNow, body: Mapping[str, Any]) -> Reply | Ours | NotNow | Lost:
        if not isinstance(token, str):
            return token
        return await self._client.post(self._path, json=body, headers={"Authorization": f"Bearer {token}"})


def _payload(message: Message) -> dict[str, Any]:
    """Android gets data and makes its own notification; iOS shows an alert, for it need not wake an app for data."""
    expires = clock.real_now() + push.TTL
    return {
        "data": push.content(message),
        "android": {
            "priority": "HIGH" if message.urgent else "NORMAL",
            "ttl": f"{int(push.TTL.total_seconds())}s",
            "collapse_key": message.request_id,
        },
        "apns": {
            "headers": {
                "apns-push-type": "alert",
                "apns-priority": "10",
                "apns-expiration": str(int(expires.timestamp())),
                "apns-collapse-id": message.request_id,
            },
            "payload": {"aps": {"alert": {"body": push.NEUTRAL}, "mutable-content": 1}},
        },
    }


def _outcome(answer: Reply) -> Outcome:
    code = _error_code(answer)
    if not code and answer.status != _TOO_MANY:
        return _without_code(answer)
    outcome = _MEANS.get(code, NotNow)(f"fcm-{code or answer.status}")
    if not isinstance(outcome, NotNow):
        return outcome
    least = timedelta(0) if answer.status != _TOO_MANY else _LEAST_PAUSE
    return replace(outcome, retry_after=max(answer.retry_after, least))


def _without_code(answer: Reply) -> Outcome:
    """By the status; what is refused without a word of FCM's is no token's fault."""
    match answer.failure():
        case None:
            name = answer.fields().get("name")
            return Taken(name) if isinstance(name, str) else Lost("fcm-no-name")
        case Refused(code):
            return Ours(code)
        case failure:
            return failure


def _error_code(answer: Reply) -> str:
    """``FcmError.errorCode``; empty where there is none that we know."""
    error = answer.fields().get("error")
    details = error.get("details") if isinstance(error, dict) else None
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and str(each.get("@type", "")).endswith("google.firebase.fcm.v1.FcmError"):
            code = str(each.get("errorCode", ""))
            return code if code in _MEANS else ""
    return ""
