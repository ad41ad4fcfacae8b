"""What the stack runs in: processes on this machine, or containers where there is a Docker engine.

``with chosen_stack(folder) as running:`` starts it and stops it. ``LEGALAID_TEST_BACKEND`` chooses.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.machine.programs import can_run_kafka
from dev.stack.local import local_stack
from dev.stack.servers import Stack


def backend() -> str:
    """``local`` or ``testcontainers``: as ``LEGALAID_TEST_BACKEND`` says, else local where it can be."""
    said = os.environ.get("LEGALAID_TEST_BACKEND")
    if said:
        return said
    return "local" if can_run_kafka() or shutil.which("docker") is None else "testcontainers"


@contextmanager
def chosen_stack(folder: Path, *, kafka_port: int | None = None, mongo_port: int | None = None) -> Iterator[Stack]:
    """The stack of the kind that ``backend()`` names: processes here, or containers.

    Raises ``ValueError`` for any other word, and what the kind itself raises.
    """
    kind = backend()
    if kind == "local":
        with local_stack(folder, kafka_port=kafka_port, mongo_port=mongo_port) as running:
            yield running
    elif kind == "testcontainers":
        from dev.stack.containers import container_stack  # noqa: PLC0415 - needs a Docker engine, which few machines have

        with container_stack(kafka_port=kafka_port, mongo_port=mongo_port) as running:
            yield running
    else:
        message = f"LEGALAID_TEST_BACKEND is {kind!r}; it can be 'local' or 'testcontainers'"
        raise ValueError(message)
