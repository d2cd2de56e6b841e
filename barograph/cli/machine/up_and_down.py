"""`up`, `down`, `status`, `doctor`: everything that runs on this machine."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TextIO

from barograph.cli.machine.database_words import database_in_plain_words
from barograph.cli.machine.places import data_dir
from barograph.cli.refusals import exit_code_of
from barograph.cli.verb import CommandRefused, Reply
from barograph.identity.accounts import create_login_code, is_active
from barograph.identity.links import login_link
from barograph.local.command import command_line
from barograph.local.connection import ConnectionFile, read_connection
from barograph.local.doctor import examine, problems
from barograph.local.supervisor.detach import detach
from barograph.local.supervisor.down import down, status
from barograph.local.supervisor.programs import PROJECT
from barograph.local.supervisor.up import UpOptions, up
from barograph.settings import Settings


@database_in_plain_words()
def start(options: Namespace, settings: Settings) -> Reply:
    up_options = UpOptions(with_demo=not options.no_demo, reloads=options.reload)
    data_dir(settings).become_keeper(PROJECT)
    if options.detach:
        return _up_detached(settings, up_options)
    say = partial(_say, sys.stderr if options.json else sys.stdout)
    up(settings, up_options, say, partial(_greet, options, settings))
    return Reply(is_said=True)


def _up_detached(settings: Settings, up_options: UpOptions) -> Reply:
    folder = data_dir(settings)
    folder.prepare()
    log_path = folder.log("supervisor")
    said_before = log_path.stat().st_size if log_path.exists() else 0

    def run(tell_ready: Callable[[], None]) -> int:
        return exit_code_of(lambda: _run(settings, up_options, tell_ready))

    if not detach(run, log_path):
        raise CommandRefused(log_path.read_text()[said_before:].strip() or "Barograph did not start.")
    connection = read_connection(folder.connection)
    if connection is None:
        return Reply(is_said=True)
    return Reply(asdict(connection), text=_greeting(settings, connection))


@database_in_plain_words()
def _run(settings: Settings, up_options: UpOptions, tell_ready: Callable[[], None]) -> int:
    up(settings, up_options, _note, lambda _connection: tell_ready())
    return 0


def stop(_options: Namespace, settings: Settings) -> Reply:
    was_running = down(data_dir(settings))
    text = "Stopped." if was_running else f"Nothing runs on {settings.data_dir}."
    return Reply({"was_running": was_running}, text=text)


def show_status(_options: Namespace, settings: Settings) -> Reply:
    found = status(data_dir(settings))
    text = "\n".join(map(str, found)) or f"Nothing runs on {settings.data_dir}."
    is_well = bool(found) and all(process.is_well for process in found)
    answer = [asdict(process) | {"is_well": process.is_well} for process in found]
    return Reply(answer, ("name", "pid", "is_alive", "is_ready"), text=text, code=0 if is_well else 1)


@database_in_plain_words()
def look_for_trouble(_options: Namespace, settings: Settings) -> Reply:
    folder = data_dir(settings)
    findings = examine(settings, folder.root, is_running=folder.supervisor_pid() is not None)
    answer = [asdict(each) | {"is_well": not each.advice} for each in findings]
    return Reply(
        answer,
        ("subject", "is_well", "detail", "advice"),
        text="\n".join(map(str, findings)),
        code=1 if problems(findings) else 0,
    )


def _greet(options: Namespace, settings: Settings, connection: ConnectionFile) -> None:
    as_json = options.json
    _say(sys.stdout, json.dumps(asdict(connection), indent=2) if as_json else _greeting(settings, connection))


def _greeting(settings: Settings, connection: ConnectionFile) -> str:
    who = log_in_as(connection)
    folder = data_dir(settings).root
    return f"""
Barograph runs.

  portal, API     {connection.api_url}
  open once       {_login_link(settings, connection)}
  gateways        {connection.ingest_url}
  log in as       {who}

Watch readings arrive:  {command_line("watch", "--data", folder)}
All commands:           {command_line("--help")}
The data, the logs and the addresses of database and Redis are in {folder}.

"""


def log_in_as(connection: ConnectionFile) -> str:
    """Never a password that does not work, nor an account that is not there."""
    if connection.admin_password is not None:
        return f"{connection.admin_email}   {connection.admin_password}"
    if is_active(connection.database_url, connection.admin_email):
        return f"{connection.admin_email}   (the password it was given earlier; `reset-link` makes a way in)"
    return f"an account that is there: {connection.admin_email} is none, or not active"


def _login_link(settings: Settings, connection: ConnectionFile) -> str:
    """Logs a browser in, for the next ten minutes."""
    code = create_login_code(connection.database_url, connection.admin_email)
    address = settings.model_copy(update={"public_url": settings.public_url or connection.api_url})
    return login_link(address, code) if code else connection.api_url


def _say(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def _note(text: str) -> None:
    _say(sys.stdout, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}")
