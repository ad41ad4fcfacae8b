import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from structlog.typing import EventDict

from legalaid import clock


class Issuer:
    """Signs tokens as the issuer of the default settings would."""

    def __init__(self, folder: Path) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.jwks = folder / "jwks.json"
        self.publish()

    def publish(self, kid_rsa: str = "r1", kid_ec: str = "e1") -> None:
        keys = [
            jwt.algorithms.RSAAlgorithm.to_jwk(self.rsa.public_key(), as_dict=True) | {"kid": kid_rsa, "use": "sig"},
            jwt.algorithms.ECAlgorithm.to_jwk(self.ec.public_key(), as_dict=True) | {"kid": kid_ec},
        ]
        self.jwks.write_text(json.dumps({"keys": keys}))

    def token(self, scope: str = "requests:write", *, alg: str = "RS256", kid: str = "", **claims: Any) -> str:
        now = int(clock.real_now().timestamp())
        body: dict[str, Any] = {
            "iss": "https://legalaid.local",
            "aud": "legalaid",
            "sub": "operator-1",
            "client_id": "hotline",
            "scope": scope,
            "exp": now + 60,
        } | claims
        key = self.rsa if alg == "RS256" else self.ec
        present = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(present, key, alg, headers={"kid": kid or {"RS256": "r1"}.get(alg, "e1")})


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[EventDict]]:
    """What is logged: kept off the terminal, where an unconfigured structlog would print every local variable."""
    with structlog.testing.capture_logs() as captured:
        yield captured
