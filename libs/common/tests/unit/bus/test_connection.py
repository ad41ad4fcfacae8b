import ssl
import zlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from legalaid.bus.connection import connection
from legalaid.bus.producer import partition_of
from legalaid.bus.topics import groups
from legalaid.settings import KafkaSettings


def test_plain_without_secrets() -> None:
    assert connection(KafkaSettings(servers="a:1,b:2")) == {
        "bootstrap_servers": "a:1,b:2",
        "security_protocol": "PLAINTEXT",
    }


def test_a_username_means_scram() -> None:
    arguments = connection(KafkaSettings(username="routing", password=SecretStr("pw")))
    assert arguments["security_protocol"] == "SASL_PLAINTEXT"
    assert arguments["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == ("routing", "pw")


@pytest.mark.parametrize(("username", "protocol"), [("", "SSL"), ("routing", "SASL_SSL")])
def test_a_ca_file_means_tls_that_checks_who_answers(tmp_path: Path, username: str, protocol: str) -> None:
    authority = ssl.create_default_context().get_ca_certs(binary_form=True)
    file = tmp_path / "ca.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert(authority[0]))
    arguments = connection(KafkaSettings(ca_file=file, username=username))
    assert arguments["security_protocol"] == protocol
    assert arguments["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert arguments["ssl_context"].check_hostname


@given(st.binary(max_size=40), st.integers(1, 12))
def test_a_key_has_one_partition_for_ever(key: bytes, count: int) -> None:
    assert partition_of(key, range(count), []) == zlib.crc32(key) % count


def test_the_partition_of_a_key_is_what_it_was_in_the_first_release() -> None:
    assert [partition_of(key, range(6), []) for key in (b"a", b"legalaid", b"\xc4\x90")] == [3, 5, 5]


def test_records_without_a_key_spread_over_what_is_available() -> None:
    assert set(Counter(partition_of(None, range(6), [2, 4]) for _ in range(50))) == {2, 4}


def test_every_consuming_service_is_a_group() -> None:
    assert groups() == ("intake", "notify", "reports", "routing")
