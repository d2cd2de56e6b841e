"""What may be wrong around Barograph, and what to do about it: `python -m barograph doctor`.

`up` asks the same questions of a database it did not start.
"""

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import DictRow
from redis import Redis
from redis.exceptions import RedisError

from barograph.archive.shelf import SHELVES, ArchiveUnreadable
from barograph.database.connections import open_connection
from barograph.database.pooler import ADVICE as POOLER_ADVICE
from barograph.database.pooler import find_pooler
from barograph.database.queries import query
from barograph.database.reading_storage import stores_blocks
from barograph.database.roles import Role
from barograph.database.schema.migrations import pending
from barograph.database.schema.program_roles import ProgramRole, find_url
from barograph.database.schema.sql_roles import find_open_doors, list_sql_roles
from barograph.database.standby import look_at_standby
from barograph.errors import Conflict
from barograph.local.chunk_indexes import examine_indexes
from barograph.local.command import command_line
from barograph.local.connection import ConnectionFile, read_connection
from barograph.local.finding import Finding
from barograph.local.passwords import role_passwords
from barograph.local.readiness import not_ready
from barograph.local.safety import examine_backups, examine_safety
from barograph.local.servers.endpoint import port_problem
from barograph.plain_words import plain_words
from barograph.settings import Settings

MIN_SERVER_VERSION = 17_00_00
MIN_REDIS_VERSION = (6, 2)
MIN_FREE_BYTES = 5 * 2**30
# As the alert of a disk that fills.
MIN_FREE_SHARE = 0.1
MAX_CLOCK_SKEW_S = 1.0
CONNECT_TIMEOUT_S = 5
MAX_LAG_S = 60
MAX_BEHIND_BYTES = 64 * 2**20
# By microseconds.
TIERS = {
    "10000": "10 ms",
    "100000": "100 ms",
    "1000000": "1 s",
    "60000000": "1 min",
    "3600000000": "1 h",
    "86400000000": "1 d",
}


def examine(settings: Settings, data_dir: Path, *, is_running: bool) -> list[Finding]:
    """Everything, from outside in; `is_running` says whether `up` runs on the data directory."""
    connection = read_connection(data_dir / "connection.json") if is_running else None
    database_url = settings.database_url or (connection.database_url if connection else None)
    redis_url = settings.redis_url or (connection.redis_url if connection else None)
    findings = [_stopped("database")] if database_url is None else examine_database(database_url)
    if database_url and not problems(findings):
        findings.append(examine_migrations(database_url))
        findings.append(examine_roles(database_url, role_passwords(settings)))
    if database_url and not problems(findings):
        findings.append(examine_sql_roles(database_url))
        findings += examine_storage(database_url)
        findings.append(examine_blocks(database_url))
        findings.append(examine_indexes(database_url))
        findings += examine_safety(database_url)
        findings.append(examine_backups(database_url, settings.backup_to))
        findings.append(examine_archive(database_url, settings, data_dir))
    if database_url and settings.standby_url and not problems(findings):
        findings.append(examine_standby(database_url, settings.standby_url))
    findings.append(_stopped("redis") if redis_url is None else examine_redis(redis_url))
    findings += examine_programs(connection, data_dir) if connection else []
    findings.append(examine_disk(data_dir))
    if not is_running:
        findings += [_port(settings.api_port, settings.host), _port(settings.ingest_port, settings.host)]
    return findings


def examine_database(database_url: str) -> list[Finding]:
    """The server, its clock, and the extension. A server that does not answer is the only finding then."""
    try:
        # At first: through some poolers nothing else can be asked.
        if (pooler := find_pooler(database_url)) is not None:
            return [Finding("database", pooler, POOLER_ADVICE)]
        server, skew_s = _ask(database_url)
    except psycopg.Error as error:
        words = str(error).strip().replace("\n", " ")
        advice = f"start it with `{command_line('up')}`, or check BAROGRAPH_DATABASE_URL"
        return [Finding("database", words, advice)]
    return [_server(server), examine_extension(server), _clock(skew_s)]


def examine_migrations(database_url: str) -> Finding:
    """Whether the tables are those this code knows."""
    try:
        missing = pending(database_url)
    except Conflict as conflict:
        return Finding(
            "migrations", conflict.detail, "use the release of Barograph that this database was made with"
        )
    if missing:
        return Finding("migrations", f"not applied: {', '.join(missing)}", f"run: {command_line('migrate')}")
    return Finding("migrations", "all applied")


def examine_blocks(database_url: str) -> Finding:
    """Whether readings that come together are stored as blocks."""
    with open_connection(database_url, Role.COMMAND) as connection:
        if stores_blocks(connection):
            return Finding("blocks", "readings that come together are stored as blocks")
    return Finding(
        "blocks",
        "each reading is stored as a row, for programs of an earlier release",
        f"once none of them runs any more: {command_line('migrate --blocks')}",
    )


def examine_roles(database_url: str, passwords: Mapping[ProgramRole, str]) -> Finding:
    """Whether each program has a role to connect with, so that none needs the owner's rights."""
    lacking = [role for role in ProgramRole if find_url(database_url, role, passwords.get(role)) is None]
    if lacking:
        return Finding(
            "roles",
            f"{', '.join(lacking)}: not there, or the password is not known; programs connect as the owner",
            f"run `{command_line('migrate')}` as an owner with CREATEROLE (`alter role … createrole`), or "
            "have them made and name their passwords; docs/runbook.md says how",
        )
    return Finding("roles", "each program has its own")


def examine_sql_roles(database_url: str) -> Finding:
    """Whether those that people log in with are in the server, and can do no more than read."""
    roles = list_sql_roles(database_url)
    if not roles:
        return Finding("sql roles", "none")
    if missing := [role["name"] for role in roles if not role["is_there"]]:
        return Finding(
            "sql roles",
            f"{', '.join(missing)}: not in this server; a back-up of a database holds no roles",
            f"make them again, after `{command_line('sql-role', 'remove', missing[0])}`, or remove them",
        )
    if doors := find_open_doors(database_url):
        return Finding(
            "sql roles",
            f"{len(roles)}; whoever is let into this database may {' and '.join(doors)}",
            "let a superuser take that from everybody; docs/runbook.md says how",
        )
    return Finding("sql roles", f"{len(roles)}, who only read")


def examine_standby(database_url: str, standby_url: str) -> Finding:
    """Says whether the standby follows the database, and how far it is behind."""
    try:
        state = look_at_standby(database_url, standby_url)
    except psycopg.Error as error:
        words = str(error).strip().replace("\n", " ")
        return Finding("standby", words, "start it, or check BAROGRAPH_STANDBY_URL")
    if not state["follows"]:
        advice = "name one that follows this database in BAROGRAPH_STANDBY_URL, or none"
        return Finding("standby", "it does not follow this database", advice)
    behind_bytes = int(state["behind_bytes"])
    detail = f"{behind_bytes / 2**20:.1f} MB of the log behind"
    if behind_bytes > MAX_BEHIND_BYTES:
        return Finding("standby", detail, "see what keeps it; the database answers its questions meanwhile")
    return Finding("standby", detail)


def examine_storage(database_url: str) -> list[Finding]:
    """Says how large readings and roll-ups are, whether roll-ups keep up, and which frames are missing."""
    with (
        open_connection(database_url, Role.DOCTOR) as connection,
        connection.cursor() as cursor,
    ):
        (storage,) = cursor.execute(query("doctor.storage")).fetchall()
        (rollups,) = cursor.execute(query("doctor.rollups")).fetchall()
        (gaps,) = cursor.execute(query("doctor.gaps")).fetchall()
    return [_readings(storage), _rollups(rollups), _lag(rollups), _gaps(gaps)]


def _reason(error: Exception) -> str:
    """The library speaks of numbers of errors; what it met says more."""
    met = error.__cause__ or error.__context__
    return f"no connection: {plain_words(met)}" if isinstance(met, OSError) else str(error)


def examine_archive(database_url: str, settings: Settings, data_dir: Path) -> Finding:
    """Whether the files of archived readings are there; not whether they are whole."""
    with open_connection(database_url, Role.DOCTOR) as connection:
        (totals,) = connection.execute(query("archive.totals")).fetchall()
        named = {row["name"] for row in connection.execute(query("archive.known_files"))}
    if not named:
        return Finding("archive", "none: all readings are in the database")
    detail = (
        f"{totals['readings']:,} readings in {totals['files']:,} files, {totals['size_bytes'] / 2**30:.2f} GB"
    )
    try:
        shelf = SHELVES.use(settings.model_copy(update={"data_dir": data_dir}))
        missing = named - {name for name, _ in shelf.names()}
    except ArchiveUnreadable as error:
        return Finding(
            "archive", f"{detail}; {error.detail}", "questions about these readings fail meanwhile"
        )
    if missing:
        advice = "bring them back from a backup: nothing else has these readings"
        return Finding("archive", f"{detail}; {len(missing):,} are missing, as {min(missing)}", advice)
    if totals["faulty"]:
        advice = f"`{command_line('archive')} status` says which; bring them back from a backup"
        return Finding("archive", f"{detail}; {totals['faulty']} are damaged", advice)
    return Finding("archive", detail)


def examine_redis(redis_url: str) -> Finding:
    """Whether it answers and is recent enough for streams and the worker."""
    try:
        # redis leaves the extra arguments of these methods untyped
        with Redis.from_url(redis_url, socket_timeout=CONNECT_TIMEOUT_S) as client:  # pyright: ignore[reportUnknownMemberType]
            info: dict[str, Any] = client.info("server")  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, ValueError) as error:
        advice = f"start it with `{command_line('up')}`, or check BAROGRAPH_REDIS_URL"
        return Finding("redis", _reason(error), advice)
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_REDIS_VERSION:
        return Finding("redis", f"version {version}", "use Redis 6.2 or newer")
    return Finding("redis", f"version {version}")


def examine_programs(connection: ConnectionFile, data_dir: Path) -> list[Finding]:
    """Whether each program that `up` has started can work, and what it says if it can't."""
    found: list[Finding] = []
    for name in connection.program_urls.keys() & connection.pids.keys():
        address = urlsplit(connection.program_urls[name])
        why = not_ready(address.hostname or "", address.port or 0)
        log = data_dir / "logs" / f"{name}.log"
        pid = connection.pids[name]
        advice = f"see what it says in {log}; if it hangs, kill process {pid}: `up` starts it again"
        found.append(Finding(name, f"not ready: {why}", advice) if why else Finding(name, "ready"))
    return sorted(found, key=lambda each: each.subject)


def examine_disk(folder: Path) -> Finding:
    """Room in the data directory, or where it would be made."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(existing)
    detail = f"{usage.free / 2**30:.1f} GB free at {existing}, of {usage.total / 2**30:.1f}"
    if usage.free < max(MIN_FREE_BYTES, MIN_FREE_SHARE * usage.total):
        return Finding("disk", detail, "free some: a database on a full disk stops, and ingest with it")
    return Finding("disk", detail)


def problems(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that need something done."""
    return [finding for finding in findings if finding.advice]


def _ask(database_url: str) -> tuple[DictRow, float]:
    """Asks the server about itself, and how far its clock is ahead of ours, in seconds."""
    with (
        open_connection(database_url, Role.DOCTOR) as connection,
        connection.cursor() as cursor,
    ):
        asked_at = datetime.now(UTC)
        server = cursor.execute(query("doctor.server")).fetchone() or {}
        answered_at = datetime.now(UTC)
    return server, (server["now"] - asked_at - (answered_at - asked_at) / 2).total_seconds()


def _stopped(subject: str) -> Finding:
    return Finding(subject, "the embedded one does not run", f"start it with `{command_line('up')}`")


def _port(port: int, host: str) -> Finding:
    if problem := port_problem(port, host):
        return Finding(
            "port", f"{port} cannot be used: {problem}", "stop the program that has it, or use another"
        )
    return Finding("port", f"{port} is free")


def _server(server: DictRow) -> Finding:
    detail = f"PostgreSQL {server['version']}"
    if server["version_num"] < MIN_SERVER_VERSION:
        return Finding("database", detail, "use PostgreSQL 17 or newer")
    return Finding("database", detail)


def examine_extension(server: DictRow) -> Finding:
    if server["available"] is None:
        return Finding(
            "extension",
            "the server does not have TimescaleDB",
            "install TimescaleDB on that server, or unset BAROGRAPH_DATABASE_URL to use the embedded one",
        )
    if "timescaledb" not in server["preloaded"]:
        return Finding(
            "extension",
            f"TimescaleDB {server['available']} is installed but not loaded",
            "add timescaledb to shared_preload_libraries in postgresql.conf and restart the server",
        )
    if server["installed"] not in {None, server["available"]}:
        return Finding(
            "extension",
            f"the database uses TimescaleDB {server['installed']}; the server brings {server['available']}",
            "stop the programs, then run as the database's owner: "
            "psql --no-psqlrc --command='alter extension timescaledb update' URL",
        )
    version = server["installed"] or f"{server['available']} (migrations will create it)"
    edition = "Community" if server["license"] == "timescale" else "Apache"
    return Finding("extension", f"TimescaleDB {version}, {edition} edition")


def _readings(storage: DictRow) -> Finding:
    readings, size = storage["readings"], storage["bytes"]
    # The estimate is that of the last vacuum or analyze, and 0 before the first.
    index = f", {storage['index_bytes'] / readings:.0f} of them in the index" if readings else ""
    each = f", {size / readings:.0f} bytes each{index}" if readings else ""
    detail = f"about {readings:,} in {storage['chunks']} chunks, {size / 2**30:.2f} GB{each}"
    return Finding("readings", detail)


def _rollups(rollups: DictRow) -> Finding:
    tiers: dict[str, int] = rollups["tiers"] or {}
    counts = ", ".join(f"{tiers[tier]:,} of {name}" for tier, name in TIERS.items() if tier in tiers)
    return Finding("roll-ups", f"{rollups['bytes'] / 2**30:.2f} GB; of the last two days {counts or 'none'}")


def _lag(rollups: DictRow) -> Finding:
    windows, held = rollups["windows"], rollups["held"]
    detail = f"{windows:,} dirty windows, the oldest {rollups['lag_s']:.1f} s old, {held} held"
    if held:
        return Finding("lag", detail, "the worker's log says why windows are held; they are tried again")
    if rollups["lag_s"] > MAX_LAG_S:
        return Finding("lag", detail, "check that a worker runs; if one does, start another")
    return Finding("lag", detail)


def _gaps(gaps: DictRow) -> Finding:
    if not gaps["gaps"]:
        return Finding("gaps", "no producer misses frames")
    ranges = "one range" if gaps["gaps"] == 1 else f"{gaps['gaps']} ranges"
    detail = f"{gaps['frames']:,} frames in {ranges} are missing; the newest: {gaps['newest']}"
    advice = (
        f"import them from the rigs' own copies, if there are any; `{command_line('producer', 'show')}` "
        "lists them, and here they show for 30 days"
    )
    return Finding("gaps", detail, advice)


def _clock(skew_s: float) -> Finding:
    detail = f"{skew_s:+.3f} s between the database's and this machine's"
    if abs(skew_s) > MAX_CLOCK_SKEW_S:
        return Finding(
            "clock", detail, "let both machines keep time with NTP: readings from the future are refused"
        )
    return Finding("clock", detail)
