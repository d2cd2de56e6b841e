"""The key that signs access tokens: from the settings, else made once and kept in the data directory."""

import os
import secrets
from pathlib import Path

from barograph.errors import BarographError
from barograph.settings import Settings

KEY_BYTES = 32


def load_signing_key(settings: Settings) -> bytes:
    """The key.

    Raises:
        BarographError: the key that is set is too short to be safe.
        OSError: the data directory can't be written.
    """
    if settings.signing_key is None:
        return _kept_in(settings.data_dir / "signing-key")
    key = settings.signing_key.get_secret_value().encode()
    if len(key) < KEY_BYTES:
        raise BarographError(f"BAROGRAPH_SIGNING_KEY is shorter than {KEY_BYTES} bytes")
    return key


def _kept_in(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _write_once(path, secrets.token_hex(KEY_BYTES).encode())
    return path.read_bytes()


def _write_once(path: Path, key: bytes) -> None:
    """Whole or not at all, readable by its owner only; of two processes, the first one's stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(key)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
