"""A real Prometheus beside what it scrapes, and its HTTP API: for tests of rules and dashboards, and for screens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from dev.machine import programs
from dev.machine.paths import ROOT
from dev.stack.installation import SERVICES, Installation, answers
from dev.stack.process import Process, free_port

CONFIG: Final = ROOT / "deploy" / "observability" / "prometheus" / "prometheus.yml"
RULES: Final = CONFIG.parent / "rules"


class Prometheus(Process):
    """Scrapes an installation every second, with the committed configuration but for its targets and its pace."""

    def __init__(self, folder: Path, running: Installation) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        config = folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(_here(yaml.safe_load(CONFIG.read_text("utf-8")), running)), "utf-8")
        command = [
            programs.prometheus(),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--enable-feature=exemplar-storage",
        ]
        ready = lambda: answers(self._port, "/-/ready")  # noqa: E731 - as short as its use
        super().__init__("prometheus", command, log=folder / "prometheus.log", ready=ready)
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self._port}/api/v1", timeout=30)

    def stop(self, seconds: float = 30) -> int | None:
        """Hang up and stop it."""
        self._http.close()
        return super().stop(seconds)

    def instant(self, query: str, at: float) -> list[dict[str, Any]]:
        """The series of an instant query at a Unix time. Raises ``QueryError``."""
        return self._result("/query", {"query": query, "time": f"{at:.3f}"})

    def over(self, query: str, begin: float, end: float, step: float = 1.0) -> list[dict[str, Any]]:
        """The series of a range query between two Unix times. Raises ``QueryError``."""
        asked = {"query": query, "start": f"{begin:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return self._result("/query_range", asked)

    def rules(self) -> list[dict[str, Any]]:
        """Every rule with its health, its last error and, if it is an alarm, its state."""
        groups = self._http.get("/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def _result(self, path: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        told = self._http.post(path, data=dict(asked)).json()
        if told["status"] != "success":
            message = f"{asked['query']}: {told['error']}"
            raise QueryError(message)
        if told.get("warnings"):
            message = f"{asked['query']}: {told['warnings']}"
            raise QueryError(message)
        found: list[dict[str, Any]] = told["data"]["result"]
        return found


class QueryError(RuntimeError):
    """Prometheus refused a query, or warned of it."""


def _here(config: dict[str, Any], running: Installation) -> dict[str, Any]:
    """The committed configuration for the services that run here, where one process has all parts of a service."""
    del config["alerting"]  # nobody is to be woken
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(CONFIG.parent / pattern) for pattern in config["rule_files"]]
    for job in config["scrape_configs"]:
        service = job["job_name"]
        if service not in SERVICES:
            message = f"{CONFIG.name} scrapes {service}, which is no service"
            raise ValueError(message)
        here = [running.processes[service]] if service in running.processes else []
        targets = [f"127.0.0.1:{process.port}" for process in here]
        job["static_configs"] = [{"targets": targets, "labels": {"component": "all"}}]
    return config
