"""People's accounts: how their passwords are kept, the first admin, and the ways back in."""

from collections.abc import Sequence
from typing import LiteralString

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.rows import find_row
from barograph.identity.secret_tokens import digest, new_secret
from barograph.identity.weak_passwords import check_strength

RESET_PREFIX = "bgp_"
RESET_LIFE_S = 24 * 3600
CODE_PREFIX = "bgc_"
CODE_LIFE_S = 600
REMOVALS: Sequence[LiteralString] = (
    "factor.lock_account",
    "factor.remove_all",
    "factor.remove_recovery_codes",
    "factor.forget_attempts",
    "identity.revoke_logins",
)
# argon2id with the library's defaults (RFC 9106, low-memory profile): 64 MiB and about 50 ms a hash.
HASHER = PasswordHasher()


def ensure_admin(database_url: str, email: str, password: str) -> bool:
    """Creates the first admin; returns False, and changes nothing, if there is an admin already.

    Raises:
        WeakPassword: the password could be guessed; there is no admin then.
        psycopg.Error: the database does not answer, or is not migrated.
    """
    parameters = {"email": email, "password_hash": HASHER.hash(password)}
    with open_connection(database_url, Role.COMMAND) as connection:
        if connection.execute(query("identity.create_first_admin"), parameters).fetchone() is None:
            return False
        # Inside the transaction, which an error undoes.
        check_strength(password, [email])
    return True


def lets_in(database_url: str, email: str, password: str) -> bool:
    """Whether an active account has the email and the password.

    Raises:
        psycopg.Error: the database does not answer, or is not migrated.
    """
    with open_connection(database_url, Role.COMMAND) as connection:
        account = find_row(connection, query("identity.account_by_email"), {"email": email})
    if account is None:
        return False
    try:
        return account["is_active"] and HASHER.verify(account["password_hash"], password)
    except (VerificationError, InvalidHashError):
        return False


def is_active(database_url: str, email: str) -> bool:
    """Whether an account of this email exists and may log in.

    Raises:
        psycopg.Error: the database does not answer, or is not migrated.
    """
    with open_connection(database_url, Role.COMMAND) as connection:
        account = find_row(connection, query("identity.account_by_email"), {"email": email})
    return account is not None and account["is_active"]


def create_reset(database_url: str, email: str) -> str | None:
    """A token that sets a new password once, within a day; None if no active account has the email.

    Raises:
        psycopg.Error: the database does not answer, or is not migrated.
    """
    token = new_secret(RESET_PREFIX)
    parameters = {"email": email, "token_hash": digest(token), "life_s": RESET_LIFE_S}
    with open_connection(database_url, Role.COMMAND) as connection:
        row = connection.execute(query("identity.request_password_reset"), parameters).fetchone()
    return None if row is None else token


def create_login_code(database_url: str, email: str) -> str | None:
    """A code that logs in once, within ten minutes; None if no active account has the email.

    Raises:
        psycopg.Error: the database does not answer, or is not migrated.
    """
    code = new_secret(CODE_PREFIX)
    parameters = {"email": email, "token_hash": digest(code), "life_s": CODE_LIFE_S}
    with open_connection(database_url, Role.COMMAND) as connection:
        row = connection.execute(query("identity.create_login_code"), parameters).fetchone()
    return None if row is None else code


def remove_factors(database_url: str, email: str) -> bool:
    """Takes an account's second factors away and ends its log-ins; False if nobody has the email.

    Raises:
        psycopg.Error: the database does not answer, or is not migrated.
    """
    with open_connection(database_url, Role.COMMAND) as connection:
        account = find_row(connection, query("factor.account_by_email"), {"email": email})
        if account is None:
            return False
        whose = {"account_id": account["id"], "kept_id": None}
        for statement in REMOVALS:
            connection.execute(query(statement), whose)
        connection.execute(query("factor.note_removal"), whose)
    return True
