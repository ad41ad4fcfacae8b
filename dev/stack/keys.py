"""Keys of a local installation, and bearer tokens for each of its clients. Made once per folder, never for production.

A production installation has its tokens from an identity provider (a JWKS address) and its keys from a secret store.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm

from legalaid import clock
from legalaid.sealed.keys import new_settings
from legalaid.settings import AuthSettings

ALGORITHM = "ES256"
_DAYS = 30


@dataclass(frozen=True)
class Client:
    """Somebody who calls the services: who it is and what it may do."""

    subject: str
    client: str
    scopes: tuple[str, ...]
    centre: str | None = None
    """The owner code whose cases an officer handles."""


OPERATOR = Client(
    "operator-01", "hotline", ("requests:write", "requests:hotline", "eligibility:check", "directory:read")
)
APP = Client(
    "app",
    "app",
    ("requests:write", "status:check", "devices:write", "notices:seen", "eligibility:check", "directory:read"),
)
EXCHANGE = Client("exchange", "exchange", ("calls:write",))
DESK = Client(
    "desk-01", "desk", ("cases:read", "cases:write", "notices:read", "notices:write", "directory:read"), "DESK"
)
PROVIDER_OPERATOR = Client("provider-operator-01", "operations", ("providers:read", "providers:write"))
READER = Client("reader-01", "reader", ("reports:read",))
AUDITOR = Client("auditor-01", "auditor", ("audit:read",))


def officer(centre: str) -> Client:
    """The officer of a centre or branch, by its owner code."""
    return Client(f"officer-{centre.lower()}", "officer", ("cases:read", "cases:write", "directory:read"), centre)


class Signer:
    """Signs tokens with a key whose public half the services have."""

    def __init__(self, signing_key: str) -> None:
        self.signing_key = signing_key

    def token(self, client: Client) -> str:
        """A bearer token (RFC 9068), good for a month."""
        settings, now = AuthSettings(), int(clock.real_now().timestamp())
        claims: dict[str, object] = {
            "iss": settings.issuer,
            "aud": settings.audience,
            "sub": client.subject,
            "client_id": client.client,
            "scope": " ".join(client.scopes),
            "iat": now,
            "exp": now + _DAYS * 24 * 3600,
        }
        if client.centre is not None:
            claims["centre"] = client.centre
        return jwt.encode(claims, self.signing_key, algorithm=ALGORITHM, headers={"kid": "local", "typ": "at+jwt"})


class Authority(Signer):
    """Signs the tokens of a local installation and keeps its keyring keys, in a folder that only its owner reads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.jwks_file = folder / "jwks.json"
        self._private_file = folder / "signing-key.pem"
        self._keyring_file = folder / "keyring.json"
        if not self._keyring_file.exists():
            self._make()
        super().__init__(self._private_file.read_text())
        self._keyring: dict[str, str] = json.loads(self._keyring_file.read_text())
        if missing := _fresh_keys().keys() - self._keyring.keys():  # a later release asks for more keys
            self._keyring |= {name: key for name, key in _fresh_keys().items() if name in missing}
            self._keyring_file.write_text(json.dumps(self._keyring))

    def _make(self) -> None:
        private = ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        self._private_file.write_bytes(pem)
        self._private_file.chmod(0o600)
        self.jwks_file.write_text(json.dumps({"keys": [{**public, "kid": "local", "use": "sig", "alg": ALGORITHM}]}))
        self._keyring_file.write_text(json.dumps(_fresh_keys()))
        self._keyring_file.chmod(0o600)

    def keyring(self, *compartments: str) -> Mapping[str, str]:
        """The settings that give a service these keys of the keyring, and no others."""
        return {f"LEGALAID_KEYRING__{name.upper()}": self._keyring[name] for name in compartments}


def _fresh_keys() -> dict[str, str]:
    fresh = new_settings()
    return {name: getattr(fresh, name).get_secret_value() for name in type(fresh).model_fields}


def certificate() -> tuple[str, str]:
    """A certificate that signs itself, for a server on 127.0.0.1 and for a day, and its key; both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = clock.real_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem).decode(), private.decode()
