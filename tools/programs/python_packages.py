"""Python packages for tests that hold ours back, or are large: each set in a folder below `.services`."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from barograph.files.file_lock import locked
from barograph.local.refusal import SetUpRefused


@dataclass(frozen=True)
class PackageSet:
    """A set of packages to install.

    Attributes:
        name: for people, and of its folder.
        lock_file: what pins it.
        size: for people.
    """

    name: str
    lock_file: Path
    size: str


@dataclass(frozen=True)
class InstalledPackages:
    """Packages in a folder, which processes find that are told to."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of such a process."""
        return os.environ | {"PYTHONPATH": str(self.folder)}


def ensure_packages(services: Path, packages: PackageSet) -> InstalledPackages:
    """Finds the packages, or fetches them.

    Raises:
        SetUpRefused: with the reason.
    """
    folder = services.resolve() / packages.name
    wanted = hashlib.sha256(packages.lock_file.read_bytes() + sys.version.encode()).hexdigest()
    if not _is_there(folder, wanted):
        with locked(folder.with_name(f"{folder.name}.lock")):
            if not _is_there(folder, wanted):
                _install(folder, packages)
                (folder / "ready").write_text(wanted)
    return InstalledPackages(folder)


def _is_there(folder: Path, wanted: str) -> bool:
    stamp = folder / "ready"
    return stamp.exists() and stamp.read_text() == wanted


def _install(folder: Path, packages: PackageSet) -> None:
    sys.stdout.write(f"Installing {packages.name} for tests: {packages.size}\n")
    sys.stdout.flush()
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", folder, "-r", packages.lock_file]
    if subprocess.run(command, check=False).returncode != 0:
        raise SetUpRefused(f"{packages.name} could not be installed; pip's words are above")
