"""`python -m tools.moto`: a server that speaks S3, for tests and benchmarks.

Its packages hold some of ours back, so they lie in a folder of their own below `.services`, pinned by
`tools/moto-requirements.txt`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from barograph.files.file_lock import locked
from barograph.local.plain_ending import end_plainly
from barograph.local.refusal import SetUpRefused
from tools.debian_programs import services_of_owner

LOCK_FILE = Path(__file__).with_name("moto-requirements.txt")


@dataclass(frozen=True)
class MotoPackages:
    """What is installed."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that runs it."""
        return os.environ | {"PYTHONPATH": str(self.folder)}

    def command(self, port: int) -> list[str]:
        """What runs it, on this machine alone."""
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]


def main() -> int:
    return end_plainly(set_up)


def set_up() -> None:
    """As the project's owner."""
    ensure_moto(services_of_owner())


def ensure_moto(services: Path) -> MotoPackages:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    folder = services.resolve() / "moto"
    stamp, wanted = (
        folder / "ready",
        hashlib.sha256(LOCK_FILE.read_bytes() + sys.version.encode()).hexdigest(),
    )
    if not (stamp.exists() and stamp.read_text() == wanted):
        with locked(services.resolve().with_name(f"{services.resolve().name}.lock")):
            if not (stamp.exists() and stamp.read_text() == wanted):
                _install(folder)
                stamp.write_text(wanted)
    return MotoPackages(folder)


def _install(folder: Path) -> None:
    sys.stdout.write("Installing moto, a server of S3 for tests: 150 MB\n")
    sys.stdout.flush()
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", folder, "-r", LOCK_FILE]
    if subprocess.run(command, check=False).returncode != 0:
        raise SetUpRefused("moto could not be installed; pip's words are above")


if __name__ == "__main__":
    sys.exit(main())
