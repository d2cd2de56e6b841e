"""The key that seals the secrets of webhooks: the API and those who send messages have it, the database
does not.

Why: decision 660.
"""

from pathlib import Path

from barograph.identity.signing_keys import ensure_key
from barograph.settings import Settings


def webhook_key_file(data_dir: Path) -> Path:
    """Where the key is kept that no setting gives."""
    return data_dir / "webhook-key"


def load_webhook_key(settings: Settings) -> bytes:
    """The key; made, where there is none yet."""
    if settings.webhook_key is not None:
        return settings.webhook_key.get_secret_value().encode()
    path = webhook_key_file(settings.data_dir)
    ensure_key(path)
    return path.read_text().strip().encode()
