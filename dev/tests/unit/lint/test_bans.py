"""What pyproject.toml forbids the product to call is found, however it is imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dev.machine.paths import ROOT

HANDLERS = "services/routing/src/routing/handlers.py"
CLOCKS = [
    "import datetime\ndatetime.datetime.utcnow()",
    "import datetime as dt\ndt.datetime.now(dt.UTC)",
    "from datetime import datetime as moment\nmoment.now()",
    "from datetime import date\ndate.today()",
    "import time\ntime.time()",
    "import time as clockwork\nread = clockwork.monotonic",
    "from time import perf_counter\nperf_counter()",
    "from time import gmtime as then\nthen()",
]


def _found(text: str, path: str) -> bool:
    command = [str(Path(sys.executable).parent / "ruff"), "check", "--no-cache", "--select", "TID251"]
    command += ["--output-format", "json", "--stdin-filename", str(ROOT / path), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=ROOT)
    return bool(json.loads(done.stdout))


@pytest.mark.parametrize("text", CLOCKS)
def test_every_way_to_read_a_clock_is_found(text: str) -> None:
    assert _found(text, HANDLERS)


@pytest.mark.parametrize(
    "path", ["libs/common/src/legalaid/clock.py", "dev/stack/process.py", "services/routing/tests/unit/test_x.py"]
)
def test_clocks_are_for_the_clock_and_for_those_who_watch(path: str) -> None:
    assert not _found("import time\ntime.time()", path)


def test_what_the_clock_gives_is_free() -> None:
    assert not _found("from legalaid import clock\nat = clock.now()\nage = event.time - at\n", HANDLERS)
