import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import orjson
import pytest
import structlog
from pydantic import ValidationError

from legalaid import service
from legalaid.errors import TransientError
from legalaid.service import Part, Resource, chosen, run
from legalaid.settings import ServiceSettings


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


def part(name: str, done: list[str]) -> Part:
    async def work(stop: asyncio.Event) -> None:
        done.append(f"{name} began")
        await stop.wait()
        done.append(f"{name} ended")

    return Part(name, work)


def resource(name: str, done: list[str]) -> Resource:
    async def begin() -> None:
        done.append(f"{name} opened")

    async def end() -> None:
        done.append(f"{name} closed")

    return Resource(name, begin, end)


async def test_resources_outlive_the_parts() -> None:
    done: list[str] = []
    stop = asyncio.Event()
    running = asyncio.create_task(
        run([part("http", done), resource("store", done), resource("producer", done)], stop=stop)
    )
    while "http began" not in done:  # noqa: ASYNC110 - a list has no event
        await asyncio.sleep(0)
    stop.set()
    await running
    assert done == ["store opened", "producer opened", "http began", "http ended", "producer closed", "store closed"]


@pytest.mark.parametrize("fails", [True, False])
async def test_a_part_that_fails_or_ends_by_itself_ends_the_service(fails: bool) -> None:
    done: list[str] = []

    async def limps(_stop: asyncio.Event) -> None:
        if fails:
            raise ValueError("broken")

    with pytest.raises(ExceptionGroup) as ended:
        await run([part("http", done), resource("store", done), Part("limps", limps)])
    assert isinstance(ended.value.exceptions[0], ValueError if fails else RuntimeError)
    assert "http ended" not in done
    assert done[-1] == "store closed"


async def test_a_dependency_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_OPEN_AGAIN_SECONDS", 0)
    done: list[str] = []
    stop, attempts = asyncio.Event(), iter([True, True, False])

    async def begin() -> None:
        if next(attempts):
            raise TransientError("store: away")
        done.append("opened")
        stop.set()

    await run([Resource("store", begin), part("http", done)], stop=stop)
    assert done == ["opened"]


def test_parts_are_chosen_by_name() -> None:
    parts = [part(name, []) for name in ("http", "consumer", "sweeper")]
    assert chosen(parts, "") == parts
    assert [each.name for each in chosen(parts, "sweeper, http")] == ["sweeper", "http"]
    with pytest.raises(ValueError, match="names mail; this service has http, consumer, sweeper"):
        chosen(parts, "http,mail")


def test_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def build(_settings: ServiceSettings) -> Sequence[Part | Resource]:
        return [Part("http", part("http", []).run, openapi=lambda: {"openapi": "3.1.0"}), resource("store", [])]

    monkeypatch.setenv("LEGALAID_KEYRING__CONTACT", "1:c2VjcmV0")
    monkeypatch.setattr(sys, "argv", ["x", "--print-settings"])
    service.main("intake", ServiceSettings, build)
    shown = capsys.readouterr().out
    assert orjson.loads(shown)["keyring"]["contact"] == "**********"
    assert "c2VjcmV0" not in shown
    monkeypatch.setattr(sys, "argv", ["x", "--openapi"])
    service.main("intake", ServiceSettings, build)
    assert orjson.loads(capsys.readouterr().out) == {"openapi": "3.1.0"}


def test_wrong_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_KEYRING__CONTACT", "1:c2VjcmV0")
    monkeypatch.setenv("LEGALAID_KEYRING__UNKNOWN", "c2VjcmV0")
    monkeypatch.setenv("LEGALAID_HTTP__PORT", "http")
    with pytest.raises(ValidationError) as wrong:
        ServiceSettings.load()
    assert "http.port" in str(wrong.value)
    assert "c2VjcmV0" not in str(wrong.value)


def test_no_service_answers_without_a_place_of_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    monkeypatch.setattr("legalaid.telemetry.setup", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["x"])
    with pytest.raises(SystemExit) as ended:
        service.main("intake", ServiceSettings, lambda _: [part("http", done)])
    assert ended.value.code == 2
    assert "LEGALAID_AUTH__JWKS_URL" in capsys.readouterr().err
    assert not done


def test_create_indexes_opens_what_lasts_and_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    store = replace(resource("store", done), lasting=True)
    monkeypatch.setattr("legalaid.telemetry.setup", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["x", "--create-indexes"])
    service.main("intake", ServiceSettings, lambda _: [resource("producer", done), part("http", done), store])
    assert done == ["store opened", "store closed"]


def test_create_indexes_fails_when_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise TransientError("store: away")

    monkeypatch.setattr("legalaid.telemetry.setup", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["x", "--create-indexes"])
    with pytest.raises(SystemExit) as ended:
        service.main("intake", ServiceSettings, lambda _: [Resource("store", open=away, lasting=True)])
    assert ended.value.code == 1
