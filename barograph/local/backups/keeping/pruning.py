"""Which files of a place can be removed: backups beyond the newest N, and what only those needed."""

from collections.abc import Sequence

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.backups.kept_files import forget_files
from barograph.local.backups.places import BackupPlace
from barograph.local.backups.records import BackupRecord, list_backups
from barograph.local.backups.wal_files import WAL, parse_segment


def prune(place: BackupPlace, keep: int, database_url: str) -> list[str]:
    """Remove what is older than the newest `keep` good ones, with its WAL and files; which backups went."""
    backups = list_backups(place)
    good = [each for each in backups if each.is_good][-keep:]
    kept = [each for each in backups if not good or each.id >= good[0].id]
    gone = [each for each in backups if each not in kept]
    for each in gone:
        names = [file.name for file in place.files(each.name)]
        # The record first: a backup without one is none.
        place.remove(sorted(names, key=lambda name: not name.endswith("/backup.json")))
    place.remove(_useless_wal(place, kept))
    forget_files(place, [each.name for each in kept])
    with open_connection(database_url, Role.BACKUP) as connection:
        noted = {"place": place.url, "ids": [each.id for each in kept]}
        connection.execute(query("backup.forget"), noted)
    return [each.id for each in gone]


def _useless_wal(place: BackupPlace, kept: Sequence[BackupRecord]) -> list[str]:
    """The WAL that no kept backup needs. Where timelines began stays known: no number is given twice."""
    if not kept:
        return []
    segment_bytes = kept[-1].wal_segment_bytes
    starts = [parse_segment(each.start_wal, segment_bytes) for each in kept]
    first: dict[int, int] = {}
    for start in filter(None, starts):
        first[start.timeline] = min(first.get(start.timeline, start.number), start.number)
    newest = max(first)
    useless: list[str] = []
    for file in place.files(WAL):
        segment = parse_segment(file.name.rpartition("/")[2], segment_bytes)
        if segment is None or segment.timeline > newest:
            continue
        lowest = first.get(segment.timeline)
        if lowest is None or segment.number < lowest:
            useless.append(file.name)
    return useless
