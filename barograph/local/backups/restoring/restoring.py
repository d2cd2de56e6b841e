"""Puts a backup in a cluster's place: in the data directory of `up`, or in a folder for a server elsewhere.

recover beside it ─▶ passwords ─▶ old cluster aside ─▶ new one in ─▶ files and keys
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from psycopg.sql import SQL, Identifier, Literal

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.files.private_file import write_private
from barograph.local.backups.kept_files import bring_files_back
from barograph.local.backups.kept_keys import NAMES, read_keys
from barograph.local.backups.places import BackupPlace
from barograph.local.backups.records import BackupRecord
from barograph.local.backups.restoring.private_server import PrivateServer
from barograph.local.backups.restoring.recovery import Recovery, lay_out_cluster, recovered
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.cluster import (
    DATABASE,
    OWNER,
    SUPERUSER,
    replace_configuration,
    settle_superuser,
)
from barograph.local.servers.endpoint import settle_endpoint
from barograph.settings import Settings

CLUSTER = "postgres"
# Redis holds nudges of work, and places of readers in events of a future that is gone.
STALE = ("redis",)


@dataclass(frozen=True)
class RestoredInstallation:
    """The outcome of a restore.

    Attributes:
        restored_to: the time of the last transaction that is there; None: that of the base backup.
        aside: where the former cluster and what went with it lie.
        files: how many files were brought back.
        keys: which were put in their places.
    """

    record: BackupRecord
    folder: Path
    restored_to: datetime
    aside: Sequence[Path]
    files: int
    keys: Sequence[str]
    made: Sequence[Path]


def restore_installation(wanted: Recovery, settings: Settings, *, force: bool) -> RestoredInstallation:
    """Restores the cluster of a data directory, which nobody runs on, with the files and keys beside it.

    Args:
        wanted: whose folder is `CLUSTER` in the data directory.
        force: moves aside what is there already.

    Raises:
        SetUpRefused: a cluster is there already, or the backup can't be recovered.
        OSError: there is no room.
    """
    data_dir, folder, record = settings.data_dir, wanted.folder, wanted.record
    if folder.exists() and not force:
        raise SetUpRefused(
            f"{folder} holds a database already. With --force it is moved aside, and stays beside the "
            "new one."
        )
    if not record.is_owned and record.database != DATABASE:
        raise SetUpRefused(
            f"The backup is of another server, whose database is called {record.database}; here it would "
            f"have to be {DATABASE}. With --into DIR a data folder is made for a server like it."
        )
    keys = read_keys(wanted.place, record.name, settings)
    draft = replace(wanted, folder=_draft_of(folder))
    restored_to = _recover(draft, _set_passwords)
    if not record.is_owned:
        replace_configuration(draft.folder, wanted.account)
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    # Clusters of former releases have no superuser but the owner.
    passwords = () if record.superuser == SUPERUSER else (f"{CLUSTER}-superuser",)
    aside = [_move_aside(data_dir / name, stamp) for name in (CLUSTER, *STALE, *passwords)]
    draft.folder.rename(folder)
    put = _put_keys(keys, data_dir)
    made = bring_files_back(wanted.place, data_dir)
    files = sum(path.is_file() for path in made)
    return RestoredInstallation(
        record, folder, restored_to, [path for path in aside if path], files, put, made
    )


def restore_cluster(wanted: Recovery) -> RestoredInstallation:
    """Restores a cluster alone, into a folder that is not there yet, for a server that others run.

    Raises:
        SetUpRefused: something is there, or the backup can't be recovered.
    """
    folder = wanted.folder
    if folder.exists():
        raise SetUpRefused(f"{folder} is there already: name a folder that is not.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = replace(wanted, folder=_draft_of(folder))
    restored_to = _recover(draft, lambda _server, _draft: None)
    draft.folder.rename(folder)
    return RestoredInstallation(wanted.record, folder, restored_to, [], 0, [], [])


def lay_out(wanted: Recovery) -> None:
    """Lays a cluster out in an empty folder, for a server of others that recovers it when it starts.

    Raises:
        SetUpRefused: something is there, or the backup is damaged.
        OSError: there is no room.
    """
    folder = wanted.folder
    if folder.exists() and any(folder.iterdir()):
        raise SetUpRefused(f"{folder} is not empty: name another folder.")
    try:
        lay_out_cluster(wanted)
    except BaseException:
        # The folder itself may be where a volume is mounted.
        for path in folder.glob("*"):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        raise


def bring_missing_back(place: BackupPlace, record: BackupRecord, settings: Settings) -> None:
    """Files beside the database, and keys, into the data directory, for its owner; what is there stays.

    Raises:
        SetUpRefused: the keys are sealed, and nobody says by what.
        OSError: there is no room.
    """
    data_dir = settings.data_dir
    keys = _put_keys(read_keys(place, record.name, settings), data_dir)
    made = [*(data_dir / name for name in keys), *bring_files_back(place, data_dir)]
    if os.geteuid() == 0:
        owner = data_dir.stat()
        for path in made:
            os.chown(path, owner.st_uid, owner.st_gid)


def _draft_of(folder: Path) -> Path:
    """Where a cluster is recovered, beside its place."""
    return folder.with_name(f".{folder.name}.restored")


def _recover(draft: Recovery, settle: Callable[[PrivateServer, Path], None]) -> datetime:
    """Recovers a cluster in the draft's folder, settles it while it runs, and returns when its last
    transaction committed.
    """
    shutil.rmtree(draft.folder, ignore_errors=True)
    try:
        with recovered(draft) as server:
            settle(server, draft.folder)
            return _reached(server, draft.record)
    except BaseException:
        shutil.rmtree(draft.folder, ignore_errors=True)
        raise


def _reached(server: PrivateServer, record: BackupRecord) -> datetime:
    with open_connection(server.url("postgres"), Role.BACKUP) as connection:
        (row,) = connection.execute(query("backup.restored_to")).fetchall()
    return row["time"] or record.restorable_from


def _set_passwords(server: PrivateServer, draft: Path) -> None:
    """Sets the passwords that the data directory has, whichever the backup had: `up` logs in with them."""
    folder = draft.with_name(CLUSTER)
    passwords = {OWNER: settle_endpoint(folder.with_name(f"{CLUSTER}.json")).password}
    with open_connection(server.url("postgres"), Role.BACKUP) as connection:
        (row,) = connection.execute(query("backup.superuser_of")).fetchall()
        if row["rolname"] == SUPERUSER:
            passwords[SUPERUSER] = settle_superuser(folder)
        for role, password in passwords.items():
            verifier = connection.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            ).decode()
            statement = SQL("alter role {} password {}").format(Identifier(role), Literal(verifier))
            connection.execute(statement)


def _move_aside(path: Path, stamp: str) -> Path | None:
    if not path.exists():
        return None
    aside = path.with_name(f"{path.name}.before-{stamp}")
    path.rename(aside)
    return aside


def _put_keys(keys: Mapping[str, str], data_dir: Path) -> list[str]:
    """Writes the keys that are missing here. A key that is here may be newer, and signs what goes on."""
    missing = [name for name in NAMES if name in keys and not (data_dir / name).exists()]
    for name in missing:
        write_private(data_dir / name, keys[name])
    return missing
