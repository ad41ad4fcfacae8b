"""Voice messages over a real socket: what is asked of eSMS, and that a call is ordered once."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from dev.gateway.app import create_gateway
from dev.gateway.record import Inbox
from dev.gateway.serving import served
from dev.gateway.simulator import API_KEY, SECRET_KEY
from legalaid import ids
from legalaid.events.words import NoticeChannel
from legalaid.testing.events import AT
from notify.gateways.base import Lost, Message, NotNow, Ours, Outcome, Refused, RouteCannot, Taken
from notify.gateways.voice import VoiceGateway
from notify.settings import VoiceSettings

from .conftest import NUMBER, Answer, Provider, Trouble

RECORDED = {"vie/1": "rec-vie"}


def a_message(language: str = "vie") -> Message:
    values = {"receipt_code": "1234567897", "owner": "TGPL"}
    return Message(ids.random_id(), NUMBER, "Yeu cau 1234567897", "case-assigned", 1, language, values, urgent=True)


async def send(url: str, message: Message, **settings: Any) -> Outcome:
    usual = {"api_key": SecretStr(API_KEY), "secret_key": SecretStr(SECRET_KEY), "recordings": RECORDED}
    gateway = VoiceGateway(VoiceSettings(url=url, timeout_seconds=0.3, **(usual | settings)))
    try:
        return await gateway.send(message)
    finally:
        await gateway.close()


async def test_the_recording_is_played_and_a_key_leads_to_the_hotline(tmp_path: Path) -> None:
    record, message = Inbox(tmp_path / "record.jsonl"), a_message()
    async with served(create_gateway(record)) as url:
        outcome = await send(url, message)
    [taken] = record.all()
    assert outcome == Taken(taken.gateway_id)
    assert (taken.request_id, taken.to, taken.channel) == (message.request_id, NUMBER[1:], NoticeChannel.VOICE)
    assert taken.text == "recording rec-vie, key 1 to 18001233"


async def test_nothing_of_the_case_is_in_the_call(provider: Provider) -> None:
    provider.answers = [(200, {"CodeResult": "100"})]
    await send(provider.url, a_message())
    [request] = provider.requests
    assert request.line.startswith("GET ")
    for said in ("1234567897", "case-assigned", "Yeu", "TGPL"):
        assert said not in request.line


@pytest.mark.parametrize(
    ("language", "recorded", "outcome"),
    [
        ("hmn", RECORDED | {"hmn/1": "rec-hmn"}, "rec-hmn"),
        ("hmn", RECORDED, "rec-vie"),
        ("xyz", RECORDED, "rec-vie"),
        ("vie", {"vie/2": "of another version"}, None),
        ("hmn", {}, None),
    ],
)
async def test_which_recording_is_played(
    provider: Provider, language: str, recorded: dict[str, str], outcome: str | None
) -> None:
    provider.answers = [(200, {"CodeResult": "100", "SMSID": "8eb2 "})]
    got = await send(provider.url, a_message(language), recordings=recorded)
    if outcome is None:
        assert got == RouteCannot("esms-voice-unrecorded")
        assert provider.requests == []
    else:
        assert got == Taken("8eb2")
        assert f"TemplateId={outcome}&" in provider.requests[0].line


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, {"CodeResult": "101", "ErrorMessage": NUMBER}), Ours("esms-voice-101")),
        ((200, {"CodeResult": "103"}), Ours("esms-voice-103")),
        ((200, {"CodeResult": "99"}), Refused("esms-voice-99")),
        ((200, {"CodeResult": "124"}), Lost("esms-voice-124")),
        ((200, {"CodeResult": "777"}), RouteCannot("esms-voice-777")),
        ((200, {}), Lost("no-code")),
        ((503, {}), NotNow("http-503")),
        ((502, ""), Lost("http-502")),
        ((302, ""), NotNow("http-302")),
    ],
)
async def test_what_its_answers_mean(provider: Provider, answer: Answer, outcome: Outcome) -> None:
    provider.answers = [answer]
    assert await send(provider.url, a_message()) == outcome


@pytest.mark.parametrize(
    "trouble", [Trouble.CUT_BEFORE, Trouble.CUT, Trouble.SILENT, Trouble.HALF, Trouble.HALF_HEAD, Trouble.FALSE_GZIP]
)
async def test_a_call_whose_answer_is_lost_is_ordered_once(provider: Provider, trouble: Trouble) -> None:
    """A GET is sent again by HTTP clients of their own accord; the person's telephone would ring twice."""
    provider.answers = [trouble, (200, {"CodeResult": "100"}), (200, {"CodeResult": "100"})]
    assert isinstance(await send(provider.url, a_message()), Lost)
    assert len(provider.requests) + provider.connections <= 2


async def test_a_connection_that_was_closed_meanwhile_is_no_reason_to_call_twice(provider: Provider) -> None:
    provider.answers = [(200, {"CodeResult": "100"}), Trouble.CUT, (200, {"CodeResult": "100"})]
    settings = VoiceSettings(url=provider.url, timeout_seconds=0.3, recordings=RECORDED)
    gateway = VoiceGateway(settings)
    assert isinstance(await gateway.send(a_message()), Taken)
    assert isinstance(await gateway.send(a_message()), Lost)
    assert len(provider.requests) == 2
    await gateway.close()


async def test_it_says_that_it_cannot_be_asked() -> None:
    gateway = VoiceGateway(VoiceSettings())
    assert await gateway.was_taken(ids.random_id(), AT) == NotNow("cannot-be-asked")
    assert not gateway.repeats_known_for
    await gateway.close()
