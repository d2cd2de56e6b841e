"""Checking passwords, off the event loop and in the same time whether or not the account exists."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2.exceptions import Argon2Error, InvalidHashError

from barograph.accounts import HASHER

# Each hash under way takes 64 MiB and a core.
CONCURRENT_HASHES = 2


class Passwords:
    """A small pool of threads that hash."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(CONCURRENT_HASHES, thread_name_prefix="argon2")
        self._decoy: str | None = None

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one hashed; with no hash, False after as much work."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._matches, password_hash, password)

    def close(self) -> None:
        """Waits for the hashes under way."""
        self._threads.shutdown()

    def _matches(self, password_hash: str | None, password: str) -> bool:
        if self._decoy is None:
            self._decoy = HASHER.hash(secrets.token_urlsafe())
        try:
            HASHER.verify(password_hash or self._decoy, password)
        except (Argon2Error, InvalidHashError):
            return False
        return password_hash is not None
