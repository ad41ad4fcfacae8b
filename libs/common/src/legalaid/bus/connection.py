"""How every client of ours reaches the brokers."""

from typing import Any

from aiokafka.helpers import create_ssl_context

from legalaid.settings import KafkaSettings


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
