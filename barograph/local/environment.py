"""`python3 -m barograph.local.environment`: the virtual environment `.venv`, with the locked dependencies.

Runs before there is one, so it needs nothing but the standard library, and not even all of that: Debian
leaves `ensurepip` out of its Python. Then pip comes from a Debian package. Nothing is done again while
the lock file, the interpreter and the place stay the same.

Why: decision 1360.
"""

import argparse
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from barograph.files.file_lock import locked
from barograph.local.command import PROJECT, write_command
from barograph.local.plain_ending import end_plainly
from barograph.local.project_owner import become_owner
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.debian import open_archive, unpack

FOLDER = PROJECT / ".venv"
PYTHON = FOLDER / "bin" / "python"
LOCK = PROJECT / ".venv.lock"
STAMP = FOLDER / "installed"
RUNTIME_LOCK = PROJECT / "requirements.txt"
# Holds every pin of the runtime's, and the tools for tests and checks.
DEVELOPMENT_LOCK = PROJECT / "requirements-dev.txt"
# Packages; some fetch for seconds.
TELL_EVERY = 20
MAX_PIPS = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m barograph.local.environment", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    lock_file = DEVELOPMENT_LOCK if parser.parse_args().dev else RUNTIME_LOCK
    return end_plainly(partial(set_up, lock_file))


def set_up(lock_file: Path) -> None:
    """One at a time, as the project's owner."""
    made = [PROJECT / name for name in (".services", ".services.lock", "portal")]
    become_owner(PROJECT, [FOLDER, LOCK, *made])
    with locked(LOCK):
        ensure_installed(lock_file)


def ensure_installed(lock_file: Path) -> None:
    """Bring `.venv` to what the lock file says, unless it is there already."""
    satisfied_by = {_digest(lock_file), _digest(DEVELOPMENT_LOCK)}
    if not (STAMP.exists() and STAMP.read_text() in satisfied_by and _works()):
        if not _works():
            _create()
        _install(lock_file)
        STAMP.write_text(_digest(lock_file))
    _show_client()
    write_command(PYTHON.parent, PYTHON)


def _digest(lock_file: Path) -> str:
    digest = hashlib.sha256(lock_file.read_bytes())
    digest.update(f"{sys.version}\n{FOLDER}".encode())
    return digest.hexdigest()


def _works() -> bool:
    """Whether `.venv` is of this interpreter's version, was made in this place, and has pip."""
    if not PYTHON.exists():
        return False
    question = "import sys, pip; print(sys.prefix, *sys.version_info[:2], sep='\\n')"
    done = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, check=False)
    return done.stdout.splitlines() == [str(FOLDER), *map(str, sys.version_info[:2])]


def _create() -> None:
    _say(f"Making a virtual environment in {FOLDER}")
    bundle = importlib.util.find_spec("ensurepip")
    has_pip = bundle is not None and bundle.origin is not None  # a mere folder has no origin
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=has_pip).create(FOLDER)
    if not has_pip:
        _install_pip()


def _install_pip() -> None:
    """Debian's own pip, which runs from its wheel and installs itself."""
    _say("This Python comes without pip: fetching it as a Debian package")
    with TemporaryDirectory(prefix="barograph-pip-") as name:
        folder = Path(name)
        with open_archive() as archive:
            for deb in archive.download(["python3-pip-whl"], folder):
                unpack(deb, folder)
        wheel = next(folder.glob("usr/share/python-wheels/pip-*.whl"))
        _run([PYTHON, wheel / "pip", "install", "--no-index", "--quiet", wheel], "pip could not be installed")


def _install(lock_file: Path) -> None:
    packages = len(re.findall(r"^[^\s#]+==", lock_file.read_text(), re.MULTILINE))
    _say(f"Installing the {packages} Python packages of {lock_file.name}: 730 MB or more, in a minute or two")
    with TemporaryDirectory(prefix="barograph-pip-") as folder:
        parts = split_lock_file(lock_file, Path(folder), min(MAX_PIPS, os.cpu_count() or 1))
        code = _run_telling([_pip_for(part) for part in parts], packages)
    if code != 0:
        raise SetUpRefused(
            "The Python packages could not be installed; pip's words are above. Check the network, pip's "
            "settings (`pip config list`) and the room on the disk, then try again."
        )


def split_lock_file(lock_file: Path, folder: Path, count: int) -> list[Path]:
    """Lock files of about as much each, in a folder, that together name the same packages.

    pip uses one core, and most of its time goes to unpacking and compiling.
    """
    entries = re.findall(r"^[^\s#].*\n(?:[ \t].*\n)*", lock_file.read_text(), re.MULTILINE)
    parts = [folder / f"{number}.txt" for number in range(count)]
    for number, part in enumerate(parts):
        part.write_text("".join(entries[number::count]))
    return parts


def _pip_for(lock_file: Path) -> list[str | Path]:
    # The lock file names every package, so pip need not look for others (and must not: see pyproject.toml).
    options = ["--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps"]
    return [PYTHON, "-m", "pip", "install", "--progress-bar=off", *options, "--requirement", lock_file]


class PipProgress:
    """How far several pips are together."""

    def __init__(self, packages: int, pips: int) -> None:
        self._packages, self._pips = packages, pips
        self._found = 0
        self._lock = Lock()

    def hear(self, line: str) -> None:
        """A line of one of them."""
        with self._lock:
            if line.startswith("Collecting "):
                self._found += 1
                if self._found % TELL_EVERY == 0:
                    _say(f"  {self._found} of {self._packages} packages")
            elif line.startswith("Installing collected packages"):
                self._pips -= 1
                if self._pips == 0:
                    _say("  all are here; unpacking them")


def _run_telling(commands: Sequence[list[str | Path]], packages: int) -> int:
    """Runs pips at once, and says how far they are; what they complain of goes where ours does.

    Returns the worst exit code.
    """
    progress = PipProgress(packages, len(commands))

    def run(command: list[str | Path]) -> int:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pip:
            for line in pip.stdout or ():
                progress.hear(line)
        return abs(pip.returncode)

    with ThreadPoolExecutor(len(commands)) as threads:
        return max(threads.map(run, commands))


def _show_client() -> None:
    """Lets Python find the gateway's library, which lies in a folder of its own because others install it."""
    packages = FOLDER / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    path_file = packages / "barograph_client.pth"
    line = f"{PROJECT / 'client'}\n"
    if not path_file.exists() or path_file.read_text() != line:
        path_file.write_text(line)


def _run(command: list[str | Path], failure: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        raise SetUpRefused(f"{failure}.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
