"""Builds the portal, unless it is built: fetch Node, install packages, build aside, change places.

Why: decision 460.
"""

import shutil
import sys
from pathlib import Path

from barograph.files.file_lock import locked
from barograph.local.portal.folders import STAMP, PortalFolders, sources_stamp
from barograph.local.portal.node import ensure_node
from barograph.local.refusal import SetUpRefused
from barograph.settings import PROJECT, Settings

SOURCES = PROJECT / "portal"
DIST = SOURCES / "dist"


def portal_folders(settings: Settings) -> PortalFolders:
    """The folders of this project's portal."""
    return PortalFolders(SOURCES, DIST, settings.services_dir.resolve())


def is_ours(settings: Settings) -> bool:
    """Whether the API serves the build that is made here, not a ready one of somewhere else."""
    return settings.portal_dist == DIST


def build_portal(folders: PortalFolders) -> None:
    """Leaves a build of these sources, or the old one with a note why.

    Raises:
        SetUpRefused: with the reason.
    """
    stamp = sources_stamp(folders.sources)
    if folders.is_built(stamp):
        return
    with locked(folders.lock):
        if not folders.is_built(stamp):
            _build_or_note(folders, stamp)


def install_tools(folders: PortalFolders) -> None:
    """Installs what checks and tests of the portal need, beyond its build.

    Raises:
        SetUpRefused: it can't be fetched.
    """
    with locked(folders.lock):
        ensure_node(folders).install_packages(with_tools=True)


def _build_or_note(folders: PortalFolders, stamp: str) -> None:
    try:
        _build(folders, stamp)
    except SetUpRefused as refusal:
        folders.unbuilt.write_text(str(refusal), encoding="utf-8")
        raise
    folders.unbuilt.unlink(missing_ok=True)


def _build(folders: PortalFolders, stamp: str) -> None:
    if not folders.modules.exists():
        _say("Fetching Node.js and what the portal is built with: 80 MB, which become 250")
    _say("Building the portal")
    node = ensure_node(folders)
    node.install_packages(with_tools=False)
    new = folders.dist.with_name("dist.new")
    node.run_package("vite/bin/vite.js", "build", "--logLevel=warn", "--emptyOutDir", f"--outDir={new}")
    (new / STAMP).write_text(stamp, encoding="utf-8")
    _let_read(new)
    _change_places(new, folders.dist)


def _let_read(folder: Path) -> None:
    """Whoever the programs run as, and whatever the umask."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _change_places(new: Path, dist: Path) -> None:
    old = dist.with_name("dist.old")
    shutil.rmtree(old, ignore_errors=True)
    if dist.exists():
        dist.rename(old)
    new.rename(dist)
    shutil.rmtree(old, ignore_errors=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
