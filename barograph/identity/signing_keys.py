"""The keys that sign access tokens: from the settings, else made once and kept in the data directory.

The first key signs; the one before it is still believed, so that a new key ends nobody's work. The file
in the data directory holds one key a line and is read again when it has changed: rotating it needs no
restart. (Refresh tokens, ingest tokens and browser sessions are random and need no key.)
"""

import hashlib
import math
import os
import secrets
import zlib
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import structlog

from barograph.errors import BarographError
from barograph.files.file_lock import locked
from barograph.files.private_file import write_private
from barograph.plain_words import error_text
from barograph.settings import Settings

KEY_BYTES = 32
KEYS_KEPT = 2
# 32 random bytes are estimated at 200 bits and more in base64 or hexadecimal.
MIN_ENTROPY_BITS = 128
_ZLIB_FRAME_BYTES = 8
PLACEHOLDERS = ("changeme", "change-me", "change_me", "secret", "password", "example", "barograph")


log = structlog.stdlib.get_logger(__name__)


class WeakKey(BarographError):
    """The signing key could be guessed"""


@dataclass(frozen=True)
class SigningKey:
    """One key. Its id, which tokens carry, tells nothing of it."""

    secret: bytes

    @cached_property
    def id(self) -> str:
        return hashlib.sha256(b"key id\0" + self.secret).hexdigest()[:16]


class SigningKeys:
    """Some keys, the newest first, and the file they are in, if they are."""

    def __init__(self, keys: list[SigningKey], path: Path | None = None) -> None:
        self._keys = keys
        self._path = path
        self._stamp: tuple[int, int] | None = _stamp_of(path)

    @property
    def newest(self) -> SigningKey:
        """The one that signs."""
        self._read_again()
        return self._keys[0]

    def find(self, key_id: str) -> SigningKey | None:
        """The key of a token, if it still counts."""
        self._read_again()
        return next((key for key in self._keys if key.id == key_id), None)

    def _read_again(self) -> None:
        # A look at the file's time costs a microsecond. Where it is gone, or damaged, the keys at hand do.
        stamp = _stamp_of(self._path)
        if self._path is None or stamp in {None, self._stamp}:
            return
        self._stamp = stamp
        try:
            self._keys = read_keys(self._path)
        except (WeakKey, OSError) as error:
            log.error("signing keys not read again; the ones before still count", error=error_text(error))  # noqa: TRY400


def load_signing_keys(settings: Settings) -> SigningKeys:
    """The keys.

    Raises:
        WeakKey: a key is too short, or in production can be guessed.
        OSError: the data directory can't be written.
    """
    if settings.signing_key is None:
        path = key_file(settings.data_dir)
        ensure_key(path)
        return SigningKeys(read_keys(path), path)
    given = [key for key in (settings.signing_key, settings.former_signing_key) if key is not None]
    keys = [SigningKey(key.get_secret_value().encode()) for key in given]
    for key in keys:
        _check(key, is_production=settings.environment == "production")
    return SigningKeys(keys)


def key_file(data_dir: Path) -> Path:
    """Where the keys are kept that no setting gives."""
    return data_dir / "signing-key"


def ensure_key(path: Path) -> None:
    """Makes the first key. Of two processes at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with _held(path):
            if not path.exists():
                write_private(path, _new_key())


def rotate_key(path: Path) -> SigningKey:
    """Puts a new key before the present one, whose tokens count until the next rotation."""
    ensure_key(path)
    with _held(path):
        lines = [_new_key(), *path.read_text().split()]
        owner = path.stat()
        # Whoever rotates it, the API must still be able to read it.
        write_private(
            path, "\n".join(lines[:KEYS_KEPT]), lambda draft: os.chown(draft, owner.st_uid, owner.st_gid)
        )
    return read_keys(path)[0]


def read_keys(path: Path) -> list[SigningKey]:
    """The file's keys, the newest first.

    Raises:
        WeakKey: the file has been cut short.
    """
    keys = [SigningKey(line.encode()) for line in path.read_text().split()]
    if not keys or any(len(key.secret) < KEY_BYTES for key in keys):
        raise WeakKey(f"{path} holds no key of {KEY_BYTES} bytes; remove it, and a new one is made")
    return keys


def _check(key: SigningKey, *, is_production: bool) -> None:
    if len(key.secret) < KEY_BYTES:
        raise WeakKey(f"BAROGRAPH_SIGNING_KEY is shorter than {KEY_BYTES} bytes")
    if is_production and _is_guessable(key.secret):
        raise WeakKey("BAROGRAPH_SIGNING_KEY can be guessed; use a random one, as of `openssl rand -hex 32`")


def _is_guessable(secret: bytes) -> bool:
    """Judges by how its bytes are spread, by what repeats in it, and by words that stand in examples."""
    text = secret.decode(errors="replace").lower()
    spread = Counter(secret).values()
    spread_bits = -sum(count * math.log2(count / len(secret)) for count in spread)
    repeats_bits = 8 * (len(zlib.compress(secret)) - _ZLIB_FRAME_BYTES)
    return min(spread_bits, repeats_bits) < MIN_ENTROPY_BITS or any(word in text for word in PLACEHOLDERS)


def _new_key() -> str:
    return secrets.token_hex(KEY_BYTES)


def _held(path: Path) -> AbstractContextManager[object]:
    return locked(path.with_name(f"{path.name}.lock"))


def _stamp_of(path: Path | None) -> tuple[int, int] | None:
    """Changes whenever the file is replaced."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns) if found else None
