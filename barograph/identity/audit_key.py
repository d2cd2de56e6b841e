"""The key that signs seals of the audit trail. Who only has the database can't make a chain that holds.

A signature covers its seal's hash, and with it everything before: the chain of earlier releases, too.

Why: decision 252.
"""

import hmac
from pathlib import Path

from barograph.identity.signing_keys import ensure_key
from barograph.settings import Settings


def audit_key_file(data_dir: Path) -> Path:
    """Where the key is kept that no setting gives."""
    return data_dir / "audit-key"


def load_audit_key(settings: Settings) -> bytes:
    """The key; made, where there is none yet."""
    if settings.audit_key is not None:
        return settings.audit_key.get_secret_value().encode()
    path = audit_key_file(settings.data_dir)
    ensure_key(path)
    return path.read_text().strip().encode()


def sign(key: bytes, number: int, digest: str) -> bytes:
    """Signs a seal, by its number and its hash in hexadecimal."""
    return hmac.digest(key, f"barograph audit seal {number}:{digest}".encode(), "sha256")
