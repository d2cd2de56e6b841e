"""Where the portal's sources lie, where its build goes, and the stamp that says whether they agree."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STAMP = "stamp"
# What lies between the sources and is none: what is installed and built, tests, and types made from the
# API's document.
NO_SOURCES = {"dist", "dist.new", "dist.old", "node_modules", "tests", "openapi.d.ts", "unbuilt.txt"}


@dataclass(frozen=True)
class PortalFolders:
    """Absolute paths.

    Args:
        sources: what is built.
        dist: the build; it is there whole or not at all.
        services: what is fetched for programs and builds, Node among it.
    """

    sources: Path
    dist: Path
    services: Path

    @property
    def node(self) -> Path:
        return self.services / "node"

    @property
    def lock(self) -> Path:
        """Held by who installs and builds. Others fetch their things below `services` meanwhile."""
        return self.services / "portal.lock"

    @property
    def modules(self) -> Path:
        return self.sources / "node_modules"

    @property
    def unbuilt(self) -> Path:
        """Why there is no build of these sources, for the page that stands in for it."""
        return unbuilt_note(self.dist)

    def is_built(self, stamp: str) -> bool:
        return read_stamp(self.dist / STAMP) == stamp


def unbuilt_note(dist: Path) -> Path:
    """Beside the build, whose folder is replaced as a whole."""
    return dist.with_name("unbuilt.txt")


def sources_stamp(sources: Path) -> str:
    """SHA-256 of every source with its name."""
    digest = hashlib.sha256()
    for path in _files(sources):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(sources)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def read_stamp(path: Path) -> str | None:
    """The text, or None where there is no such file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _files(sources: Path) -> Iterator[Path]:
    """The files, in an order that no file system changes."""
    for place, folders, files in os.walk(sources):
        folders[:] = sorted(set(folders) - NO_SOURCES)
        yield from (Path(place, name) for name in sorted(set(files) - NO_SOURCES))
