"""Which programs' code has changed, for `make dev`."""

from collections.abc import Iterable
from pathlib import Path

# The folders whose code a process runs.
FOLDERS = {
    "worker": ("backfill", "barograph", "conversion", "events", "sql"),
    "api": ("api", "barograph", "conversion", "sql"),
    "ingest": ("ingest", "barograph", "conversion", "sql"),
    "mqtt": ("ingest", "barograph"),
    "demo": ("client", "tools"),
}
SUFFIXES = {".py", ".sql"}


class SourceWatch:
    """Remembers when each file was changed."""

    def __init__(self, project_dir: Path) -> None:
        self._project_dir = project_dir
        self._seen = self._modification_times()

    def changed_processes(self) -> list[str]:
        """Names of the processes whose code has changed since the last call."""
        now = self._modification_times()
        changed = [name for name in FOLDERS if self._times(now, name) != self._times(self._seen, name)]
        self._seen = now
        return changed

    def _modification_times(self) -> dict[Path, int]:
        folders = {folder for group in FOLDERS.values() for folder in group}
        return {path: path.stat().st_mtime_ns for path in self._files(folders)}

    def _files(self, folders: Iterable[str]) -> Iterable[Path]:
        for folder in folders:
            for path in (self._project_dir / folder).rglob("*"):
                # An editor may replace a file between listing and looking.
                if path.suffix in SUFFIXES and path.exists():
                    yield path

    def _times(self, times: dict[Path, int], name: str) -> dict[Path, int]:
        roots = [self._project_dir / folder for folder in FOLDERS[name]]
        return {
            path: time for path, time in times.items() if any(path.is_relative_to(root) for root in roots)
        }
