"""``python -m notify zalo-grant``: take the pair of tokens for which a person consented in Zalo's browser page.

Reads what Zalo's token endpoint answered (JSON with ``access_token``, ``refresh_token``, ``expires_in``) from the
standard input, so that no token stands in a shell's history, an environment or a list of processes.
"""

import asyncio
import sys
from datetime import timedelta
from typing import TextIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legalaid.store import Store
from notify.gateways.tokens import Granted, Pair, own_tokens
from notify.gateways.zalo_oauth import REFRESH_LIVES, ZaloOAuth
from notify.settings import NotifySettings


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str = Field(min_length=1)
    refresh_token: str = Field(min_length=1)
    expires_in: int = Field(gt=0, strict=False)


def main(settings: NotifySettings, source: TextIO = sys.stdin) -> int:
    """The exit code: 0 when the pair is stored."""
    try:
        answer = _Answer.model_validate_json(source.read())
    except ValidationError as error:
        sys.stderr.write(f"not what Zalo's token endpoint answers: {error.error_count()} faults\n")
        return 1
    pair = Pair(access=answer.access_token, refresh=answer.refresh_token)
    asyncio.run(_store(settings, Granted(pair, timedelta(seconds=answer.expires_in), REFRESH_LIVES)))
    sys.stdout.write("stored: notify renews it from now on; nobody else may use this pair\n")
    return 0


async def _store(settings: NotifySettings, granted: Granted) -> None:
    store = Store(settings.mongo, app_name="notify-grant")
    oauth = ZaloOAuth(settings.zalo)
    try:
        await own_tokens(store, settings.keyring, oauth.name, oauth.exchange).put(granted)
    finally:
        await oauth.close()
        await store.close()
