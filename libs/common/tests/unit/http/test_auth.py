import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.http.auth import Authenticator, Principal
from legalaid.http.problems import Problem
from legalaid.settings import AuthSettings


@pytest.fixture
def authenticator(issuer: Any) -> Authenticator:
    return Authenticator(AuthSettings(jwks_file=issuer.jwks))


async def ask(authenticator: Authenticator, token: str) -> Principal:
    return await authenticator.principal(f"Bearer {token}")


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_a_good_token_tells_who_it_is(authenticator: Authenticator, issuer: Any, alg: str) -> None:
    token = issuer.token("a:read b:write", alg=alg, centre="TGPL-11")
    expected = Principal("operator-1", "hotline", frozenset({"a:read", "b:write"}), "TGPL-11")
    assert await ask(authenticator, token) == expected
    assert await authenticator.principal(f"bearer {token}") == expected  # the scheme's case is free (RFC 9110)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1_700_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iss": "https://elsewhere.local"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": None},
        {"client_id": None},
        {"client_id": 7},
        {"scope": ["requests:write"]},
        {"centre": 11},
        {"nbf": 9_999_999_999},
        {"kid": "unknown"},
        {"kid": "e1"},  # the other algorithm's key
    ],
)
async def test_tokens_that_are_refused(authenticator: Authenticator, issuer: Any, claims: dict[str, Any]) -> None:
    with pytest.raises(Problem) as refused:
        await ask(authenticator, issuer.token(**claims))
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer ")


def forged(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()


async def test_no_algorithm_and_the_public_key_as_a_secret(authenticator: Authenticator, issuer: Any) -> None:
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    pem = issuer.rsa.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret = base64.urlsafe_b64encode(pem).decode()
    head = {"alg": "HS256", "kid": "r1", "typ": "JWT"}
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    unsigned = forged(head, claims, b"").rpartition(".")[0]
    confused = f"{unsigned}.{base64.urlsafe_b64encode(hmac.sign(unsigned.encode(), pem)).rstrip(b'=').decode()}"
    tampered = issuer.token().split(".")
    tampered[1] = issuer.token(scope="everything").split(".")[1]
    for token in (
        forged({"alg": "none", "kid": "r1"}, claims, b""),
        forged({"alg": "None", "kid": "r1"}, claims, b"x"),
        confused,
        forged(head | {"jwk": {"kty": "oct", "k": secret}}, claims, b"x"),
        ".".join(tampered),
        "a.b.c",
        "",
        "x" * 9000,
    ):
        with pytest.raises(Problem) as refused:
            await ask(authenticator, token)
        assert refused.value.status == 401


@pytest.mark.parametrize("header", ["", "Basic dTpw", "Bearer", "Bearer ", "Token abc"])
async def test_other_authorisation_headers(authenticator: Authenticator, header: str) -> None:
    with pytest.raises(Problem) as refused:
        await authenticator.principal(header)
    assert refused.value.status == 401


async def test_a_remembered_token_still_expires(
    authenticator: Authenticator, issuer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token()
    await ask(authenticator, token)
    later = clock.real_now().timestamp() + 61 + 10  # its lifetime and the leeway
    monkeypatch.setattr(clock, "real_now", lambda: datetime.fromtimestamp(later, UTC))
    monkeypatch.setattr(authenticator, "_check", _refuse)
    with pytest.raises(Problem):
        await ask(authenticator, token)


async def _refuse(_token: str) -> None:
    raise Problem(401, "unauthorized", "no")


async def test_a_new_key_is_found_and_a_withdrawn_one_forgotten(issuer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now[0])
    authenticator = Authenticator(AuthSettings(jwks_file=issuer.jwks))
    await ask(authenticator, issuer.token())
    issuer.publish(kid_rsa="r2")
    try:
        with pytest.raises(Problem):  # the file was read just now, and is not read for every made-up key id
            await ask(authenticator, issuer.token(kid="r2"))
        now[0] += 11
        await ask(authenticator, issuer.token(kid="r2"))
        with pytest.raises(Problem):
            await ask(authenticator, issuer.token(kid="r1", sub="another"))
    finally:
        issuer.publish()


async def test_without_keys_it_is_not_the_callers_fault(issuer: Any, tmp_path: Any) -> None:
    missing = Authenticator(AuthSettings(jwks_file=tmp_path / "none.json"))
    with pytest.raises(TransientError):
        await ask(missing, issuer.token())
    (tmp_path / "none.json").write_text('{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "r1"}, {"kty": "EC"}]}')
    with pytest.raises(Problem):
        await ask(Authenticator(AuthSettings(jwks_file=tmp_path / "none.json")), issuer.token())
