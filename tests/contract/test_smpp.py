"""SMPP meets SMSCs of other languages: what they read is what was sent, and what they answer is understood."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from dev.machine import programs
from dev.machine.fetch import MissingToolError
from dev.stack.process import Process, free_port, listens, wait_until
from legalaid import ids
from notify.gateways import Gateway, Message, NotNow, Taken, connect
from notify.settings import GatewaySettings

PLAIN = "Yeu cau so 123 456 7890 da duoc tiep nhan. Giai dap mien phi: 18001233."
LONG = "Yêu cầu số 123 456 7890 đã được tiếp nhận. Giải đáp miễn phí: 18001233. " * 2


def to(port: int, system_id: str, password: str) -> Gateway:
    keys = {"api_key": SecretStr(system_id), "secret_key": SecretStr(password)}
    return connect(GatewaySettings(kind="smpp", url=f"smpp://127.0.0.1:{port}", timeout_seconds=5, **keys))


def message(text: str) -> Message:
    return Message(ids.random_id(), "+84912345678", text, "case-assigned", 1, "vie", {}, urgent=False)


async def test_an_smsc_of_npm_reads_what_we_send(node: Callable[..., str]) -> None:
    port, texts = free_port(), (PLAIN, LONG)
    reading = asyncio.create_task(asyncio.to_thread(node, "smsc.mjs", str(port), "4"))
    assert await asyncio.to_thread(wait_until, lambda: listens(port), 30)
    gateway = to(port, "legalaid", "password")
    assert [await gateway.send(message(text)) for text in texts] == [Taken("npm-1"), Taken("npm-2")]
    await gateway.close()
    got = json.loads(await reading)
    assert got[0]["text"] == PLAIN
    assert (got[0]["from"], got[0]["to"]) == ([5, 0, "TGPL"], [1, 1, "84912345678"])
    assert [each["coding"] for each in got] == [0, 8, 8, 8]
    assert {each["receipt"] for each in got} == {1}
    assert len({each["reference"] for each in got}) == 2
    assert "".join(each["text"] for each in got[1:]) == LONG


@pytest.mark.programs
async def test_an_smsc_of_java_takes_what_we_send_and_no_other_password(tmp_path: Path) -> None:
    """It also sends receipts, and a message that nobody asked for."""
    try:
        command = programs.smsc()
    except MissingToolError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    port, log = free_port(), tmp_path / "smsc.log"
    command.insert(1, f"-Djsmpp.simulator.port={port}")
    # it waits for the first who connects to bind, so nobody may try whether it listens
    smsc = Process("smsc", command, log=log, ready=lambda: "Listening on port" in log.read_text())
    smsc.start()
    try:
        gateway, stranger = to(port, "j", "jpwd"), to(port, "j", "another")
        outcomes = [await gateway.send(message(PLAIN)) for _ in range(3)]
        assert [isinstance(each, Taken) and bool(each.reference) for each in outcomes] == [True] * 3, outcomes
        assert isinstance(await stranger.send(message(PLAIN)), NotNow)
        await asyncio.gather(gateway.close(), stranger.close())
        assert log.read_text().count(f"Receiving submit_sm '{PLAIN}'") == 3
    finally:
        smsc.stop()
