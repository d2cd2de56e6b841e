"""Fetches packages of Debian 13 into a folder, without root and without touching the machine's apt.

The archive's address and the proxy settings are the machine's own; the signatures are checked with
the machine's Debian keyring. Debian 12 only has older versions of what we need, and its keyring
holds a key that signs Debian 13 too.
"""

import os
import re
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from barograph.local.refusal import SetUpRefused

RELEASE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_VARIABLE = "BAROGRAPH_DEBIAN_MIRROR"


@contextmanager
def open_archive() -> Generator["Archive"]:
    """The first of the machine's package sources that serves Debian 13 with Debian's signature."""
    mirrors = find_mirrors()
    complaints: list[str] = []
    with TemporaryDirectory(prefix="barograph-apt-") as folder:
        for mirror in mirrors:
            archive = Archive(Path(folder), mirror)
            complaint = archive.update()
            if complaint is None:
                yield archive
                return
            complaints.append(f"{mirror}: {complaint}")
    raise SetUpRefused(_no_archive(complaints))


@dataclass(frozen=True)
class Archive:
    """A Debian archive, seen through apt directories of its own below `folder`."""

    folder: Path
    mirror: str

    def update(self) -> str | None:
        """Read the package lists; what went wrong, or None."""
        self._lay_out()
        done = self._apt_get("update", "--error-on=any")
        return None if done.returncode == 0 else _first_error(done.stderr)

    def resolve(self, packages: Sequence[str]) -> list[str]:
        """Names of `packages` and of everything they depend on, the recommended left out."""
        done = self._apt_get("install", "--no-install-recommends", "--simulate", "--yes", *packages)
        if done.returncode != 0:
            raise SetUpRefused(
                f"The package archive does not have what is needed: {_first_error(done.stderr)}"
            )
        return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]

    def download(self, packages: Sequence[str], into: Path) -> list[Path]:
        """Fetch the packages alone, without what they depend on; the `.deb` files."""
        done = self._apt_get("download", *packages, cwd=into)
        if done.returncode != 0:
            raise SetUpRefused(f"Packages could not be downloaded: {_first_error(done.stderr)}")
        return sorted(into.glob("*.deb"))

    def _lay_out(self) -> None:
        for part in ("state/lists/partial", "cache/archives/partial", "sources"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        signed_by = f"Signed-By: {KEYRING}\n" if KEYRING.exists() else ""
        (self.folder / "sources" / "barograph.sources").write_text(
            f"Types: deb\nURIs: {self.mirror}\nSuites: {RELEASE}\nComponents: main\n{signed_by}"
        )

    def _apt_get(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        private = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::SourceList": "/dev/null",
            "Dir::Etc::SourceParts": self.folder / "sources",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "APT::Default-Release": "",
            # As root, apt would download as a user who cannot write to our folder.
            "APT::Sandbox::User": "root",
        }
        options = [f"-o{name}={value}" for name, value in private.items()]
        return _run("apt-get", "-q", *options, *arguments, cwd=cwd)


def unpack(deb: Path, into: Path) -> None:
    """Lay the files of a package below `into`, running none of its scripts."""
    done = _run("dpkg-deb", "--extract", str(deb), str(into))
    if done.returncode != 0:
        raise SetUpRefused(f"{deb.name} could not be unpacked into {into}: {_first_error(done.stderr)}")


def own_libraries(root: Path) -> tuple[Path, Path]:
    """The loader that came with what was unpacked there, and the folder of its libraries."""
    return next(root.glob("usr/lib*/ld-linux-*.so.*")), next(root.glob("usr/lib/*-linux-gnu"))


def find_mirrors() -> list[str]:
    """Addresses that may be a Debian archive, the likeliest first."""
    if chosen := os.environ.get(MIRROR_VARIABLE):
        return [chosen]
    # apt reads its sources in all their forms, and says what an update would fetch.
    planned = _run("apt-get", "--print-uris", "update")
    # A hyphen is in the suites of security updates and backports, and in those of many third parties.
    mirrors = re.findall(r"^'(.+?)/*/dists/[^/-]+/InRelease'", planned.stdout, re.MULTILINE)
    return sorted(dict.fromkeys(mirrors), key=lambda mirror: not mirror.endswith("/debian"))


def _no_archive(complaints: Sequence[str]) -> str:
    if not complaints:
        return (
            "This machine's apt knows no Debian archive to take PostgreSQL and Redis from. Name one with "
            f"{MIRROR_VARIABLE}, install PostgreSQL 17 with TimescaleDB and Redis yourself, or point "
            "BAROGRAPH_DATABASE_URL and BAROGRAPH_REDIS_URL at running servers."
        )
    tried = "\n  ".join(complaints)
    return (
        f"No package mirror could be reached that serves Debian 13:\n  {tried}\n"
        f"Check the network and apt's sources and proxy settings, or name a mirror with {MIRROR_VARIABLE}."
    )


def _first_error(stderr: str) -> str:
    """The first complaint names the cause; those after it, what followed."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:")]
    return next(iter(errors or lines), "no reason was given")


def _run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    except FileNotFoundError:
        raise SetUpRefused(
            f"This machine has no {command[0]}, so it is no Debian. Point BAROGRAPH_DATABASE_URL and "
            "BAROGRAPH_REDIS_URL at PostgreSQL 17 with TimescaleDB and at Redis."
        ) from None
