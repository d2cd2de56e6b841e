"""What `archive` does: it asks the database which files there are, and reads these."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import DictRow

from barograph.archive.layout import ArchivedFile, FileDamaged
from barograph.archive.shelf import SHELVES, Shelf
from barograph.archive.thawing import thaw
from barograph.cli.machine.database_words import database_in_plain_words
from barograph.cli.machine.places import data_dir, database_url
from barograph.cli.verb import CommandRefused, Reply
from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.rows import fetch_rows
from barograph.errors import BarographError
from barograph.settings import Settings
from barograph.similar import did_you_mean
from barograph.times import MAX_US, MIN_US, format_time, from_us

_COLUMNS = ("project", "from", "sensors", "readings", "held", "bytes", "verified_at", "fault", "name")


@database_in_plain_words()
def status(options: Namespace, settings: Settings) -> Reply:
    with _open(settings) as connection:
        files = [_shown(file) for file in _files(connection, options.project)]
    held, size = sum(file["held"] for file in files), sum(file["bytes"] for file in files)
    return Reply(files, _COLUMNS, remarks=[f"{held:,} readings lie in {len(files)} files, {size:,} bytes"])


@database_in_plain_words()
def verify(options: Namespace, settings: Settings) -> Reply:
    shelf, faults = _shelf(settings), list[str]()
    with _open(settings) as connection:
        files = _files(connection, options.project)
        for file in files:
            fault = _find_fault(shelf, file)
            connection.execute(query("archive.note_verified"), {"id": file["id"], "fault": fault})
            if fault is not None:
                faults.append(f"{file['name']}: {fault}")
    answer = {"files": len(files), "faults": faults}
    said = f"{len(files)} files read: {len(faults) or 'none'} at fault"
    return Reply(answer, text=said, remarks=faults, code=1 if faults else 0)


@database_in_plain_words()
def restore(options: Namespace, settings: Settings) -> Reply:
    start: datetime = options.start or from_us(MIN_US)
    end: datetime = options.end or from_us(MAX_US)
    with _open(settings) as connection:
        sensor_ids = _sensor_ids(connection, options.project, options.sensor)
        try:
            thawed = thaw(connection, _shelf(settings), sensor_ids, start, end)
        except BarographError as error:
            raise CommandRefused(f"{error.detail}.") from error
    answer = {"files": thawed.files, "readings": thawed.readings}
    return Reply(answer, text=f"{thawed.readings:,} readings of {thawed.files} files are rows again")


def _open(settings: Settings) -> psycopg.Connection[DictRow]:
    return open_connection(database_url(settings), Role.ARCHIVE)


def _shelf(settings: Settings) -> Shelf:
    return SHELVES.use(settings.model_copy(update={"data_dir": data_dir(settings).root}))


def _files(connection: psycopg.Connection[DictRow], project: str | None) -> list[DictRow]:
    project_id = None if project is None else _project_id(connection, project)
    return fetch_rows(connection, query("archive.files"), {"project_id": project_id})


def _project_id(connection: psycopg.Connection[DictRow], project: str) -> int:
    rows = fetch_rows(connection, query("archive.find_project"), {"project": project})
    if len(rows) != 1:
        raise CommandRefused(
            f"There is no project {project}."
            if not rows
            else f"Several projects are called {project}: name one by its id."
        )
    return rows[0]["id"]


def _sensor_ids(connection: psycopg.Connection[DictRow], project: str, keys: Sequence[str] | None) -> Any:  # noqa: ANN401  # int32[n]
    asked = {"project_id": _project_id(connection, project)}
    rows = fetch_rows(connection, query("archive.sensors_of_project"), asked)
    known = {row["key"]: row["id"] for row in rows}
    if missing := [key for key in keys or () if key not in known]:
        raise CommandRefused(f"The project has no sensor {missing[0]}.{did_you_mean(missing[0], known)}")
    return np.array([known[key] for key in keys or known], np.int32)


def _find_fault(shelf: Shelf, file: DictRow) -> str | None:
    """The fault of a file; None if it has none."""
    try:
        if shelf.sha256(file["name"]) != file["sha256"]:
            return "its bytes are not those that were written"
        with shelf.open(file["name"]) as source:
            ArchivedFile(source).check()
    except (FileDamaged, OSError) as error:
        return str(error)
    except BarographError as error:
        return error.detail
    return None


def _shown(file: DictRow) -> dict[str, Any]:
    return {
        "project": file["project"],
        "from": format_time(file["range_start"]),
        "to": format_time(file["range_end"]),
        "sensors": file["sensors"],
        "readings": file["readings"],
        "held": file["held"],
        "bytes": file["size_bytes"],
        "sha256": file["sha256"],
        "created_at": format_time(file["created_at"]),
        "verified_at": None if file["verified_at"] is None else format_time(file["verified_at"]),
        "fault": file["fault"],
        "name": file["name"],
    }
