"""Random tokens that are shown once and stored as their digest."""

import hashlib
import secrets

INGEST_PREFIX = "bgi_"
SERVICE_PREFIX = "bgs_"
REFRESH_PREFIX = "bgr_"
# What people send in place of another, and what each is called.
_KINDS = {
    INGEST_PREFIX: "an ingest token",
    SERVICE_PREFIX: "a service account's token",
    REFRESH_PREFIX: "a refresh token",
    # The beginning of every JSON Web Token.
    "eyJ": "an access token",
}


def new_secret(prefix: str) -> str:
    """A token whose prefix says what kind it is, to people and to secret scanners."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """The digest by which the database knows a token. Tokens are random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def name_kind(token: str) -> str | None:
    """The kind of a token, by how it begins; None where that tells nothing."""
    return next((kind for prefix, kind in _KINDS.items() if token.startswith(prefix)), None)
