"""Zalo's token endpoint: a refresh token buys one pair, once (third-party specifications of 2026)."""

from datetime import timedelta
from typing import Final

from notify.gateways.base import Lost, NotNow, Ours
from notify.gateways.http import Client, Reply
from notify.gateways.tokens import Granted, Pair
from notify.settings import ZaloSettings

_PATH = "/v4/oa/access_token"
REFRESH_LIVES: Final = timedelta(days=90)
"""Three months, as published; the answer does not say it."""


class ZaloOAuth:
    """``POST /v4/oa/access_token``."""

    name = "zalo"

    def __init__(self, settings: ZaloSettings) -> None:
        self._settings = settings
        self._client = Client(settings.oauth_url, settings.timeout_seconds)

    async def exchange(self, refresh: str) -> Granted | NotNow | Ours | Lost:
        """The next pair for ``refresh``, which is spent by this, whoever hears the answer."""
        form = {"refresh_token": refresh, "app_id": self._settings.app_id, "grant_type": "refresh_token"}
        headers = {"secret_key": self._settings.secret_key.get_secret_value()}
        answer = await self._client.post(_PATH, data=form, headers=headers)
        if not isinstance(answer, Reply):
            return answer
        match answer.failure():
            case None:
                return _read(answer)
            case Lost() | NotNow() as failure:
                return failure
            case failure:
                return Ours(failure.code)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def _read(answer: Reply) -> Granted | Ours | Lost:
    fields = answer.fields()
    access, refresh, lives = (str(fields.get(name, "")) for name in ("access_token", "refresh_token", "expires_in"))
    if access and refresh and lives.isascii() and lives.isdigit():
        return Granted(Pair(access=access, refresh=refresh), timedelta(seconds=int(lives)), REFRESH_LIVES)
    code = str(fields.get("error", ""))
    return Ours("zalo-grant") if code.removeprefix("-").isdigit() else Lost("no-code")
