"""A child process that never outlives its parent, and can be killed and started again as a fault test needs it."""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO

from dev.machine.paths import ROOT

_PORTS = range(15_000, 30_000)
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


_parent = ThreadPoolExecutor(1, thread_name_prefix="parent")
"""The thread that starts all children and outlives them: to Linux a parent has died when the *thread* that made the
child ends (prctl(2)), and a test may start a broker from a thread that ends with the test."""


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


class NotStartedError(RuntimeError):
    """A process ended, or was not ready in time. The message ends with the last lines of its log."""


def free_port() -> int:
    """A port of loopback that nobody listens on now.

    Systems take ports for outgoing connections from higher up: one of those could be gone before the caller's server
    has it.
    """
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def listens(port: int) -> bool:
    """Whether somebody accepts connections on this port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(true: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Ask until ``true`` says yes; False when it has not after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


class Process:
    """One program with its log file. It has a session of its own, so Ctrl-C reaches the parent alone, which then
    stops its children in an order that makes sense; if the parent dies without that, the kernel kills them.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        ready: Callable[[], bool],
        env: Mapping[str, str] | None = None,
        start_seconds: float = 60,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.env = dict(env or {})
        self._ready = ready
        self._start_seconds = start_seconds
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running child. Raises ``NotStartedError`` when there is none."""
        if self._child is None:
            message = f"{self.name} is not running"
            raise NotStartedError(message)
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def launch(self) -> None:
        """Start the program without waiting until it is ready."""
        if self.running:
            message = f"{self.name} is already running"
            raise NotStartedError(message)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = _parent.submit(self._popen, log).result()

    def _popen(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **self.env},
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one prctl call, which takes no lock
        )

    def wait_ready(self) -> None:
        """Wait until the program is ready. Raises ``NotStartedError`` when it ends, or takes too long."""
        in_time = wait_until(lambda: not self.running or self._ready(), self._start_seconds)
        if not self.running:
            message = f"{self.name} ended while it started\n{self.tail()}"
            raise NotStartedError(message)
        if not in_time:
            self.kill()
            message = f"{self.name} was not ready after {self._start_seconds:.0f} s\n{self.tail()}"
            raise NotStartedError(message)

    def start(self) -> None:
        """Start the program and wait until it is ready. Raises ``NotStartedError``."""
        self.launch()
        self.wait_ready()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, such as SIGSTOP, if the child is running."""
        if self.running:
            os.kill(self.pid, number)

    def stop(self, seconds: float = 30) -> int | None:
        """Ask it to end (SIGTERM), kill it if it has not after ``seconds``, and return its exit code."""
        if self._child is None:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int | None:
        """End it at once (SIGKILL), as a power cut would."""
        if self._child is None:
            return None
        self.signal(signal.SIGKILL)
        return self._child.wait()

    def restart(self) -> None:
        """Stop it kindly and start it again: same command, same data."""
        self.stop()
        self.start()

    def tail(self, lines: int = 20) -> str:
        """The last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
