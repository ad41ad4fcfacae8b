"""A provider at the other end of a real socket, at which anything can happen."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

import pytest

from legalaid import ids
from notify.gateways import Message

NUMBER, TEXT = "+84912345678", "Yeu cau so 123 456 7890."


class Trouble(StrEnum):
    """What becomes of a connection instead of an answer."""

    CUT_BEFORE = "cut before a byte of the message was read"
    CUT_DURING = "cut while the message is read"
    CUT = "cut after the message"
    SILENT = "no answer"
    HALF_HEAD = "cut in the head of the answer"
    HALF = "cut in the body of the answer"
    NO_HTTP = "an answer that is none"
    FALSE_GZIP = "a body that is not what its head says"


Answer = tuple[int, Any] | Trouble
"""A status and a body: text as it is, anything else as JSON."""

_HALVES = {
    Trouble.HALF_HEAD: b"HTTP/1.1 200 OK\r\nContent-Le",
    Trouble.HALF: b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"CodeResult": "1',
    Trouble.NO_HTTP: b"\x00\x01\x02 220 smtp ready\r\n\r\n",
    Trouble.FALSE_GZIP: b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{}{}",
}


@dataclass
class Request:
    """One that came in."""

    line: str
    """Method and target."""
    headers: dict[str, str]
    body: dict[str, Any]
    """JSON or a form; empty for anything else."""


@dataclass
class Provider:
    """A server that answers as it is told, and remembers what it was sent."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    headers: str = ""
    """More of them for every answer."""
    port: int = 0
    together: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(1))
    """How many must have come before any is answered."""
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers[:1] != [Trouble.CUT_BEFORE] and (head := await reader.readuntil(b"\r\n\r\n")):
                await self._read(head.decode(), reader)
                await self.together.wait()
                if not await self._answer(writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _read(self, head: str, reader: asyncio.StreamReader) -> None:
        line, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
        length = int(headers.get("content-length", "0"))
        cut = self.answers[:1] == [Trouble.CUT_DURING]
        body = await reader.readexactly(length // 2 if cut else length)
        self.requests.append(Request(line.rpartition(" ")[0], headers, {} if cut else _fields(headers, body)))

    async def _answer(self, writer: asyncio.StreamWriter) -> bool:
        answer = self.answers.pop(0)
        if answer is Trouble.SILENT:
            await asyncio.sleep(5)
        if isinstance(answer, Trouble):
            writer.write(_HALVES.get(answer, b""))
            await writer.drain()
            return False
        status, content = answer
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{self.headers}"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        return True


def _fields(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    kind = headers.get("content-type", "")
    if "form" in kind:
        return dict(parse_qsl(body.decode()))
    found: dict[str, Any] = json.loads(body) if "json" in kind else {}
    return found


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


def sms(request_id: str | None = None, **more: Any) -> Message:
    usual: dict[str, Any] = {
        "request_id": request_id or ids.random_id(),
        "recipient": NUMBER,
        "text": TEXT,
        "template": "case-assigned",
        "version": 1,
        "language": "vie",
        "values": {"receipt_code": "1234567890", "owner": ""},
        "urgent": False,
    }
    return Message(**usual | more)
