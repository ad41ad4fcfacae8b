"""One server behind the MongoDB protocol as a process on loopback, with its data under one folder."""

from pathlib import Path

from dev.machine import programs
from dev.stack.process import Process, free_port, listens


class Database(Process):
    """The server behind the MongoDB protocol. ``front`` is the port of a proxy before it, if there is one."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        program: programs.StoreProgram | None = None,
        front: int | None = None,
    ) -> None:
        chosen = program or programs.store_program()
        self.kind = chosen.kind
        self.port = port or free_port()
        self.front = front or self.port
        self._data = folder / self.kind  # two servers cannot read each other's files
        command = chosen.command(self.port, self._data)
        super().__init__("mongo", command, log=folder / "log" / "mongo.log", ready=lambda: listens(self.port))

    @property
    def url(self) -> str:
        """What clients are given."""
        # a server tells its own address, by which a client would go around what stands before it
        return f"mongodb://127.0.0.1:{self.front}" + ("/?directConnection=true" if self.front != self.port else "")

    def launch(self) -> None:
        """Make the data folder and start the server."""
        self._data.mkdir(parents=True, exist_ok=True)
        super().launch()
