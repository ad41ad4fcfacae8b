"""One push to all devices of a person, and what becomes of it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from legalaid import ids
from legalaid.events.words import NoticeChannel
from legalaid.testing.events import AT
from notify.gateways import Lost, Message, NotNow, Ours, Outcome, Refused, RouteCannot, Taken
from notify.gateways.app import AppGateway, connect_push
from notify.rules.devices import By
from notify.settings import PushSettings

OUTCOMES: list[Outcome] = [
    Taken("r"),
    Refused("r"),
    RouteCannot("c"),
    Ours("o"),
    NotNow("n", timedelta(seconds=7)),
    Lost("l"),
]


class Way:
    """Answers each device as its name says."""

    name = "way"
    channel = NoticeChannel.PUSH
    repeats_known_for = timedelta(0)
    can_be_asked = False

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.closed = False

    async def send(self, message: Message) -> Outcome:
        self.sent.append((message.request_id, message.recipient))
        return OUTCOMES[int(message.recipient)]

    async def was_taken(self, request_id: str, since: object) -> NotNow:
        raise NotImplementedError

    async def close(self) -> None:
        self.closed = True


def a_message(devices: list[tuple[By, str]] | None) -> Message:
    recipient = "" if devices is None else json.dumps(devices)
    return Message(ids.random_id(), recipient, "x", "case-assigned", 1, "vie", {}, urgent=False)


@given(st.lists(st.tuples(st.sampled_from(By), st.integers(0, len(OUTCOMES) - 1)), min_size=1, max_size=5))
async def test_one_device_that_took_it_is_enough_and_else_what_leaves_the_most_open_counts(
    devices: list[tuple[By, int]],
) -> None:
    ways = {by: Way() for by in By}
    message = a_message([(by, str(number)) for by, number in devices])
    outcome = await AppGateway(ways).send(message)
    got = {number for _, number in devices}
    assert outcome == OUTCOMES[0 if 0 in got else max(got)]
    for by, way in ways.items():
        assert sorted(way.sent) == sorted((message.request_id, str(number)) for to, number in devices if to is by)


async def test_a_person_without_a_device_is_told_otherwise() -> None:
    gateway = AppGateway({By.FCM: Way()})
    assert await gateway.send(a_message(None)) == Refused("no-device")
    assert await gateway.send(a_message([])) == Refused("no-device")


async def test_a_way_that_is_not_set_up_carries_nothing() -> None:
    gateway = AppGateway({By.FCM: Way()})
    assert await gateway.send(a_message([(By.WEB, "0")])) == RouteCannot("no-webpush")
    assert await gateway.was_taken(ids.random_id(), AT) == NotNow("cannot-be-asked")


async def test_all_ways_are_closed() -> None:
    ways = {by: Way() for by in By}
    await AppGateway(ways).close()
    assert all(way.closed for way in ways.values())


def test_there_is_no_push_without_a_key_and_a_wrong_key_is_found_at_the_start() -> None:
    assert connect_push(PushSettings()) is None
    for wrong in (
        PushSettings(fcm_account=SecretStr("{}")),
        PushSettings(vapid_key=SecretStr("AQ"), vapid_subject="TGPL"),
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - the library's own words
            connect_push(wrong)
