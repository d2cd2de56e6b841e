"""Hashing passwords, off the event loop and in the same time whether or not the account exists."""

import asyncio
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

from argon2.exceptions import Argon2Error, InvalidHashError
from pydantic import Field

from api.credentials.hash_turns import HashTurns
from barograph.errors import FieldError, Invalid
from barograph.identity.accounts import HASHER
from barograph.identity.weak_passwords import MIN_CHARACTERS, weakness

# Each hash under way takes 64 MiB and a core.
CONCURRENT_HASHES = 2

# Longer ones would only make hashing slow.
Password = Annotated[str, Field(min_length=1, max_length=1024, examples=["correct horse battery"])]

NewPassword = Annotated[
    str,
    Field(
        min_length=MIN_CHARACTERS,
        max_length=1024,
        description="Not blank, not one that many people use, not made of the email or the name",
        examples=["seven slow turtles sing"],
    ),
]


@dataclass(frozen=True)
class ChosenPassword:
    """A password that somebody wants to have from now on.

    Attributes:
        field: where in the body it stands.
        known: what others know of them, such as their email.
    """

    text: str
    field: str
    known: Sequence[str]

    def check(self) -> None:
        """Lets it pass unless it could be guessed.

        Raises:
            Invalid: says why.
        """
        reason = weakness(self.text, self.known)
        if reason is not None:
            fault = FieldError(f"/{self.field}", reason)
            raise Invalid(f"the password {reason}; choose another", [fault])


class Passwords:
    """A small pool of threads that hash.

    Attributes:
        turns: one to be held around a hash and what is counted before and after it, so that no more guesses
            slip past a limit than hash at once.
    """

    def __init__(self) -> None:
        self.turns = HashTurns(CONCURRENT_HASHES)
        self._threads = ThreadPoolExecutor(CONCURRENT_HASHES, thread_name_prefix="argon2")
        self._decoy: str | None = None

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one hashed; with no hash, False after as much work."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._matches, password_hash, password)

    async def hash(self, chosen: ChosenPassword, address: str) -> str:
        """The hash to store of a new password, which came from this address.

        Raises:
            Invalid: it could be guessed.
        """
        chosen.check()
        async with self.turns.turn([f"address {address}"]):
            return await asyncio.get_running_loop().run_in_executor(self._threads, HASHER.hash, chosen.text)

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
