"""The overlay `local` loses nothing while all of it is replaced, pod by pod.

It applies the overlay, waits until all is Ready, and has a morning played through the Services. While people call and
ask, every Deployment is rolled, every pod of the services is deleted in turn, then the broker and the store. Afterwards
nothing may be lost or doubled, and the facts of reports must be what the log says.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from dev.demo.timeline import Timeline
from dev.install import secrets
from dev.install.cluster import pod
from dev.install.cluster.kubectl import NAMESPACE, RefusedError, get, kubectl, rolled_out, wait
from dev.install.cluster.resources import Resource
from dev.install.verify import Report, timed
from dev.machine.paths import ROOT, VAR
from legalaid import clock

OVERLAY = ROOT / "deploy" / "k8s" / "overlays" / "local"
REPORT = VAR / "cluster" / "report.json"
_SERVICES = "app.kubernetes.io/component in (api,consumer,worker)"
_MINUTES = 240
"""Of the morning, from the first call to the last."""
_CALLED = timedelta(minutes=10)
"""Of the morning: from then on people call and ask."""
_LEAD_SECONDS = 120.0
"""What all workloads get to start anew in the time of the morning, before it begins."""
_STATEFUL = ("kafka", "mongo")


def run(seed: int, requests: int, minutes: float, file: Path = REPORT) -> int:
    """``minutes``: how long the morning lasts in real time. Returns 1 when something was lost, doubled or not tried."""
    report = Report()
    _refuse_what_is_not_local()
    secrets.for_cluster()
    report.ready_seconds = timed(_apply)
    print(f"Ready after {report.ready_seconds:.0f} s", flush=True)
    deployments = _names(get("deployments", "--selector", _SERVICES))
    time = pod.timeline(_MINUTES / minutes, clock.real_now().timestamp() + _LEAD_SECONDS)
    kubectl("set", "env", "deployments", "--selector", _SERVICES, f"LEGALAID_CLOCK={time.setting}")
    for name in deployments:
        rolled_out("deployment", name)
    try:
        _play(report, deployments, time, seed, requests)
    finally:
        kubectl("set", "env", "deployments", "--selector", _SERVICES, "LEGALAID_CLOCK-")
    return report.end(file)


def _play(report: Report, deployments: list[str], time: Timeline, seed: int, requests: int) -> None:
    pod.start(time, seed, requests)
    wait("condition=Ready", f"pod/{pod.NAME}")
    asyncio.run(time.until(_CALLED))
    for what, act in _disturbances(deployments):
        if pod.is_over():
            report.too_late.append(what)
            continue
        report.ready_again(what, timed(act))
    played = pod.result()
    print(played.log)
    report.summary = played.summary
    if played.code != 0:
        report.wrong["morning"] = "something was lost, doubled, dead or answered as it should not be: see above"
    report.rebuild = _job("rebuild-check").strip().splitlines()[-1]
    print(_job("dead-letter-report"))


def _refuse_what_is_not_local() -> None:
    """Raises ``RefusedError`` where the namespace holds an installation of another kind."""
    there = {each["metadata"]["name"] for each in get("namespaces")["items"]}
    if NAMESPACE in there and "gateway" not in _names(get("deployments")) and _names(get("deployments")):
        raise RefusedError(f"the namespace {NAMESPACE} of this cluster holds an installation that is not `local`")


def _apply() -> None:
    kubectl("delete", "jobs", "--all", "--ignore-not-found")
    kubectl("apply", "--kustomize", str(OVERLAY))
    for name in _STATEFUL:
        rolled_out("statefulset", name)
    wait("condition=complete", "jobs", "--all")
    for name in _names(get("deployments")):
        rolled_out("deployment", name)


def _disturbances(deployments: Iterable[str]) -> Iterable[tuple[str, Callable[[], None]]]:
    """Each with what it is called; pods are looked up when their turn comes."""
    for name in deployments:
        yield f"roll {name}", lambda name=name: _roll(name)  # type: ignore[misc]  # binds the name of this turn
    for one in get("pods", "--selector", _SERVICES)["items"]:
        if "deletionTimestamp" not in one["metadata"]:
            yield f"delete {one['metadata']['name']}", lambda one=one: _delete(one["metadata"])  # type: ignore[misc]  # as above
    for name in _STATEFUL:
        yield f"delete {name}-0", lambda name=name: _delete_stateful(name)  # type: ignore[misc]  # as above


def _roll(name: str) -> None:
    kubectl("rollout", "restart", f"deployment/{name}")
    rolled_out("deployment", name)


def _delete(pod: Resource) -> None:
    """And wait until its place is taken."""
    labels = pod["labels"]
    kubectl("delete", "pod", pod["name"], "--wait", "--ignore-not-found")
    rolled_out("deployment", f"{labels['app.kubernetes.io/name']}-{labels['app.kubernetes.io/component']}")


def _delete_stateful(name: str) -> None:
    kubectl("delete", "pod", f"{name}-0", "--wait")
    rolled_out("statefulset", name)


def _job(name: str) -> str:
    """Run a CronJob now; what it printed."""
    now = f"{name}-now"
    kubectl("delete", "job", now, "--ignore-not-found", "--wait")
    kubectl("create", "job", now, f"--from=cronjob/{name}")
    wait("condition=complete", f"job/{now}")
    return kubectl("logs", f"job/{now}")


def _names(answer: Resource) -> list[str]:
    return sorted(each["metadata"]["name"] for each in answer["items"])
