"""Secrets of webhooks: made, sealed for the database, and what they sign.

The form is that of Standard Webhooks: `whsec_` and base64; a signature is `v1,` and the base64 of an HMAC
over id, time and body.

Why: decision 660.
"""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "whsec_"
SECRET_BYTES = 32
_NONCE_BYTES = 12


class UnreadableSecret(Exception):
    """A secret was sealed with another key than this one."""


def new_webhook_secret() -> str:
    """A secret that nobody can guess."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign_message(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """One signature of a message."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


class SecretSeal:
    """Seals secrets, each for its webhook: moved to another one, it opens nothing."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"barograph webhook secrets\0" + key).digest())

    def seal(self, secret: str, webhook_id: UUID) -> bytes:
        """Seals a secret as the database keeps it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), webhook_id.bytes)

    def open(self, sealed: bytes, webhook_id: UUID) -> str:
        """The secret.

        Raises:
            UnreadableSecret: another key has sealed it, or for another webhook.
        """
        try:
            opened = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], webhook_id.bytes)
        except InvalidTag as error:
            raise UnreadableSecret from error
        return opened.decode()
