"""Passwords hashed for next to nothing. A real hash takes 64 MiB and 50 ms; tests log in thousands of times.

Before `api` is imported, which takes the hasher by its name.
"""

from argon2 import PasswordHasher

from barograph.identity import accounts

REAL_HASHER = accounts.HASHER


def hash_cheaply() -> None:
    """From here on, in this process."""
    accounts.__dict__["HASHER"] = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
