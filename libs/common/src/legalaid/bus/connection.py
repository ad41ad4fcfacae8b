"""How every client of ours reaches the brokers."""

from typing import Any

from aiokafka import conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.helpers import create_ssl_context

from legalaid.settings import KafkaSettings


class _Connection(conn.AIOKafkaConnection):  # type: ignore[misc]  # aiokafka ships no types
    """A connection of aiokafka that also knows how uvloop says that it is closed.

    uvloop raises ``RuntimeError`` where asyncio raises ``OSError`` or nothing (aio-libs/aiokafka#1038). It ended the
    client's task that renews its metadata, so that after a broker's death a member of a group stood still for ever.
    """

    def send(self, request: Any, expect_response: bool = True) -> Any:
        """As in aiokafka. Raises ``KafkaConnectionError`` when the connection is closed, which its callers expect."""
        try:
            return super().send(request, expect_response)
        except RuntimeError as error:
            self.close(reason=conn.CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self._host}:{self._port} closed") from error


conn.AIOKafkaConnection = _Connection  # ``create_conn`` of aiokafka takes no class of its callers


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """The arguments about address, TLS and SASL that aiokafka's producer, consumer and admin client share."""
    arguments: dict[str, Any] = {"bootstrap_servers": settings.servers}
    if settings.ca_file is not None:
        arguments["ssl_context"] = create_ssl_context(cafile=str(settings.ca_file))
    if settings.username:
        arguments["sasl_mechanism"] = "SCRAM-SHA-512"
        arguments["sasl_plain_username"] = settings.username
        arguments["sasl_plain_password"] = settings.password.get_secret_value()
    transport = "SSL" if settings.ca_file is not None else "PLAINTEXT"
    arguments["security_protocol"] = f"SASL_{transport}" if settings.username else transport
    return arguments
