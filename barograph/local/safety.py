"""Whether a crash, a damaged disk or a mistake would cost readings: what `doctor` asks the server."""

from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.command import command_line
from barograph.local.finding import Finding

MAX_BACKUP_AGE_H = 36
MAX_WAL_AGE_S = 300


def examine_safety(database_url: str) -> list[Finding]:
    """Whether the server keeps what it acknowledged, and notices what the disk has spoilt."""
    with open_connection(database_url, Role.DOCTOR) as connection:
        (server,) = connection.execute(query("doctor.safety")).fetchall()
    return [_durability(server, database_url), _checksums(server), _connections(server)]


def examine_backups(database_url: str, place: str | None) -> Finding:
    """How old the newest good one is, and whether WAL follows it."""
    with open_connection(database_url, Role.DOCTOR) as connection:
        (state,) = connection.execute(query("backup.state")).fetchall()
    if state["age_s"] is None:
        faulty = f"; {state['faulty']} have faults" if state["faulty"] else ""
        advice = f"see why: {command_line('backup', 'list')}; and `DATA/logs/backup.log`" if place else ""
        # Without a place, to have none is a choice.
        return Finding("backup", f"none that is good{faulty}", advice)
    return _backup(state, place)


def _backup(state: DictRow, place: str | None) -> Finding:
    hours = state["age_s"] / 3600
    size_mb = state["size_bytes"] / 2**20
    detail = f"the newest is {hours:.1f} hours old, {size_mb:,.1f} MB, in {state['last_place']}"
    if state["verified_at"] is None:
        detail += "; never verified"
    if state["faulty"]:
        return Finding("backup", f"{detail}; {state['faulty']} have faults", "make one, and verify it")
    if state["wal_status"] == "lost":
        return Finding("backup", f"{detail}; WAL is missing since then", "make a backup now")
    if place is not None and not state["is_streaming"]:
        advice = "see `DATA/logs/backup.log`: without WAL only the backup itself comes back"
        return Finding("backup", f"{detail}; nobody receives WAL", advice)
    if state["wal_age_s"] is not None and state["wal_age_s"] > MAX_WAL_AGE_S:
        advice = "see `DATA/logs/backup.log`; docs/runbook.md says more, at BarographBackupStopped"
        return Finding(
            "backup", f"{detail}; WAL has not come for {state['wal_age_s'] / 60:.0f} minutes", advice
        )
    if hours > MAX_BACKUP_AGE_H:
        return Finding("backup", detail, f"make another: {command_line('backup')}; or let `up` keep them")
    behind = (
        "" if state["behind_bytes"] is None else f"; WAL is {state['behind_bytes'] / 2**20:.1f} MB behind"
    )
    return Finding("backup", detail + behind)


def _durability(server: DictRow, database_url: str) -> Finding:
    lacking = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if server[name] == "off"]
    if lacking:
        return Finding(
            "durability",
            f"{', '.join(lacking)} off: a crash of the machine loses what was acknowledged",
            "set it to on in postgresql.conf, and reload the server",
        )
    if not server["standby_names"]:
        if _names_several_machines(database_url):
            return Finding(
                "durability",
                "acknowledged readings are on the primary's disk alone, and its URL names several machines",
                "have a synchronous standby, or bring it back; docs/operations.md says how",
            )
        return Finding("durability", "acknowledged readings are on the disk")
    if not server["standbys"]:
        return Finding(
            "durability",
            f"a synchronous standby is asked for ({server['standby_names']}), and none is connected",
            "start it: commits wait for it, and nothing is acknowledged",
        )
    by = "a standby" if server["standbys"] == 1 else f"{server['standbys']} standbys"
    return Finding("durability", f"acknowledged readings are on the disk, confirmed by {by}")


def _names_several_machines(database_url: str) -> bool:
    """Whether one is to take over from another."""
    return "," in str(conninfo_to_dict(database_url).get("host", ""))


def _checksums(server: DictRow) -> Finding:
    if server["checksum_failures"]:
        return Finding(
            "checksums",
            f"{server['checksum_failures']} pages are not what was written",
            "replace the disk, and restore from a backup; docs/backup.md says how",
        )
    if server["data_checksums"] == "on":
        return Finding("checksums", "on; no page was found spoilt")
    # Of clusters of former releases; no fault by itself.
    return Finding("checksums", "off: stop, and run `pg_checksums --enable` on the cluster to have them")


def _connections(server: DictRow) -> Finding:
    detail = (
        f"{server['connections']} of {server['max_connections']}; "
        f"{server['locks']:,} of about {server['max_locks']:,} locks"
    )
    if server["connections"] > 0.9 * server["max_connections"]:
        return Finding("connections", detail, "raise max_connections, or start fewer processes")
    if server["locks"] > 0.8 * server["max_locks"]:
        return Finding("connections", detail, "raise max_locks_per_transaction, and restart the server")
    return Finding("connections", detail)
