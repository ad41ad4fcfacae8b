"""Tokens as attackers send them: each is answered 401, and none is an error of ours."""

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from legalaid import clock
from legalaid.http.auth import Authenticator
from legalaid.http.problems import Problem
from legalaid.settings import AuthSettings

DEEP = b"[" * 3_000 + b"]" * 3_000
DIGITS = b"9" * 5_000


def b64(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


_STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Forger:
    """Makes tokens by hand, so that what a library would not write can be written."""

    def __init__(self, issuer: Any) -> None:
        self.issuer = issuer
        self.stranger = _STRANGER
        self.claims: dict[str, Any] = jwt.decode(issuer.token(), options={"verify_signature": False})
        self.now = int(clock.real_now().timestamp())

    def token(self, header: Any, claims: Any = None, *, by: Any = None) -> str:
        """Signed with RSA and SHA-256 by the issuer, or by another key. Bytes go as they are, all else as JSON."""
        head = {"alg": "RS256", "kid": "r1"} | header if isinstance(header, dict) else header
        both = (head, self.claims if claims is None else claims)
        parts = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in both]
        signed = b".".join(map(b64, parts))
        return (signed + b"." + b64((by or self.issuer.rsa).sign(signed, padding.PKCS1v15(), SHA256()))).decode()

    def with_claims(self, **claims: Any) -> str:
        return self.token({}, self.claims | claims)


@pytest.fixture
def forger(issuer: Any) -> Forger:
    return Forger(issuer)


@pytest.fixture
def authenticator(issuer: Any) -> Authenticator:
    return Authenticator(AuthSettings(jwks_file=issuer.jwks))


async def _refuses(authenticator: Authenticator, token: str) -> None:
    with pytest.raises(Problem) as refused:
        await authenticator.principal(f"Bearer {token}")
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_the_forger_can_make_a_token_that_is_good(forger: Forger, authenticator: Authenticator) -> None:
    assert (await authenticator.principal(f"Bearer {forger.token({})}")).subject == "operator-1"


ANY_TYPE: list[Any] = [None, True, 7, 1.5, "", [], ["RS256"], {}, {"RS256": "r1"}, [[]]]


@pytest.mark.parametrize("value", ANY_TYPE, ids=repr)
@pytest.mark.parametrize("name", ["alg", "kid"])
async def test_header_parameters_of_other_types(
    forger: Forger, authenticator: Authenticator, name: str, value: object
) -> None:
    await _refuses(authenticator, forger.token({name: value}))


@pytest.mark.parametrize("value", [each for each in ANY_TYPE if each is not None], ids=repr)
async def test_typ_of_other_types(forger: Forger, authenticator: Authenticator, value: object) -> None:
    await _refuses(authenticator, forger.token({"typ": value}))


HEADERS: dict[str, Any] = {
    "none": {"alg": "none"},
    "nOnE": {"alg": "nOnE"},
    "HS256": {"alg": "HS256"},
    "RS512-for-RS256": {"alg": "RS512"},
    "PS256-for-RS256": {"alg": "PS256"},
    "ES256-with-an-RSA-key": {"alg": "ES256"},
    "RS256-with-an-EC-key": {"kid": "e1"},
    "unknown-kid": {"kid": "r9"},
    "kid-is-a-path": {"kid": "../../../../dev/null"},
    "kid-is-SQL": {"kid": "' OR 1=1 --"},
    "kid-with-NUL": {"kid": "r1\x00"},
    "kid-is-long": {"kid": "r" * 3_000},
    "crit": {"crit": ["exp"], "exp": 1},
    "crit-unknown": {"crit": ["x"], "x": 1},
    "crit-empty": {"crit": []},
    "unencoded-payload": {"b64": False, "crit": ["b64"]},
    "logout": {"typ": "logout+jwt"},
    "security-event": {"typ": "secevent+jwt"},
    "proof": {"typ": "dpop+jwt"},
    "identity-token-of-some": {"typ": "id+jwt"},
    "JWE": {"typ": "JOSE"},
    "typ-with-parameter": {"typ": "at+jwt; a=b"},
}
"""Each signed rightly by the issuer, so that only the header speaks against it."""


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
async def test_headers(forger: Forger, authenticator: Authenticator, header: dict[str, Any]) -> None:
    await _refuses(authenticator, forger.token(header))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt", "application/jwt", None])
async def test_types_of_access_tokens(forger: Forger, authenticator: Authenticator, typ: str | None) -> None:
    header = {} if typ is None else {"typ": typ}
    assert (await authenticator.principal(f"Bearer {forger.token(header)}")).client == "hotline"


RAW: dict[str, tuple[Any, Any]] = {
    "deep-header": (b'{"alg":"RS256","kid":"r1","x":' + DEEP + b"}", None),
    "deep-alg": (b'{"alg":' + b"[" * 1_000 + b"]" * 1_000 + b',"kid":"r1"}', None),
    "deep-claims": ({}, DEEP[:2_000] + DEEP[-2_000:]),
    "digits-in-header": (b'{"alg":"RS256","kid":"r1","x":' + DIGITS + b"}", None),
    "digits-in-exp": ({}, b'{"exp":' + DIGITS + b"}"),
    "NUL": (b'{"alg":"RS256",\x00"kid":"r1"}', None),
    "invalid-UTF-8": (b'{"alg":"RS256","kid":"\xff"}', None),
    "lone-surrogate": (b'{"alg":"RS256","kid":"\\ud800"}', None),
    "header-is-a-list": (b'["RS256"]', None),
    "header-is-null": (b"null", None),
    "header-is-a-number": (b"7", None),
    "header-is-empty": (b"", None),
    "claims-are-a-list": ({}, b"[1]"),
    "claims-are-null": ({}, b"null"),
    "claims-are-text": ({}, b'"x"'),
    "claims-are-no-JSON": ({}, b"\xff\x00"),
    "claims-are-empty": ({}, b""),
}


@pytest.mark.parametrize(("header", "claims"), RAW.values(), ids=RAW)
async def test_parts_that_are_no_objects(
    forger: Forger, authenticator: Authenticator, header: Any, claims: Any
) -> None:
    await _refuses(authenticator, forger.token(header, claims))


NO_TIMES = [10**17, 10**400, 1e308, float("inf"), float("-inf"), float("nan"), "soon", [], {}, None]


@pytest.mark.parametrize(
    ("name", "value"),
    [*((name, value) for name in ("exp", "nbf", "iat") for value in NO_TIMES), ("exp", -(10**17)), ("exp", True)],
    ids=lambda value: repr(value)[:12],
)
async def test_times(forger: Forger, authenticator: Authenticator, name: str, value: Any) -> None:
    await _refuses(authenticator, forger.with_claims(**{name: value}))


@pytest.mark.parametrize("name", ["nbf", "iat"])
async def test_tokens_of_the_future(forger: Forger, authenticator: Authenticator, name: str) -> None:
    await _refuses(authenticator, forger.with_claims(**{name: forger.now + 3_600}))


@pytest.mark.parametrize("value", [None, 7, 0, [], {}, ["x"], True], ids=repr)
@pytest.mark.parametrize("name", ["sub", "iss", "client_id", "scope", "aud"])
async def test_claims_of_other_types(forger: Forger, authenticator: Authenticator, name: str, value: object) -> None:
    await _refuses(authenticator, forger.with_claims(**{name: value}))


async def test_signatures(forger: Forger, authenticator: Authenticator, issuer: Any) -> None:
    good, signed = forger.token({}), forger.token({}).rpartition(".")[0]
    e1 = b".".join((b64(b'{"alg":"ES256","kid":"e1"}'), b64(json.dumps(forger.claims).encode())))
    rsa_key = issuer.rsa
    pem = rsa_key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    hs = b".".join((b64(b'{"alg":"HS256","kid":"r1"}'), b64(json.dumps(forger.claims).encode())))
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(hs, pem)
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    sha512 = rsa_key.sign(signed.encode(), padding.PKCS1v15(), SHA512())
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(forger.stranger.public_key(), as_dict=True)
    tokens = {
        "another's key under our kid": forger.token({}, by=forger.stranger),
        "jwk": forger.token({"jwk": jwk}, by=forger.stranger),
        "jku": forger.token({"jku": "https://elsewhere.example/jwks"}, by=forger.stranger),
        "x5u": forger.token({"x5u": "https://elsewhere.example/cert"}, by=forger.stranger),
        "none, empty signature": f"{signed}.",
        "zero signature of an elliptic curve": (e1 + b"." + b64(b"\0" * 64)).decode(),
        "zero signature, DER": (e1 + b"." + b64(b"\x30\x06\x02\x01\x00\x02\x01\x00")).decode(),
        "HS256 with the public key": (hs + b"." + b64(hmac)).decode(),
        "RSA signature with SHA-512": f"{signed}.{b64(sha512).decode()}",
        "PSS signature": f"{signed}.{b64(rsa_key.sign(signed.encode(), pss, SHA256())).decode()}",
        "two parts": signed,
        "four parts": f"{good}.x",
        "five parts": f"{good}.x.y",
        "dots": "...",
        "blank inside": good.replace(".", " .", 1),
        "not base64": good.replace(".", ".!", 1),
        "not ASCII": good + "é",
        "over 8 kB": forger.token({"x": "y" * 8_192}),
    }
    for name, token in tokens.items():
        try:
            await _refuses(authenticator, token)
        except BaseException as error:
            raise AssertionError(name) from error


async def test_a_symmetric_key_of_the_issuer_signs_nothing(forger: Forger, tmp_path: Any) -> None:
    secret = b"s" * 32
    keys = [{"kty": "oct", "kid": "s1", "alg": alg, "k": b64(secret).decode()} for alg in ("HS256", "RS256")]
    curve = jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [*keys, curve | {"kid": "e9"}]}))
    authenticator = Authenticator(AuthSettings(jwks_file=tmp_path / "jwks.json"))
    await _refuses(authenticator, jwt.encode(forger.claims, secret, "HS256", headers={"kid": "s1"}))
