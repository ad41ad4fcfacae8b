"""A real Firefox subscribes, receives, decrypts, shows and says so, through a push service of our own on loopback.

Firefox takes its push service from its settings; everything else is as at a person's.
"""

import asyncio
import json
import os
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import Request, Response
from fastapi.responses import FileResponse

from dev.gateway.push_service import DELIVERED, UNREADABLE
from dev.machine import programs
from dev.machine.fetch import MissingToolError
from legalaid import ids
from notify.gateways import Refused, Taken

from .conftest import WebPush, a_message

pytestmark = [pytest.mark.programs, pytest.mark.timeout(180)]

PAGES: Final = Path(__file__).with_name("browser")
PATIENCE: Final = 60.0
"""Seconds for one step of a browser on a machine that is busy with other tests."""


@pytest.fixture(scope="session")
def firefox() -> tuple[str, str]:
    """Its path and that of its libraries, or the test is skipped; in continuous integration it fails instead."""
    try:
        return programs.firefox()
    except MissingToolError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


@dataclass
class App:
    """The app's own server: its pages, and what they told."""

    told: dict[str, asyncio.Queue[Any]] = field(default_factory=dict)

    def of(self, what: str) -> asyncio.Queue[Any]:
        return self.told.setdefault(what, asyncio.Queue())

    async def next(self, what: str) -> Any:
        return await asyncio.wait_for(self.of(what).get(), PATIENCE)


@pytest.fixture
def app(webpush: WebPush) -> App:
    made = App()

    @webpush.app.get("/")
    async def page() -> Response:
        return FileResponse(PAGES / "index.html", media_type="text/html")

    @webpush.app.get("/worker.js")
    async def worker() -> Response:
        return FileResponse(PAGES / "worker.js", media_type="text/javascript")

    @webpush.app.get("/key")
    async def key() -> dict[str, str]:
        await webpush.service.greeted.wait()  # a Firefox that subscribes before its hello is answered waits for ever
        return {"key": webpush.key}

    @webpush.app.post("/told/{what}")
    async def tell(what: str, request: Request) -> Response:
        made.of(what).put_nowait(json.loads(await request.body()))
        return Response(status_code=204)

    return made


def preferences(push_server: str) -> Mapping[str, object]:
    return {
        "dom.push.serverURL": push_server,
        "dom.push.testing.allowInsecureServerURL": True,
        "dom.push.testing.ignorePermission": True,
        "permissions.default.desktop-notification": 1,
        "alerts.useSystemBackend": False,  # without a desktop there is nobody to show a notification
        # nothing but the page and the push service is called
        "app.normandy.enabled": False,
        "app.update.auto": False,
        "browser.aboutwelcome.enabled": False,
        "browser.safebrowsing.downloads.remote.enabled": False,
        "browser.safebrowsing.malware.enabled": False,
        "browser.safebrowsing.phishing.enabled": False,
        "browser.search.update": False,
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.homepage_override.mstone": "ignore",
        "datareporting.policy.dataSubmissionEnabled": False,
        "extensions.getAddons.cache.enabled": False,
        "extensions.systemAddon.update.enabled": False,
        "extensions.update.enabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "network.dns.disablePrefetch": True,
        "services.settings.server": "data:,",
        "toolkit.telemetry.server": "data:,",
        "toolkit.telemetry.unified": False,
    }


@asynccontextmanager
async def browsing(firefox: tuple[str, str], profile: Path, url: str) -> AsyncIterator[None]:
    _prepare(profile, preferences(f"{url.replace('http', 'ws')}/wpush/browser"))
    program, libraries = firefox
    environment = {**os.environ, "HOME": str(profile), "MOZ_HEADLESS": "1", "MOZ_CRASHREPORTER_DISABLE": "1"}
    if libraries:
        environment["LD_LIBRARY_PATH"] = libraries
    command = [program, "--headless", "--no-remote", "--profile", str(profile), f"{url}/"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()


def _prepare(profile: Path, told: Mapping[str, object]) -> None:
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in told.items()]
    (profile / "user.js").write_text("".join(lines))


async def acknowledged(webpush: WebPush, version: str) -> int:
    """What the browser said of a message."""
    async with asyncio.timeout(PATIENCE):
        while version not in webpush.service.acknowledged:  # noqa: ASYNC110 - a dict has no event
            await asyncio.sleep(0.02)
    return webpush.service.acknowledged[version]


async def test_a_person_with_firefox_hears_that_there_is_news(
    webpush: WebPush, app: App, firefox: tuple[str, str], tmp_path: Path
) -> None:
    async with browsing(firefox, tmp_path / "profile", webpush.url):
        subscription = await app.next("subscribed")
        id_ = subscription["endpoint"].rpartition("/")[2]
        recipient = json.dumps(subscription)

        first = ids.random_id()
        assert await webpush.gateway.send(a_message(recipient, request_id=first)) == Taken()
        seen = await app.next("seen")
        shown = [{"title": "Có cập nhật mới", "tag": first}]
        assert seen == {"notice": first, "kind": "case-news", "shown": shown}
        assert await acknowledged(webpush, webpush.service.versions[-1]) == DELIVERED

        # the answer was lost, and the sender repeats: the person has one notification
        assert await webpush.gateway.send(a_message(recipient, request_id=first)) == Taken()
        assert (await app.next("seen"))["shown"] == shown
        assert await acknowledged(webpush, webpush.service.versions[-1]) == DELIVERED

        webpush.service.spoil = True
        assert await webpush.gateway.send(a_message(recipient)) == Taken()
        assert await acknowledged(webpush, webpush.service.versions[-1]) == UNREADABLE
        assert app.of("seen").empty()
        assert app.of("failed").empty()

        webpush.service.forget(id_)
        assert await webpush.gateway.send(a_message(recipient)) == Refused("webpush-410")
