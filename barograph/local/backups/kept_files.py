"""Files beside the database that its rows name: of runs, and of imports. Each is copied once.

Files of exports are left out: they can be made again. What lies in a bucket is left to the bucket, and named.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from barograph.local.backups.places import (
    BackupPlace,
    PlacedFile,
    copy_in,
    copy_out,
    read_text,
    write_text,
)
from barograph.settings import Settings

FILES = "files"
LIST = "files.json"
FOLDERS = ("artifacts/kept", "archive/kept", "imports")


@dataclass(frozen=True)
class KeptFiles:
    """How many files the place has, their bytes, and where others lie."""

    files: int
    size_bytes: int
    elsewhere: Sequence[str]


def keep_files(place: BackupPlace, settings: Settings) -> KeptFiles:
    """Copy what the place does not have yet."""
    there = {file.name: file.size_bytes for file in place.files(FILES)}
    for name, path in _local_files(settings.data_dir):
        try:
            if there.get(name) != path.stat().st_size:
                copy_in(place, path, name)
        except FileNotFoundError:  # removed meanwhile, as an upload that has become a file
            continue
    kept = place.files(FILES)
    buckets = {"artifacts": settings.artifact_url, "archived readings": settings.archive_url}
    elsewhere = [f"{what}: {url}" for what, url in buckets.items() if url]
    return KeptFiles(len(kept), sum(file.size_bytes for file in kept), elsewhere)


def list_files(place: BackupPlace, backup: str, data_dir: Path) -> None:
    """Note which files a backup's rows may name."""
    write_text(place, f"{backup}/{LIST}", json.dumps([name for name, _ in _local_files(data_dir)]))


def forget_files(place: BackupPlace, backups: Iterable[str]) -> None:
    """Remove the files that none of these backups names."""
    named: set[str] = set()
    for backup in backups:
        named.update(json.loads(read_text(place, f"{backup}/{LIST}") or "[]"))
    place.remove([file.name for file in place.files(FILES) if file.name not in named])


def bring_files_back(place: BackupPlace, data_dir: Path) -> list[Path]:
    """Copy what is missing here; what is here stays. The files and folders that were made."""
    made: list[Path] = []
    for file in place.files(FILES):
        target = data_dir / file.name.removeprefix(f"{FILES}/")
        if not _is_there(target, file):
            made += _make_folders(target.parent)
            draft = target.with_name(f".{target.name}.restored")
            copy_out(place, file.name, draft)
            draft.replace(target)
            made.append(target)
    return made


def _local_files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((data_dir / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"{FILES}/{path.relative_to(data_dir)}", path


def _is_there(target: Path, file: PlacedFile) -> bool:
    return target.exists() and target.stat().st_size == file.size_bytes


def _make_folders(folder: Path) -> list[Path]:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return missing
