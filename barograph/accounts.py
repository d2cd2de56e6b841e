"""People's accounts: how their passwords are kept, and the first admin."""

import psycopg
from argon2 import PasswordHasher

from barograph.queries import query

# argon2id with the library's defaults (RFC 9106, low-memory profile): 64 MiB and about 50 ms a hash.
HASHER = PasswordHasher()


def ensure_admin(database_url: str, email: str, password: str) -> bool:
    """Creates the first admin; returns False, and changes nothing, if there is an admin already.

    Raises:
        psycopg.Error: the database does not answer, or is not migrated.
    """
    parameters = {"email": email, "password_hash": HASHER.hash(password)}
    with psycopg.connect(database_url) as connection:
        return connection.execute(query("identity.create_first_admin"), parameters).fetchone() is not None
