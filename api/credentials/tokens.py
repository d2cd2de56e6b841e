"""Tokens that prove a log-in: signed access tokens, and refresh tokens that each lead to one successor.

No plain refresh token is stored. A token's successor is derived from the token, which only its holder
has, and a salt, which only the database has: two tabs that refresh at once are given the same one.

Why: decision 41, decision 65.
"""

import base64
import hmac
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import jwt

from barograph.errors import Unauthenticated
from barograph.identity.secret_tokens import INGEST_PREFIX, REFRESH_PREFIX, name_kind
from barograph.identity.signing_keys import SigningKey, SigningKeys

_ALGORITHM = "HS256"
_ISSUER = "barograph"
_REFUSAL = "the access token is expired or not valid"
_CLAIMS = ["iss", "sub", "sid", "iat", "exp"]
# Tokens whose signature need not be verified again: that costs 0.1 ms, and a caller sends the same token
# until it expires.
REMEMBERED = 10_000


@dataclass(frozen=True)
class _Verified:
    """The claims of a token whose signature is right. Whether it counts now is another question."""

    key_id: str
    account_id: UUID
    login_id: UUID
    expires_s: int


class Tokens:
    """Makes and reads access tokens.

    Args:
        keys: the newest signs; the others count still.
        access_token_s: life of an access token, seconds.
    """

    def __init__(self, keys: SigningKeys, access_token_s: int) -> None:
        self._keys = keys
        self._verified = lru_cache(REMEMBERED)(self._verify)
        self.access_token_s = access_token_s

    def sign_access(self, account_id: UUID, login_id: UUID) -> str:
        """An access token of this account, as good as its log-in."""
        now_s, key = int(time.time()), self._keys.newest
        claims = {
            "iss": _ISSUER,
            "sub": str(account_id),
            "sid": str(login_id),
            "iat": now_s,
            "exp": now_s + self.access_token_s,
        }
        # PyJWT's types name keys of a package that other algorithms need, and that is not installed.
        return jwt.encode(claims, _access_key(key), _ALGORITHM, headers={"kid": key.id})  # pyright: ignore[reportUnknownMemberType]

    def read_access(self, token: str) -> tuple[UUID, UUID]:
        """The account and log-in that an access token names.

        Raises:
            Unauthenticated: it is expired, not ours, or not an access token.
        """
        if token.startswith((INGEST_PREFIX, REFRESH_PREFIX)):
            raise Unauthenticated(
                f"this is {name_kind(token)}: send a log-in's access token or a service account's token"
            )
        verified = self._verified(token)
        if verified.expires_s <= time.time() or self._keys.find(verified.key_id) is None:
            raise Unauthenticated(_REFUSAL)
        return verified.account_id, verified.login_id

    def _verify(self, token: str) -> _Verified:
        try:
            key = self._key_of(token)
            claims = jwt.decode(  # pyright: ignore[reportUnknownMemberType]  # as above
                token, _access_key(key), [_ALGORITHM], issuer=_ISSUER, options={"require": _CLAIMS}
            )
            return _Verified(key.id, UUID(claims["sub"]), UUID(claims["sid"]), int(claims["exp"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated(_REFUSAL) from error

    def _key_of(self, token: str) -> SigningKey:
        key = self._keys.find(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            raise jwt.InvalidTokenError("signed with a key that no longer counts")
        return key


def new_refresh_token() -> str:
    """The first refresh token of a log-in."""
    return _refresh_token(secrets.token_bytes(32))


def successor(refresh_token: str, salt: UUID) -> str:
    """The one token that replaces this one."""
    return _refresh_token(hmac.digest(refresh_token.encode(), salt.bytes, "sha256"))


def _refresh_token(secret: bytes) -> str:
    return REFRESH_PREFIX + base64.urlsafe_b64encode(secret).decode().rstrip("=")


def _access_key(key: SigningKey) -> bytes:
    return hmac.digest(key.secret, b"access", "sha256")
