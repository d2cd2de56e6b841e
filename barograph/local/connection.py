"""`connection.json`: how to reach what runs, for people and scripts on this machine."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from barograph.files.private_file import write_private


@dataclass(frozen=True)
class ConnectionFile:
    """The file's fields. `admin_password` is null when it was set elsewhere; `pids` is by process name."""

    api_url: str
    ingest_url: str
    worker_url: str
    database_url: str
    redis_url: str
    admin_email: str
    admin_password: str | None
    pids: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def program_urls(self) -> dict[str, str]:
        """Where programs say whether they are ready, by the name of their process."""
        return {"api": self.api_url, "ingest": self.ingest_url, "worker": self.worker_url}

    def with_pids(self, pids: dict[str, int]) -> "ConnectionFile":
        """The same, with other processes."""
        return replace(self, pids=pids)

    def write(self, path: Path) -> None:
        """Put it in the file's place in one step, for our eyes only."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def read_connection(path: Path) -> ConnectionFile | None:
    """Reads the file; None where `up` has not run yet."""
    return ConnectionFile(**json.loads(path.read_text())) if path.exists() else None
