"""Keys of the data directory, beside a backup: without them webhooks' secrets can't be read, and the audit
trail's signatures can't be checked.

With `BAROGRAPH_BACKUP_KEY` they are sealed. Without it they lie open in a folder, which only its owner may
enter, as they do in the data directory; to a bucket they are not sent.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from barograph.local.backups.places import BackupPlace, read_text, write_text
from barograph.local.refusal import SetUpRefused
from barograph.settings import Settings

NAMES = ("signing-key", "audit-key", "audit-head", "webhook-key")
PLAIN = "keys.json"
SEALED = "keys.sealed"
_NONCE_BYTES = 12


def keep_keys(place: BackupPlace, backup: str, settings: Settings) -> str:
    """Whether they are `sealed`, `plain` or `left out`."""
    text = json.dumps(_gather(settings))
    if (key := settings.backup_key) is not None:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + _cipher(key.get_secret_value()).encrypt(nonce, text.encode(), backup.encode())
        write_text(place, f"{backup}/{SEALED}", base64.b64encode(sealed).decode())
        return "sealed"
    if place.folder is None:
        return "left out"
    write_text(place, f"{backup}/{PLAIN}", text)
    return "plain"


def read_keys(place: BackupPlace, backup: str, settings: Settings) -> Mapping[str, str]:
    """Reads keys by name; none where they were left out.

    Raises:
        SetUpRefused: they are sealed, and the key is another one.
    """
    if (text := read_text(place, f"{backup}/{PLAIN}")) is not None:
        return json.loads(text)
    if (text := read_text(place, f"{backup}/{SEALED}")) is None:
        return {}
    if (key := settings.backup_key) is None:
        raise SetUpRefused("The backup's keys are sealed: set BAROGRAPH_BACKUP_KEY to what it was then.")
    sealed = base64.b64decode(text)
    try:
        opened = _cipher(key.get_secret_value()).decrypt(
            sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], backup.encode()
        )
    except InvalidTag:
        raise SetUpRefused("The backup's keys were sealed with another BAROGRAPH_BACKUP_KEY.") from None
    return json.loads(opened)


def _gather(settings: Settings) -> dict[str, str]:
    paths = {name: settings.data_dir / name for name in NAMES}
    return {name: path.read_text() for name, path in paths.items() if path.is_file()}


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"barograph backup keys\0" + key.encode()).digest())
