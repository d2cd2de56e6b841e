"""`backup`: takes, lists, verifies and keeps backups."""

import os
import signal
import sys
import threading
from argparse import Namespace
from dataclasses import asdict
from datetime import UTC, datetime

from barograph.cli.machine.database_words import database_in_plain_words
from barograph.cli.machine.places import data_dir, database_url
from barograph.cli.verb import CommandRefused, Reply
from barograph.identity.audit_key import audit_key_file, load_audit_key
from barograph.local.backups.keeping.base_backup import take_backup
from barograph.local.backups.keeping.ending import end_backups
from barograph.local.backups.keeping.keeping import BackupKeeper
from barograph.local.backups.keeping.noting import note_verification
from barograph.local.backups.keeping.source import look_at_source
from barograph.local.backups.kept_times import restorable_until
from barograph.local.backups.places import BackupPlace, open_place
from barograph.local.backups.records import BackupRecord, list_backups
from barograph.local.backups.restoring.recovery import choose_backup
from barograph.local.backups.restoring.verification import RestoredCounts, verify_backup
from barograph.local.command import command_line
from barograph.local.servers.account import choose_account
from barograph.local.servers.executables import find_executables
from barograph.local.supervisor.programs import PROJECT
from barograph.settings import Settings
from barograph.times import format_time

COLUMNS = ("id", "restorable_from", "restorable_until", "size_bytes", "files", "verified_at", "is_good")


@database_in_plain_words()
def make(options: Namespace, settings: Settings) -> Reply:
    place = place_of(options, settings)
    settings = settled(settings)
    source = look_at_source(database_url(settings), is_owned=settings.database_url is None)
    record = take_backup(source, place, settings, find_executables(settings.services_dir))
    return Reply(_shown(place, record), text=_told(place, record))


def list_all(options: Namespace, settings: Settings) -> Reply:
    place = place_of(options, settings)
    backups = list_backups(place)
    rows = [_shown(place, record) for record in backups]
    faults = [f"{record.id}: {fault}" for record in backups for fault in record.faults]
    return Reply(rows, COLUMNS, remarks=faults)


@database_in_plain_words()
def verify(options: Namespace, settings: Settings) -> Reply:
    place = place_of(options, settings)
    settings = settled(settings)
    record = choose_backup(place, None, options.id)
    executables = find_executables(settings.services_dir)
    scratch = (options.scratch or settings.data_dir / "backup-verify").absolute()
    scratch.parent.mkdir(parents=True, exist_ok=True)
    account = choose_account(PROJECT, [scratch.parent, executables.postgres.parent])
    has_key = settings.audit_key is not None or audit_key_file(settings.data_dir).exists()
    key = load_audit_key(settings) if has_key else None
    found = verify_backup(place, record, scratch, executables, account, key)
    note_verification(settings, record, place, found.faults)
    answer = {"id": record.id, **asdict(found), "restored_to": _time(found.restored_to)}
    return Reply(answer, text=_verified(record, found), remarks=found.faults, code=1 if found.faults else 0)


@database_in_plain_words()
def keep(options: Namespace, settings: Settings) -> Reply:
    place = place_of(options, settings)
    settings = settled(settings)
    is_owned = options.owned or settings.database_url is None
    executables = find_executables(settings.services_dir)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopping.set())
    keeper = BackupKeeper(database_url(settings), place, settings, executables, _say, is_owned=is_owned)
    keeper.run(stopping)
    return Reply(is_said=True)


@database_in_plain_words()
def end(_options: Namespace, settings: Settings) -> Reply:
    known = end_backups(database_url(settings))
    stay = "" if not known else f" The {known} that it knew of stay where they are, and can be restored."
    return Reply({"known": known}, text=f"Nobody is expected to back the database up any more.{stay}")


def place_of(options: Namespace, settings: Settings) -> BackupPlace:
    """The one that is named.

    Raises:
        CommandRefused: none is.
    """
    # What is in a backup is for nobody else's eyes.
    os.umask(0o077)
    named = options.to or settings.backup_to
    if named is None:
        raise CommandRefused(
            "Say where backups lie, with --to or --from, or with BAROGRAPH_BACKUP_TO: a folder, best on "
            "another disk, or s3://bucket/prefix."
        )
    return open_place(named)


def settled(settings: Settings) -> Settings:
    """The settings with the data directory's whole path; goes on as its keeper."""
    folder = data_dir(settings)
    folder.become_keeper(PROJECT)
    return settings.model_copy(update={"data_dir": folder.root})


def _shown(place: BackupPlace, record: BackupRecord) -> dict[str, object]:
    reached = restorable_until(place, record)
    return {
        **asdict(record),
        "restorable_from": record.consistent_at,
        "restorable_until": reached and format_time(reached),
        "is_good": record.is_good,
    }


def _told(place: BackupPlace, record: BackupRecord) -> str:
    keys = {
        "plain": "The keys of the data directory lie beside it, open: whoever reads the folder has them.",
        "sealed": "The keys of the data directory lie beside it, sealed with BAROGRAPH_BACKUP_KEY.",
        "left out": "It holds no keys of a data directory.",
    }[record.keys]
    elsewhere = [f"Not in it, but elsewhere: {each}" for each in record.elsewhere]
    return "\n".join(
        [
            (
                f"Backup {record.id} is whole, in {place.url}: {record.size_bytes / 2**20:,.1f} MB, "
                f"and {record.files:,} files with {record.files_bytes / 2**20:,.1f} MB."
            ),
            keys,
            *elsewhere,
            f"To see that it can be restored: {command_line('backup', 'verify', '--from', place.url)}",
        ]
    )


def _verified(record: BackupRecord, found: RestoredCounts) -> str:
    state = "can NOT be relied on" if found.faults else "is good"
    return (
        f"Backup {record.id} {state}: restored to {_time(found.restored_to) or record.consistent_at}, "
        f"{found.readings:,} readings of {found.sensors:,} sensors, {found.producers:,} producers, "
        f"{found.runs:,} runs; {found.rollups_compared:,} roll-ups made again from raw; "
        f"{found.audit_entries:,} audit entries in the chain."
    )


def _time(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)


def _say(text: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}\n")
    sys.stdout.flush()
