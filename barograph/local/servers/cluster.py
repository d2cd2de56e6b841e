"""A private PostgreSQL cluster in a folder: made once, then served on a loopback port.

`prepare_cluster` makes what is missing and returns the service to run; `url` names the owner, its
password and the database `barograph`, which `create_database` makes once the server answers. The superuser
does that and no more. (In clusters of former releases the owner is the superuser.)

postgres/   postgres.json: port, owner's password   postgres-superuser: the superuser's password
"""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from barograph.database.connections import check_answers, open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.files.private_file import write_private
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.endpoint import LOOPBACK, Endpoint, settle_endpoint
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import Service
from barograph.local.shell import of_servers

OWNER = "barograph"
SUPERUSER = "postgres"
DATABASE = "barograph"
SETTINGS_FILE = "barograph.conf"
_INCLUDE = f"\n# Rewritten at each start; a line below this one wins over it.\ninclude '{SETTINGS_FILE}'\n"
# As `initdb` writes it.
_LOG_INS = "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"
# A COPY into columns takes memory for each sensor and frees it. By default the C library gives it back to the
# system each time, and fetches it again (decision 1370).
_KEEP_FREED_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(8 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(8 * 2**20),
}
# Writing gigabytes of changed pages out may take a slow disk a while.
STOP_WITHIN_S = 120.0


@dataclass(frozen=True)
class Cluster:
    """A cluster's service, and the superuser's URL of a database that always exists."""

    service: Service
    maintenance_url: str
    owner_password: str

    def create_database(self) -> None:
        """Make the database `barograph` and its owner unless they are there. The server must be running."""
        with open_connection(self.maintenance_url, Role.SETUP) as connection:
            if connection.execute(query("embedded.find_owner")).fetchone() is None:
                self._create_owner(connection)
            if connection.execute(query("embedded.find_database")).fetchone() is None:
                connection.execute(query("embedded.create_database"))
        with open_connection(make_conninfo(self.maintenance_url, dbname=DATABASE), Role.SETUP) as connection:
            if connection.execute(query("embedded.takes_objects")).fetchone() == (True,):
                connection.execute(query("sql_role.close_objects"))

    def _create_owner(self, connection: psycopg.Connection[TupleRow]) -> None:
        statement = SQL("create role {} login createrole replication password {}")
        with connection.transaction():
            connection.execute(statement.format(Identifier(OWNER), self.owner_password))
            connection.execute(query("embedded.grant_owner"))
            connection.execute(query("embedded.let_owner_load"))


def prepare_cluster(
    folder: Path, executables: Executables, account: ServerAccount, overrides: Mapping[str, str] | None = None
) -> Cluster:
    """Make the cluster in `folder` if there is none; `overrides` are PostgreSQL settings."""
    endpoint = settle_endpoint(folder.with_name(f"{folder.name}.json"))
    if not folder.exists():
        _initialise(folder, executables, account)
    _check_version(folder, executables)
    settings = (
        _tuned_settings(shutil.disk_usage(folder).free) | _fixed_settings(endpoint) | dict(overrides or {})
    )
    text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    write_private(folder / SETTINGS_FILE, text, give=account.own)
    place = f"{LOOPBACK}:{endpoint.port}"
    maintenance_url = f"postgresql://{_superuser(folder, endpoint)}@{place}/postgres"
    service = Service(
        name="postgres",
        command=account.command(executables.postgres, "-D", folder.resolve(), dies_by=signal.SIGINT),
        url=f"postgresql://{OWNER}:{endpoint.password}@{place}/{DATABASE}",
        stop_signal=signal.SIGINT,  # "fast": ends sessions, writes everything out
        stop_within_s=STOP_WITHIN_S,
        is_ready=partial(_answers, maintenance_url),
        environment=_KEEP_FREED_MEMORY | of_servers(os.environ),
    )
    return Cluster(service, maintenance_url, endpoint.password)


def _superuser(folder: Path, endpoint: Endpoint) -> str:
    """Name and password. In clusters that have no such file, it is the owner."""
    file = _superuser_file(folder)
    return f"{SUPERUSER}:{file.read_text()}" if file.exists() else f"{OWNER}:{endpoint.password}"


def settle_superuser(folder: Path) -> str:
    """The superuser's password, in a file beside the cluster; made where there is none."""
    file = _superuser_file(folder)
    if not file.exists():
        write_private(file, secrets.token_urlsafe(24))
    return file.read_text()


def _superuser_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-superuser")


def _initialise(folder: Path, executables: Executables, account: ServerAccount) -> None:
    """Make the cluster beside its place and move it there whole."""
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account.own(draft)
    password = settle_superuser(folder)
    password_file = folder.with_name(f".{folder.name}.password")
    write_private(password_file, password, give=account.own)
    try:
        _initdb(draft, password_file, executables, account)
    finally:
        password_file.unlink()
    with (draft / "postgresql.conf").open("a") as conf:
        conf.write(_INCLUDE)
    draft.rename(folder)


def replace_configuration(folder: Path, account: ServerAccount) -> None:
    """Makes it an embedded cluster's, where another server's came along with its addresses and rules."""
    files = {"postgresql.conf": _INCLUDE, "pg_hba.conf": _LOG_INS, "pg_ident.conf": ""}
    for name, text in {**files, "postgresql.auto.conf": ""}.items():
        write_private(folder / name, text, give=account.own)


def _initdb(folder: Path, password_file: Path, executables: Executables, account: ServerAccount) -> None:
    command = account.command(
        executables.initdb,
        f"--pgdata={folder.resolve()}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file.resolve()}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        # A page that the disk has spoilt is an error, and not an answer. Backups look at each.
        "--data-checksums",
    )
    own = of_servers(os.environ)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=own)
    if done.returncode != 0:
        raise SetUpRefused(
            f"The database cluster could not be made in {folder.parent}:\n{done.stderr.strip()}"
        )


def _check_version(folder: Path, executables: Executables) -> None:
    done = subprocess.run([executables.postgres, "--version"], capture_output=True, text=True, check=True)
    written_by = (folder / "PG_VERSION").read_text().strip()
    if f") {written_by}." not in done.stdout:
        raise SetUpRefused(
            f"{folder} was written by PostgreSQL {written_by}; found is {done.stdout.strip()}."
        )


def _fixed_settings(endpoint: Endpoint) -> dict[str, str]:
    return {
        "listen_addresses": LOOPBACK,
        "port": str(endpoint.port),
        "unix_socket_directories": "",
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        # No policies run here, and a worker connected to a template keeps it from being cloned.
        "timescaledb.max_background_workers": "0",
        "password_encryption": "scram-sha-256",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A query that touches a hypertable locks each chunk it may need.
        "max_locks_per_transaction": "256",
    }


def _tuned_settings(free_bytes: int) -> dict[str, str]:
    """Settings for COPY at full speed beside programs on a machine; synchronous commit and fsync stay on."""
    memory_mb = _memory_bytes() >> 20
    return {
        "shared_buffers": f"{min(max(memory_mb // 12, 128), 2048)}MB",
        "effective_cache_size": f"{max(memory_mb // 2, 256)}MB",
        "maintenance_work_mem": f"{min(max(memory_mb // 48, 64), 512)}MB",
        "work_mem": "16MB",
        "wal_buffers": "64MB",
        "wal_compression": "lz4",
        # Few checkpoints: after each, the first change of every page logs the whole page.
        "max_wal_size": f"{min(max((free_bytes >> 20) // 8, 512), 8192)}MB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        # A machine at rest may rest: once a second, and five times the default's pages at once.
        "bgwriter_delay": "1s",
        "bgwriter_lru_maxpages": "500",
        # What keeps WAL for backups, while their place is away, may not fill the disk.
        "max_slot_wal_keep_size": f"{min(max((free_bytes >> 20) // 4, 1024), 65_536)}MB",
    }


def _memory_bytes() -> int:
    """The machine's memory, or the share of it that a container may use."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return physical if text == "max" else min(physical, int(text))


def _answers(url: str) -> bool:
    try:
        check_answers(url)
    except psycopg.Error:
        return False
    return True
