"""Signing and deriving tokens, without a server."""

import base64
import hmac
import json
import time
from pathlib import Path
from uuid import uuid4

import pytest

from api.credentials.tokens import Tokens, new_refresh_token, successor
from barograph.errors import Unauthenticated
from barograph.identity.signing_keys import SigningKey, SigningKeys, ensure_key, read_keys, rotate_key

KEY = SigningKey(b"a key of thirty-two bytes or more")
NEW_KEY = SigningKey(b"another key of thirty-two bytes or more")


def tokens(*keys: SigningKey, life_s: int = 60) -> Tokens:
    return Tokens(SigningKeys(list(keys)), life_s)


def test_an_access_token_names_its_account_and_log_in() -> None:
    account_id, login_id = uuid4(), uuid4()
    token = tokens(KEY).sign_access(account_id, login_id)
    assert tokens(KEY).read_access(token) == (account_id, login_id)


def test_an_access_token_expires() -> None:
    expired = tokens(KEY, life_s=-1).sign_access(uuid4(), uuid4())
    with pytest.raises(Unauthenticated):
        tokens(KEY).read_access(expired)


def test_a_token_counts_as_long_as_the_key_that_signed_it() -> None:
    token = tokens(KEY).sign_access(uuid4(), uuid4())
    tokens(NEW_KEY, KEY).read_access(token)
    with pytest.raises(Unauthenticated):
        tokens(NEW_KEY).read_access(token)


def test_a_token_that_was_read_before_expires_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = tokens(KEY)
    token = reader.sign_access(uuid4(), uuid4())
    reader.read_access(token)
    expires_s = time.time() + reader.access_token_s
    monkeypatch.setattr("api.credentials.tokens.time.time", lambda: expires_s)
    with pytest.raises(Unauthenticated):
        reader.read_access(token)


def test_a_token_that_was_read_before_ends_with_the_key_that_signed_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    ensure_key(path)
    reader = Tokens(SigningKeys(read_keys(path), path), 60)
    token = reader.sign_access(uuid4(), uuid4())
    rotate_key(path)
    reader.read_access(token)
    rotate_key(path)
    with pytest.raises(Unauthenticated):
        reader.read_access(token)


def test_the_newest_key_signs() -> None:
    tokens(NEW_KEY).read_access(tokens(NEW_KEY, KEY).sign_access(uuid4(), uuid4()))


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_a_token_that_names_another_key_than_its_own_is_refused() -> None:
    claims = tokens(KEY).sign_access(uuid4(), uuid4()).split(".")[1]
    signed = f"{encoded({'alg': 'HS256', 'kid': KEY.id})}.{claims}"
    signature = base64.urlsafe_b64encode(hmac.digest(b"x" * 32, signed.encode(), "sha256")).decode()
    with pytest.raises(Unauthenticated):
        tokens(KEY).read_access(f"{signed}.{signature.rstrip('=')}")


@pytest.mark.parametrize("header", ['{"alg":"HS256"}', '{"alg":"HS256","kid":5}', '{"alg":"none"}', "[]"])
def test_a_token_without_a_key_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens(KEY).read_access(f"{encoded(json.loads(header))}.{encoded({})}.AAAA")


def test_a_refresh_token_has_one_successor_that_takes_both_token_and_salt() -> None:
    token, salt = new_refresh_token(), uuid4()
    assert successor(token, salt) == successor(token, salt)
    assert successor(token, salt) != successor(token, uuid4())
    assert successor(token, salt) != successor(new_refresh_token(), salt)
    assert successor(token, salt).startswith("bgr_")


def test_the_id_of_a_key_does_not_tell_the_key() -> None:
    assert KEY.id != NEW_KEY.id
    assert KEY.secret.hex() not in KEY.id
    assert hmac.digest(KEY.secret, b"access", "sha256").hex()[:16] != KEY.id
