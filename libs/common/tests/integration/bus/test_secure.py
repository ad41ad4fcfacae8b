"""TLS and SCRAM against a broker that takes nothing else: what a shared cluster asks for."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from dev.stack.broker import Broker
from dev.stack.keys import certificate
from dev.stack.process import Process
from legalaid.bus import Producer
from legalaid.errors import TransientError
from legalaid.settings import KafkaSettings

from .conftest import Bus, Seen, messages, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

_LISTENER = "org.apache.kafka.common.security.scram.ScramLoginModule required"
_SECURE = """
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={listener} username="legalaid" password="right";
ssl.keystore.type=PEM
ssl.keystore.certificate.chain={certificate}
ssl.keystore.key={key}
ssl.truststore.type=PEM
ssl.truststore.certificates={certificate}
"""


class _SecureBroker(Broker):
    """Takes TLS with SCRAM alone."""

    def __init__(self, folder: Path, chain: str, key: str) -> None:
        super().__init__(folder)
        self._secure = _SECURE.format(listener=_LISTENER, certificate=_one_line(chain), key=_one_line(key))

    def launch(self) -> None:
        secured = self.settings().replace("PLAINTEXT://", "SASL_SSL://")
        secured = secured.replace("PLAINTEXT:PLAINTEXT", "SASL_SSL:SASL_SSL")
        self._properties.parent.mkdir(parents=True)
        self._properties.write_text(secured + self._secure)
        command = [*self._java, "kafka.tools.StorageTool", "format", "-t", "LegalaidTestCluster000", "-c"]
        user = "SCRAM-SHA-512=[name=legalaid,password=right]"
        subprocess.run([*command, str(self._properties), "--add-scram", user], check=True, capture_output=True)
        Process.launch(self)


def _one_line(pem: str) -> str:
    return pem.replace("\n", "\\n")


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[KafkaSettings]:
    chain, key = certificate()
    authority = tmp_path / "ca.pem"
    authority.write_text(chain)
    broker = _SecureBroker(tmp_path, chain, key)
    broker.start()
    try:
        yield KafkaSettings(servers=broker.servers, username="legalaid", password=SecretStr("right"), ca_file=authority)
    finally:
        broker.stop()


async def test_all_clients_speak_tls_and_scram(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=5, each=4)
    await bus.producer.publish(sent)
    async with bus.running(bus.consumer(seen)):
        await until(lambda: len(seen.counts) == len(sent))
    assert await bus.letters() == []

    wrong = bus.kafka.model_copy(update={"password": SecretStr("wrong")})
    async with Producer(wrong, client_id="wrong") as producer:
        with pytest.raises(TransientError):
            await producer.publish(sent)
