"""``make run``: the stack and all services on fixed ports, left running, for people who build front ends."""

import signal
from collections.abc import Mapping
from pathlib import Path

from dev.machine import doctor
from dev.machine.paths import RUN, shown
from dev.stack.backend import chosen_stack
from dev.stack.installation import PORTS, SERVICES, Installation, installation
from dev.stack.keys import APP, AUDITOR, DESK, EXCHANGE, OPERATOR, PROVIDER_OPERATOR, READER, Authority, officer

_OFFICERS = ("TGPL-11", "TGPL-15")


def tokens(authority: Authority) -> Mapping[str, str]:
    """A token for everybody who calls the services, by the name of a shell variable."""
    clients = {
        "OPERATOR": OPERATOR,
        "APP": APP,
        "EXCHANGE": EXCHANGE,
        "DESK": DESK,
        "READER": READER,
        "AUDITOR": AUDITOR,
        "PROVIDER_OPERATOR": PROVIDER_OPERATOR,
    }
    clients |= {f"OFFICER_{code.replace('-', '_')}": officer(code) for code in _OFFICERS}
    return {f"{name}_TOKEN": authority.token(client) for name, client in clients.items()}


def run(folder: Path = RUN) -> int:
    """Start everything and wait for Ctrl-C. Returns 1 when a port is taken."""
    taken = [problem for port in PORTS.values() if (problem := doctor.port_problem(port))]
    if taken:
        print("\n".join(taken))
        return 1
    print("Starting Kafka, the store and the four services ...", flush=True)
    with (
        chosen_stack(folder, kafka_port=PORTS["kafka"], mongo_port=PORTS["mongo"]) as stack,
        installation(stack, folder, ports=PORTS) as running,
    ):
        file = folder / "tokens.env"
        file.write_text("".join(f"{name}={token}\n" for name, token in tokens(running.authority).items()))
        file.chmod(0o600)
        _tell(running, file)
        signal.pause()
    return 0


def _tell(running: Installation, file: Path) -> None:
    print("\nRunning; Ctrl-C stops everything.\n")
    for name in SERVICES:
        url = running[name].url
        print(f"  {name:<8} {url}/docs (the API, to read and try)   {url}/metrics")
    print(f"  gateway  {running['gateway'].url}/ (simulated SMS: the inbox)   {running['gateway'].url}/docs")
    print(f"  Kafka    {running.stack.servers}")
    print(f"  store    {running.stack.mongo} ({running.stack.mongo_kind})\n")
    print(f'Tokens for curl: `. {shown(file)}`, then -H "Authorization: Bearer $OPERATOR_TOKEN".')
    print(f"Logs: {shown(file.parent / 'log')}. The data stays in {shown(file.parent)} until `make clean`.", flush=True)
