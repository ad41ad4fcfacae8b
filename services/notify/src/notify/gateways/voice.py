"""Voice messages by eSMS: a recording is played, and a key leads to the hotline (the provider's public pages, 2026).

The recording names no case. Keys and the number stand in the address, as eSMS wants it: nothing on the way may log
addresses, and an error's words, which may quote them, are never read. That somebody answered proves nobody's hearing.
"""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import BaseModel, ConfigDict

from legalaid.events.words import NoticeChannel
from notify.gateways.base import CannotBeAsked, Message, Outcome, RouteCannot
from notify.gateways.codes import Codes
from notify.gateways.http import Client, Reply
from notify.settings import VoiceSettings

_PATH: Final = "/MainService.svc/json/MakeCallRecord_V2"
_VIETNAMESE: Final = "vie"
_KEY_TO_HOTLINE: Final = "1"
_CODES: Final = Codes(
    "esms-voice",  # "Bảng mã lỗi", found; for calls not verified
    taken=frozenset({"100"}),
    refused=frozenset({"99", "108"}),
    ours=frozenset({"101", "102", "103", "104", "118", "140", "143", "146", "201", "300"}),
    not_now={"160": timedelta(seconds=1)},
    lost=frozenset({"124"}),
)


class Recording(BaseModel):
    """What is said in one language, and who answers for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    dialect: str
    text: str
    """The script; empty: not written by its speakers yet."""
    back: str
    """What it means, in English."""
    speaker_consent: str
    """Where the speaker's written consent lies."""
    reviewer: str
    """A second speaker, who heard it."""
    recorded: bool
    verified: bool


@cache
def recordings() -> Mapping[str, Recording]:
    """The recordings by language. Raises ``pydantic.ValidationError`` for a table that is wrong."""
    table = tomllib.loads((files("notify") / "voice.toml").read_text(encoding="utf-8"))
    return {language: Recording.model_validate(row) for language, row in table.items()}


class VoiceGateway(CannotBeAsked):
    """``GET MakeCallRecord_V2``: one call is one message. The provider knows calls by its own id alone."""

    name = "esms-voice"
    channel = NoticeChannel.VOICE

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings
        self.repeats_known_for = timedelta(hours=settings.repeats_known_for_hours)
        self._client = Client(settings.url, settings.timeout_seconds)

    async def send(self, message: Message) -> Outcome:
        """As ``Gateway``. The text of the message is not said, nor anything of its values."""
        recording = self._recording(message.language)
        if recording is None:
            return RouteCannot("esms-voice-unrecorded")
        call = {
            "ApiKey": self._settings.api_key.get_secret_value(),
            "SecretKey": self._settings.secret_key.get_secret_value(),
            "TemplateId": recording,
            "Phone": message.recipient.removeprefix("+"),
            "NumberForward": self._settings.hotline,
            "Ivr": _KEY_TO_HOTLINE,
            "MaxRepeat": "2",
            "MaxRetry": "0",  # another call is another message, and ours to decide
            "RequestID": message.request_id,
        }
        answer = await self._client.order(_PATH, params=call)
        if not isinstance(answer, Reply):
            return answer
        if (failure := answer.failure()) is not None:
            return failure
        fields = answer.fields()
        return _CODES.outcome(fields.get("CodeResult"), str(fields.get("SMSID", "")).strip())

    async def close(self) -> None:
        """As ``Gateway``."""
        await self._client.close()

    def _recording(self, language: str) -> str | None:
        """The provider's id of the recording in this language, else of the Vietnamese one."""
        for each in (language, _VIETNAMESE):
            row = recordings().get(each)
            if row is not None and (uploaded := self._settings.recordings.get(f"{each}/{row.version}")):
                return uploaded
        return None
