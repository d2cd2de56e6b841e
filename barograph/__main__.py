"""The command line: `python -m barograph up | down | status | …` for what runs here, and
`python -m barograph project | sensor | backfill | …` for what is in it.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
from pydantic import ValidationError

from barograph.cli import (
    backfills,
    capture_sessions,
    connect,
    experiments,
    imports,
    members,
    producers,
    projects,
    sensors,
)
from barograph.cli.api_client import CommandRefused
from barograph.cli.watch import watch
from barograph.database.migrations import migrate
from barograph.database.program_roles import ProgramRole, program_url
from barograph.errors import BarographError
from barograph.identity.accounts import create_reset, ensure_admin, remove_factors
from barograph.identity.audit_chain import Link, verify
from barograph.identity.links import link
from barograph.identity.signing_keys import key_file, rotate_key
from barograph.local.command import command_line
from barograph.local.connection import ConnectionFile, read_connection
from barograph.local.doctor import examine, problems
from barograph.local.passwords import role_passwords
from barograph.local.refusal import SetUpRefused
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.detach import detach
from barograph.local.supervisor.down import down, status
from barograph.local.supervisor.programs import PROJECT
from barograph.local.supervisor.up import UpOptions, up
from barograph.settings import Settings, unknown_settings

Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    sys.stderr.writelines(f"{sentence}\n" for sentence in unknown_settings())
    try:
        return _refusable(lambda: command(options, _settings(options)))
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m barograph",
        description="Runs Barograph on this machine, and uses it here or elsewhere.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, purpose: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        added.add_argument("--data", type=Path, metavar="DIR", help="data directory (.data)")
        added.set_defaults(command=command)
        return added

    up_parser = add("up", _up, "start everything, and stop it on Ctrl-C")
    up_parser.add_argument("--api-port", type=int, metavar="N", help="port of the API and the portal (8000)")
    up_parser.add_argument("--ingest-port", type=int, metavar="N", help="port gateways send to (8001)")
    up_parser.add_argument("--no-demo", action="store_true", help="do not replay a recording")
    up_parser.add_argument("--detach", action="store_true", help="return once everything answers; it runs on")
    up_parser.add_argument(
        "--reload", action="store_true", help="start programs again when their code changes"
    )
    add("down", _down, "stop what `up` started; the data stays")
    add("status", _status, "say what runs")
    connect.add_options(add("watch", _watch, "show readings as they arrive"))
    add(
        "migrate",
        _migrate,
        "bring the database's tables up to date, and make the first admin if its password is set",
    )
    add("rotate-signing-key", _rotate_signing_key, "sign access tokens with a new key from now on")
    reset = add("reset-link", _reset_link, "make a link that sets a new password, for who has lost theirs")
    reset.add_argument("email", nargs="?", metavar="EMAIL", help="whose; the first admin's")
    factors = add("reset-factors", _reset_factors, "take away the second factors of who has lost them")
    factors.add_argument("email", nargs="?", metavar="EMAIL", help="whose; the first admin's")
    audit_verify = add("audit-verify", _audit_verify, "check that nobody has tampered with the audit trail")
    audit_verify.add_argument(
        "--head", type=Link.parse, metavar="HEAD", help="one noted earlier, which must still be in the chain"
    )
    add("doctor", _doctor, "look for what is wrong, and say what to do about it")
    for everyday in (
        projects,
        members,
        sensors,
        producers,
        experiments,
        capture_sessions,
        backfills,
        imports,
    ):
        everyday.add_commands(commands)
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    """The environment's settings, with what the command line says instead."""
    said = {
        "data_dir": options.data and options.data.absolute(),
        "api_port": getattr(options, "api_port", None),
        "ingest_port": getattr(options, "ingest_port", None),
    }
    return Settings(**{name: value for name, value in said.items() if value is not None})


def _up(options: argparse.Namespace, settings: Settings) -> int:
    wishes = UpOptions(with_demo=not options.no_demo, reloads=options.reload)
    _data_dir(settings).become_keeper(PROJECT)
    if options.detach:
        return _up_detached(settings, wishes)
    up(settings, wishes, _say, partial(_greet, settings))
    return 0


def _up_detached(settings: Settings, wishes: UpOptions) -> int:
    data_dir = _data_dir(settings)
    data_dir.prepare()
    log_path = data_dir.log("supervisor")
    said_before = log_path.stat().st_size if log_path.exists() else 0

    def run(tell_ready: Callable[[], None]) -> int:
        return _refusable(lambda: up(settings, wishes, _note, lambda _connection: tell_ready()))

    if not detach(run, log_path):
        return _complain(log_path.read_text()[said_before:].strip() or "Barograph did not start.")
    if connection := read_connection(data_dir.connection):
        _greet(settings, connection)
    return 0


def _down(_options: argparse.Namespace, settings: Settings) -> int:
    was_running = down(_data_dir(settings))
    _say("Stopped." if was_running else f"Nothing runs on {settings.data_dir}.")
    return 0


def _status(_options: argparse.Namespace, settings: Settings) -> int:
    found = status(_data_dir(settings))
    _say("\n".join(map(str, found)) or f"Nothing runs on {settings.data_dir}.")
    return 0 if found and all(process.is_well for process in found) else 1


def _watch(options: argparse.Namespace, settings: Settings) -> int:
    watch(connect.connect(options, settings), _say)
    return 0


def _migrate(_options: argparse.Namespace, settings: Settings) -> int:
    database_url = _database_url(settings)
    applied = migrate(database_url)
    given = role_passwords(settings)
    for role in ProgramRole:
        program_url(database_url, role, given.get(role))
    _say("\n".join(f"Applied {name}" for name in applied) or "Nothing to apply.")
    password = settings.admin_password
    if password and ensure_admin(database_url, settings.admin_email, password.get_secret_value()):
        _say(f"Made the first admin, {settings.admin_email}.")
    return 0


def _rotate_signing_key(_options: argparse.Namespace, settings: Settings) -> int:
    if settings.signing_key is not None:
        return _complain(
            "BAROGRAPH_SIGNING_KEY is set, so there is nothing to rotate here: move its value to "
            "BAROGRAPH_FORMER_SIGNING_KEY, set a new one, and start the API again."
        )
    key = rotate_key(key_file(_data_dir(settings).root))
    _say(f"Key {key.id} signs from now on. The one before it counts until the next rotation.")
    return 0


def _reset_link(options: argparse.Namespace, settings: Settings) -> int:
    email = options.email or settings.admin_email
    token = create_reset(_database_url(settings), email)
    if token is None:
        return _complain(f"No active account has the email {email}.")
    local = read_connection(_data_dir(settings).connection)
    portal = settings.public_url or (local.api_url if local else None)
    url = link(settings.model_copy(update={"public_url": portal}), "reset", token)
    _say(f"{url}\nIt works once, within a day. Until then the old password counts.")
    return 0


def _reset_factors(options: argparse.Namespace, settings: Settings) -> int:
    email = options.email or settings.admin_email
    if not remove_factors(_database_url(settings), email):
        return _complain(f"No account has the email {email}.")
    _say(f"{email} logs in with the password alone now. Every log-in of the account has ended.")
    return 0


def _audit_verify(options: argparse.Namespace, settings: Settings) -> int:
    found = verify(_database_url(settings), options.head)
    _say(str(found))
    return _complain("\n".join(found.faults)) if found.faults else 0


def _doctor(_options: argparse.Namespace, settings: Settings) -> int:
    data_dir = _data_dir(settings)
    findings = examine(settings, data_dir.root, is_running=data_dir.supervisor_pid() is not None)
    _say("\n".join(map(str, findings)))
    return 1 if problems(findings) else 0


def _data_dir(settings: Settings) -> DataDir:
    return DataDir(settings.data_dir.resolve())


def _database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url
    connection = read_connection(_data_dir(settings).connection)
    if connection is None:
        raise SetUpRefused(
            f"The database does not run: start it with `{command_line('up')}`, or set BAROGRAPH_DATABASE_URL."
        )
    return connection.database_url


def _greet(settings: Settings, connection: ConnectionFile) -> None:
    password = connection.admin_password or "(the password it was given earlier)"
    data_dir = _data_dir(settings).root
    _say(
        f"""
Barograph runs.

  API and portal  {connection.api_url}
  gateways        {connection.ingest_url}
  log in as       {connection.admin_email}   {password}

Watch readings arrive:  {command_line("watch", "--data", data_dir)}
The data, the logs and the addresses of database and Redis are in {data_dir}.
"""
    )


def _refusable(action: Callable[[], int | None]) -> int:
    """The action's exit code, or 1 and plain words in place of a traceback."""
    try:
        return action() or 0
    except ValidationError as error:
        wrong = [f"BAROGRAPH_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        return _complain("\n".join(["A setting cannot be used:", *wrong]))
    except (SetUpRefused, CommandRefused, BarographError, OSError, psycopg.Error) as refusal:
        return _complain(str(refusal))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _note(text: str) -> None:
    _say(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}")


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
