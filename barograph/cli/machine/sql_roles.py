"""`sql-role`: log-ins for people who ask in SQL, made by whoever has the server."""

from argparse import Namespace
from contextlib import suppress
from datetime import datetime

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from barograph.cli.machine.database_words import database_in_plain_words
from barograph.cli.machine.places import database_url
from barograph.cli.moments import instant
from barograph.cli.verb import CommandRefused, Reply
from barograph.database.connections import open_connection
from barograph.database.roles import Role
from barograph.database.schema.sql_roles import (
    SqlRoleSpec,
    change_sql_role,
    find_open_doors,
    find_sql_role,
    list_sql_roles,
    make_sql_role,
    new_password,
    remove_sql_role,
)
from barograph.errors import BarographError
from barograph.settings import Settings
from barograph.times import format_time

COLUMNS = ("name", "projects", "shows_raw", "expires_at", "is_there", "connections")


@database_in_plain_words()
def create(options: Namespace, settings: Settings) -> Reply:
    database = database_url(settings)
    spec = SqlRoleSpec(options.name, options.project, bool(options.raw), _time(options.expires))
    password = _given_password(options) or new_password()
    try:
        make_sql_role(database, spec, password)
    except BarographError as error:
        raise CommandRefused(f"{error.detail}.") from error
    return _told(database, spec.name, password, options)


@database_in_plain_words()
def change(options: Namespace, settings: Settings) -> Reply:
    database = database_url(settings)
    password = _given_password(options) or (new_password() if options.new_password else None)
    try:
        change_sql_role(database, _changed(database, options), password)
    except BarographError as error:
        raise CommandRefused(f"{error.detail}.") from error
    if password is None:
        return Reply({"name": options.name}, text=f"{options.name} is changed.")
    return _told(database, options.name, password, options)


@database_in_plain_words()
def list_all(_options: Namespace, settings: Settings) -> Reply:
    rows = list_sql_roles(database_url(settings))
    for row in rows:
        row["expires_at"] = row["expires_at"] and format_time(row["expires_at"])
        row["created_at"] = format_time(row["created_at"])
    return Reply(rows, COLUMNS, [{**row, "projects": ", ".join(row["projects"])} for row in rows])


@database_in_plain_words()
def remove(options: Namespace, settings: Settings) -> Reply:
    try:
        remove_sql_role(database_url(settings), options.name)
    except BarographError as error:
        raise CommandRefused(f"{error.detail}.") from error
    return Reply({"name": options.name}, text=f"{options.name} is removed.")


def _changed(database: str, options: Namespace) -> SqlRoleSpec:
    """The role with the options that are given; the others stay."""
    with open_connection(database, Role.COMMAND) as connection:
        shows_raw, expires_at = find_sql_role(connection, options.name)
    return SqlRoleSpec(
        options.name,
        options.project,
        shows_raw if options.raw is None else options.raw,
        _time(options.expires) if options.expires else expires_at,
    )


def _told(database: str, name: str, password: str, options: Namespace) -> Reply:
    """How to get in: with the password, unless its file was named."""
    is_known = options.password_file is not None
    url = _url(database, name, None if is_known else password)
    answer = {"name": name, "url": url} | ({} if is_known else {"password": password})
    lines = [url, "" if is_known else "The password is shown this once."]
    doors = find_open_doors(database)
    remarks = (
        [f"Whoever is let into this database may {' and '.join(doors)}; docs/sql.md says why."]
        if doors
        else []
    )
    return Reply(answer, text="\n".join(filter(None, lines)), remarks=remarks)


def _url(database: str, name: str, password: str | None) -> str:
    place = {
        key: value for key, value in conninfo_to_dict(database).items() if key in {"host", "port", "dbname"}
    }
    with suppress(KeyError):
        secret = f":{password}" if password else ""
        port = f":{place['port']}" if place.get("port") else ""
        return f"postgresql://{name}{secret}@{place['host']}{port}/{place['dbname']}"
    return make_conninfo(database, user=name, password=password)


def _given_password(options: Namespace) -> str | None:
    if options.password_file is None:
        return None
    try:
        password = options.password_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandRefused(f"{options.password_file}: {error.strerror}.") from error
    if len(password) < 12:
        raise CommandRefused(f"The password in {options.password_file} is shorter than 12 characters.")
    return password


def _time(text: str | None) -> datetime | None:
    if text is None or text == "never":
        return None
    try:
        return instant(text)
    except ValueError as error:
        raise CommandRefused(f"--expires: {error}.") from None
