"""Random tokens that are shown once and stored as their digest."""

import hashlib
import secrets


def new_secret(prefix: str) -> str:
    """A token whose prefix says what kind it is, to people and to secret scanners."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What the database knows a token by. Tokens are random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()
