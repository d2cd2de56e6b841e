"""`restore`: brings a database back from a backup, and says what comes next."""

from argparse import Namespace
from datetime import datetime
from pathlib import Path

from barograph.cli.machine.backups import place_of, settled
from barograph.cli.verb import CommandRefused, Reply
from barograph.local.backups.kept_times import check_reach
from barograph.local.backups.places import BackupPlace
from barograph.local.backups.records import BackupRecord
from barograph.local.backups.restoring.recovery import Recovery, choose_backup
from barograph.local.backups.restoring.restoring import (
    CLUSTER,
    RestoredInstallation,
    bring_missing_back,
    lay_out,
    restore_cluster,
    restore_installation,
)
from barograph.local.command import command_line
from barograph.local.servers.account import choose_account
from barograph.local.servers.executables import find_executables
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.ordinary_user import settle_programs_account
from barograph.local.supervisor.programs import PROJECT
from barograph.settings import Settings
from barograph.times import format_time


def restore(options: Namespace, settings: Settings) -> Reply:
    place = place_of(options, settings)
    until: datetime | None = options.to_time
    record = choose_backup(place, until, options.id)
    check_reach(place, record, until)
    if options.into is not None:
        return _into(options, settings, place, record, until)
    if options.recover_later or options.files:
        raise CommandRefused(
            "--recover-later and --files are for a server that others run: name its folder with --into DIR."
        )
    if settings.database_url is not None:
        raise CommandRefused(
            "BAROGRAPH_DATABASE_URL names a server that others run: with --into DIR a data folder is made "
            "for it."
        )
    settings = settled(settings)
    folder = DataDir(settings.data_dir)
    folder.prepare()
    with folder.held():
        done = _restore(settings, place, record, until, force=options.force)
    return Reply(_answer(done), text=_next_steps(done, settings))


def _restore(
    settings: Settings, place: BackupPlace, record: BackupRecord, until: datetime | None, *, force: bool
) -> RestoredInstallation:
    executables = find_executables(settings.services_dir)
    there = settings.data_dir / CLUSTER
    like = there if there.exists() else PROJECT
    account = choose_account(like, [settings.data_dir, executables.postgres.parent])
    wanted = Recovery(place, record, there, until, executables, account)
    done = restore_installation(wanted, settings, force=force)
    programs = settle_programs_account(settings, DataDir(settings.data_dir))
    for path in done.made:
        programs.own(path)
    return done


def _into(
    options: Namespace, settings: Settings, place: BackupPlace, record: BackupRecord, until: datetime | None
) -> Reply:
    folder = options.into.absolute()
    if options.files:
        bring_missing_back(place, record, settings)
    executables = find_executables(settings.services_dir)
    folder.parent.mkdir(parents=True, exist_ok=True)
    account = choose_account(PROJECT, [folder.parent, executables.postgres.parent])
    wanted = Recovery(place, record, folder, until, executables, account)
    if options.recover_later:
        lay_out(wanted)
        return Reply({"id": record.id, "folder": str(folder)}, text=_laid_out(record, folder, until))
    done = restore_cluster(wanted)
    text = (
        f"{_restored(done)}\nNext:\n"
        f"  1. Give {folder} to the server's user, put its configuration beside it, and start PostgreSQL "
        f"{record.server_version.partition(' ')[0]} with TimescaleDB on it.\n"
        f"  2. Bring the tables up to date, and start the programs: {command_line('migrate')}\n"
        f"  3. See which frames are missing: {command_line('doctor')}"
    )
    return Reply(_answer(done), text=text)


def _laid_out(record: BackupRecord, folder: Path, until: datetime | None) -> str:
    version = record.server_version.partition(" ")[0]
    instant = "" if until is None else f", up to {format_time(until)}"
    return (
        f"Backup {record.id} lies in {folder}, with its WAL{instant}.\nNext:\n"
        f"  1. Start PostgreSQL {version} on it, with the TimescaleDB that it had. It recovers first.\n"
        "     If it says `recovery ended before configured recovery target was reached`, nothing was "
        "committed after that instant: do it again without --to-time.\n"
        f"  2. Bring the tables up to date, and start the programs: {command_line('migrate')}\n"
        f"  3. See which frames are missing: {command_line('doctor')}"
    )


def _answer(done: RestoredInstallation) -> dict[str, object]:
    return {
        "id": done.record.id,
        "folder": str(done.folder),
        "restored_to": format_time(done.restored_to),
        "aside": [str(path) for path in done.aside],
        "files": done.files,
        "keys": list(done.keys),
    }


def _restored(done: RestoredInstallation) -> str:
    return (
        f"Restored backup {done.record.id} into {done.folder}. The last transaction that is there is of "
        f"{format_time(done.restored_to)}; what came later is gone."
    )


def _next_steps(done: RestoredInstallation, settings: Settings) -> str:
    data = ("--data", settings.data_dir)
    lines = [_restored(done)]
    lines += [f"{done.files:,} files were brought back."] if done.files else []
    lines += [f"Brought back: {', '.join(done.keys)}."] if done.keys else []
    lines += [f"Not in the backup, see whether it is there: {each}" for each in done.record.elsewhere]
    lines += [f"What was there lies in {path} until you remove it." for path in done.aside]
    return "\n".join(
        [
            *lines,
            "Next:",
            f"  1. Start: {command_line('up', *data)}",
            "     Gateways go on by themselves; what their spools have kept since its ack they send again.",
            f"  2. See which frames are missing for good: {command_line('doctor', *data)}",
            "  3. Gateways whose tokens are newer than that instant get 401: make them new tokens.",
            f"  4. Make a new backup, unless `up` keeps them: {command_line('backup', *data)}",
        ]
    )
