"""The local stack as processes: one Kafka broker and one server behind the MongoDB protocol, under one folder.

Each can be killed and started again on the same port and data: ``running.kafka.kill(); running.kafka.start()``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.machine import programs
from dev.stack.broker import Broker
from dev.stack.process import Process
from dev.stack.servers import Stack
from dev.stack.store import Database


@contextmanager
def local_stack(
    folder: Path,
    *,
    kafka_port: int | None = None,
    mongo_port: int | None = None,
    program: programs.StoreProgram | None = None,
    kafka_front: int | None = None,
    mongo_front: int | None = None,
) -> Iterator[Stack]:
    """Start broker and store, with data and logs in ``folder``; stop both at the end.

    The fronts are ports of proxies by which clients reach them; the proxies are the caller's.

    Raises ``MissingToolError`` before anything is started, ``NotStartedError`` when one of them does not start.
    """
    given = os.environ.get("LEGALAID_MONGO_URL")
    database = None if given else Database(folder, mongo_port, program, mongo_front)
    broker = Broker(folder, kafka_port, kafka_front)
    processes: list[Process] = [broker, *([database] if database else [])]
    try:
        for process in processes:
            process.launch()
        for process in processes:
            process.wait_ready()
        if database is None:
            yield Stack(broker.servers, given or "", "given", broker, None)
        else:
            yield Stack(broker.servers, database.url, database.kind, broker, database)
    finally:
        for process in processes:
            process.stop(10)
