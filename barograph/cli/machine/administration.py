"""`migrate`, `rotate-signing-key`, links and factors of accounts: what whoever has the server does to it."""

from argparse import Namespace

from barograph.cli.machine.database_words import database_in_plain_words
from barograph.cli.machine.places import data_dir, database_url
from barograph.cli.verb import CommandRefused, Reply
from barograph.database.schema.migrations import begin_blocks, migrate
from barograph.database.schema.program_roles import ProgramRole, program_url
from barograph.identity.accounts import (
    CODE_LIFE_S,
    create_login_code,
    create_reset,
    ensure_admin,
    remove_factors,
)
from barograph.identity.links import link, login_link
from barograph.identity.signing_keys import key_file, rotate_key
from barograph.local.connection import read_connection
from barograph.local.passwords import role_passwords
from barograph.settings import Settings


@database_in_plain_words()
def migrate_database(options: Namespace, settings: Settings) -> Reply:
    database = database_url(settings)
    applied = migrate(database)
    given = role_passwords(settings)
    for role in ProgramRole:
        program_url(database, role, given.get(role))
    lines = [f"Applied {name}" for name in applied] or ["Nothing to apply."]
    begins = options.blocks and begin_blocks(database)
    if begins:
        lines.append("Readings that come together are stored as blocks from now on.")
    password = settings.admin_password
    made = bool(password and ensure_admin(database, settings.admin_email, password.get_secret_value()))
    if made:
        lines.append(f"Made the first admin, {settings.admin_email}.")
    answer = {"applied": applied, "begins_blocks": begins, "admin": settings.admin_email if made else None}
    return Reply(answer, text="\n".join(lines))


def rotate_signing_key(_options: Namespace, settings: Settings) -> Reply:
    if settings.signing_key is not None:
        raise CommandRefused(
            "BAROGRAPH_SIGNING_KEY is set, so there is nothing to rotate here: move its value to "
            "BAROGRAPH_FORMER_SIGNING_KEY, set a new one, and start the API again."
        )
    key = rotate_key(key_file(data_dir(settings).root))
    text = f"Key {key.id} signs from now on. The one before it counts until the next rotation."
    return Reply({"key_id": key.id}, text=text)


@database_in_plain_words()
def reset_link(options: Namespace, settings: Settings) -> Reply:
    email = options.who or settings.admin_email
    token = create_reset(database_url(settings), email)
    if token is None:
        raise CommandRefused(f"No active account has the email {email}.")
    url = link(_reachable(settings), "reset", token)
    text = f"{url}\nIt works once, within a day. Until then the old password counts."
    return Reply({"email": email, "link": url}, text=text)


@database_in_plain_words()
def make_login_link(options: Namespace, settings: Settings) -> Reply:
    email = options.who or settings.admin_email
    code = create_login_code(database_url(settings), email)
    if code is None:
        raise CommandRefused(f"No active account has the email {email}.")
    url = login_link(_reachable(settings), code)
    text = f"{url}\nIt logs in once, within {CODE_LIFE_S // 60} minutes."
    return Reply({"email": email, "link": url}, text=text)


def _reachable(settings: Settings) -> Settings:
    """The settings with the address of the API that runs here, where no other is set."""
    local = read_connection(data_dir(settings).connection)
    portal = settings.public_url or (local.api_url if local else None)
    return settings.model_copy(update={"public_url": portal})


@database_in_plain_words()
def reset_factors(options: Namespace, settings: Settings) -> Reply:
    email = options.who or settings.admin_email
    if not remove_factors(database_url(settings), email):
        raise CommandRefused(f"No account has the email {email}.")
    text = f"{email} logs in with the password alone now. Every log-in of the account has ended."
    return Reply({"email": email}, text=text)
