import time
from pathlib import Path

import httpx
import pytest

from dev.gateway.record import read
from dev.machine.paths import PYTHON
from dev.stack.installation import HttpProcess
from dev.stack.process import free_port


def test_a_dropped_answer_is_a_message_taken(tmp_path: Path) -> None:
    record, port = tmp_path / "gateway.jsonl", free_port()
    command = [PYTHON, "-m", "dev.gateway", "--port", str(port), "--record", str(record)]
    gateway = HttpProcess("gateway", command, log=tmp_path / "log", env={}, port=port, path="/v1/messages?newest=1")
    gateway.start()
    try:
        with httpx.Client(base_url=gateway.url) as client:
            client.put("/v1/behaviour", json={"drop_answers_rate": 1})
            began = time.monotonic()
            with pytest.raises(httpx.RemoteProtocolError):
                client.post("/v1/messages", json={"request_id": "n-1", "to": "+84912345678", "text": "Xin chào"})
            assert time.monotonic() - began < 2
            gateway.kill()
            gateway.start()
            assert client.get("/v1/messages/n-1").status_code == 200
    finally:
        gateway.kill()
    assert [reception.request_id for reception in read(record)] == ["n-1"]
