"""Signing and deriving tokens, without a server."""

from uuid import uuid4

import pytest

from api.auth.tokens import Tokens
from barograph.errors import Unauthenticated

KEY = b"a key of thirty-two bytes or more"


def test_an_access_token_names_its_account_and_log_in() -> None:
    account_id, login_id = uuid4(), uuid4()
    tokens = Tokens(KEY, 60)
    assert tokens.read_access(tokens.sign_access(account_id, login_id)) == (account_id, login_id)


def test_an_access_token_expires() -> None:
    tokens = Tokens(KEY, -1)
    with pytest.raises(Unauthenticated):
        tokens.read_access(tokens.sign_access(uuid4(), uuid4()))


def test_a_token_has_one_successor_that_only_the_key_finds() -> None:
    token = Tokens(KEY, 60).new_refresh()
    assert Tokens(KEY, 60).successor(token) == Tokens(KEY, 900).successor(token)
    assert Tokens(KEY, 60).successor(token) != Tokens(KEY[::-1], 60).successor(token)
