"""Tokens that prove a log-in: signed access tokens, and refresh tokens that each lead to one successor.

No plain refresh token is stored. A token's successor is derived from it with the signing key, so that
two tabs which refresh at once are given the same one.
"""

import base64
import hashlib
import hmac
import secrets
import time
from uuid import UUID

import jwt

from barograph.errors import Unauthenticated

_ALGORITHM = "HS256"
_ISSUER = "barograph"
_CLAIMS = ["iss", "sub", "sid", "iat", "exp"]


class Tokens:
    """Makes and reads tokens.

    Args:
        signing_key: 32 bytes or more; a key for each purpose is derived from it.
        access_token_s: life of an access token, seconds.
    """

    def __init__(self, signing_key: bytes, access_token_s: int) -> None:
        self._access_key = _derive(signing_key, b"access")
        self._refresh_key = _derive(signing_key, b"refresh")
        self.access_token_s = access_token_s

    def sign_access(self, account_id: UUID, login_id: UUID) -> str:
        """An access token of this account, as good as its log-in."""
        now_s = int(time.time())
        claims = {
            "iss": _ISSUER,
            "sub": str(account_id),
            "sid": str(login_id),
            "iat": now_s,
            "exp": now_s + self.access_token_s,
        }
        # PyJWT's types name keys of a package that other algorithms need, and that is not installed.
        return jwt.encode(claims, self._access_key, _ALGORITHM)  # pyright: ignore[reportUnknownMemberType]

    def read_access(self, token: str) -> tuple[UUID, UUID]:
        """The account and log-in that an access token names.

        Raises:
            Unauthenticated: it is expired, not ours, or not an access token.
        """
        try:
            claims = jwt.decode(  # pyright: ignore[reportUnknownMemberType]  # as above
                token, self._access_key, [_ALGORITHM], issuer=_ISSUER, options={"require": _CLAIMS}
            )
            return UUID(claims["sub"]), UUID(claims["sid"])
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated("the access token is expired or not valid") from error

    def new_refresh(self) -> str:
        """The first refresh token of a log-in."""
        return _refresh_token(secrets.token_bytes(32))

    def successor(self, refresh_token: str) -> str:
        """The one token that replaces this one."""
        return _refresh_token(_derive(self._refresh_key, refresh_token.encode()))


def digest(token: str) -> bytes:
    """What the database knows a token by. Tokens are random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def _refresh_token(secret: bytes) -> str:
    return "bgr_" + base64.urlsafe_b64encode(secret).decode().rstrip("=")


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, purpose, "sha256")
