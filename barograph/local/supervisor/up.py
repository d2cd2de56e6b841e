"""`up`: everything from an empty folder to programs that answer, and back again on a signal."""

import resource
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from barograph.database.schema.migrations import begin_blocks, migrate
from barograph.database.schema.program_roles import ProgramRole, program_url
from barograph.identity.accounts import ensure_admin, lets_in
from barograph.local.connection import ConnectionFile, read_connection
from barograph.local.passwords import role_passwords
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.endpoint import free_port, port_problem
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.disk_watch import DiskWatch
from barograph.local.supervisor.ordinary_user import settle_programs_account
from barograph.local.supervisor.processes.process_identity import end_forgotten
from barograph.local.supervisor.processes.signals import SignalQueue, StopAsked
from barograph.local.supervisor.processes.supervisor import Supervisor
from barograph.local.supervisor.processes.telling import heard_or_not
from barograph.local.supervisor.programs import (
    PROJECT,
    backups,
    demo,
    mqtt_bridge,
    programs,
    reachable_host,
)
from barograph.local.supervisor.servers import start_servers
from barograph.local.supervisor.source_watch import SourceWatch
from barograph.program.kept_loop import KeptLoop
from barograph.settings import Settings

FORGOTTEN_END_WITHIN_S = 30.0
OPEN_FILES = 16_384


@dataclass(frozen=True)
class UpOptions:
    """Options of `up` beyond the settings."""

    with_demo: bool = True
    reloads: bool = False


def up(
    settings: Settings,
    options: UpOptions,
    say: Callable[[str], None],
    when_ready: Callable[[ConnectionFile], None],
) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP; `when_ready` is called once every process answers.

    Raises:
        SetUpRefused: something does not start, or runs already. Nothing is left running.
    """
    say = heard_or_not(say)
    data_dir = DataDir(settings.data_dir.resolve())
    data_dir.prepare()
    _allow_many_sockets()
    with data_dir.held():
        if count := end_forgotten(data_dir.processes, FORGOTTEN_END_WITHIN_S):
            say(f"Ended {count} processes that an earlier start had left running")
        settings = _settle(settings, data_dir)
        _check_ports(settings)
        with SignalQueue() as signals:
            supervisor = Supervisor(data_dir, signals, say)
            try:
                connection = _start(settings, options, data_dir, supervisor, say)
                when_ready(connection)
                supervisor.watch(_each_tick(supervisor, data_dir, options, say))
            except StopAsked:
                say("Stopping")
            finally:
                supervisor.stop()
        say(f"Stopped. The data stays in {data_dir.root}")


def _start(
    settings: Settings,
    options: UpOptions,
    data_dir: DataDir,
    supervisor: Supervisor,
    say: Callable[[str], None],
) -> ConnectionFile:
    """Servers, tables, programs, demo rig, in this order."""
    database_url, redis_url = start_servers(settings, data_dir, supervisor, say)
    if applied := migrate(database_url):
        say(f"Applied migrations: {', '.join(applied)}")
    if settings.database_url is None:
        # All programs of this database are those that start now.
        begin_blocks(database_url)
    connection = _connect(settings, data_dir, database_url, redis_url)
    supervisor.on_change = partial(_write_pids, connection, data_dir)
    say("Starting the programs")
    account = settle_programs_account(settings, data_dir)
    database_urls = _log_programs_in(settings, database_url, say)
    supervisor.start(*programs(settings, connection, database_urls, account))
    if settings.mqtt_config is not None:
        supervisor.start(mqtt_bridge(settings, settings.mqtt_config.resolve(), account))
        say(f"The MQTT bridge carries messages as {settings.mqtt_config} says")
    if settings.backup_to is not None:
        supervisor.start(backups(settings, connection, is_owned=settings.database_url is None))
        say(f"Backups are kept in {settings.backup_to}")
    if options.with_demo and connection.admin_password is None:
        say("No demo rig: it logs in as the admin, whose password is not known here")
    elif options.with_demo:
        supervisor.start(demo(settings, connection, account))
    return connection


def _log_programs_in(
    settings: Settings, database_url: str, say: Callable[[str], None]
) -> dict[ProgramRole, str]:
    """How each program connects: with its own role, or as the owner where there is none to be had."""
    given = role_passwords(settings)
    urls = {role: program_url(database_url, role, given.get(role)) for role in ProgramRole}
    if None in urls.values():
        say("The database's owner may not make roles, so programs connect as the owner (see `doctor`)")
    return {role: url or database_url for role, url in urls.items()}


def _connect(settings: Settings, data_dir: DataDir, database_url: str, redis_url: str) -> ConnectionFile:
    """The content of `connection.json`. Makes the first admin if there is none."""
    host = reachable_host(settings.host)
    return ConnectionFile(
        api_url=f"http://{host}:{settings.api_port}",
        ingest_url=f"http://{host}:{settings.ingest_port}",
        worker_url=f"http://{host}:{settings.worker_port}",
        database_url=database_url,
        redis_url=redis_url,
        admin_email=settings.admin_email,
        admin_password=settle_admin(settings, data_dir, database_url),
    )


def settle_admin(settings: Settings, data_dir: DataDir, database_url: str) -> str | None:
    """Make the first admin if there is none; the password, where it is known."""
    known = read_connection(data_dir.connection)
    password = settings.admin_password.get_secret_value() if settings.admin_password else None
    password = password or (known.admin_password if known else None)
    new_password = password or secrets.token_urlsafe(12)
    if ensure_admin(database_url, settings.admin_email, new_password):
        return new_password
    # The database may be another one by now, or come from a backup, and the password may have been changed.
    return password if password and lets_in(database_url, settings.admin_email, password) else None


def _write_pids(connection: ConnectionFile, data_dir: DataDir, pids: dict[str, int]) -> None:
    connection.with_pids(pids).write(data_dir.connection)


def _settle(settings: Settings, data_dir: DataDir) -> Settings:
    """The programs run in another folder. The worker's port is any free one where only others were chosen, as
    for a second installation on one machine.
    """
    settled: dict[str, Path | int] = {"data_dir": data_dir.root}
    chosen = settings.model_fields_set
    if "worker_port" not in chosen and {"api_port", "ingest_port"} & chosen:
        settled["worker_port"] = free_port()
    return settings.model_copy(update=settled)


def _allow_many_sockets() -> None:
    """The usual limit of 1,024 open files is for select(2), which no program here uses on many sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _check_ports(settings: Settings) -> None:
    taken: dict[int, str] = {}
    bridge = [(settings.mqtt_port, "the MQTT bridge", "BAROGRAPH_MQTT_PORT")] if settings.mqtt_config else []
    for port, used_by, option in (
        *bridge,
        (settings.api_port, "the API", "--api-port"),
        (settings.ingest_port, "ingest", "--ingest-port"),
        (settings.worker_port, "the worker", "BAROGRAPH_WORKER_PORT"),
    ):
        if other := taken.get(port):
            raise SetUpRefused(
                f"Port {port} is meant for {other} and for {used_by}; choose another with {option}."
            )
        taken |= {port: used_by} if port else {}
        if problem := port_problem(port, settings.host):
            raise SetUpRefused(
                f"Port {port}, meant for {used_by}, cannot be used: {problem}. Stop the program that has "
                f"it, or choose another with {option}."
            )


def _each_tick(
    supervisor: Supervisor, data_dir: DataDir, options: UpOptions, say: Callable[[str], None]
) -> Callable[[], None]:
    disk = DiskWatch(data_dir.root, say)
    if not options.reloads:
        return disk.look
    watch = SourceWatch(PROJECT)
    loop = KeptLoop("reload", report=lambda _, error: say(f"Can't reload: {error}"))

    def reload() -> None:
        with loop.turn():
            for name in watch.changed_processes():
                if name in supervisor.pids:
                    say(f"{name}'s code has changed; starting it again")
                    supervisor.restart(name)

    def tick() -> None:
        disk.look()
        reload()

    return tick
