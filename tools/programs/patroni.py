"""`python -m tools.programs.patroni`: Patroni and etcd for drills of failover, from Debian's packages.

They are unpacked below `.services` by the first nightly test that asks for them. Patroni comes with the
Python of its release.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from barograph.local.servers.debian import own_libraries
from tools.programs.debian_programs import (
    DebianProgram,
    check_runs,
    ensure_as_owner,
    ensure_unpacked,
    patch,
)

PATRONI = DebianProgram(
    name="Patroni",
    packages=("patroni", "python3-etcd", "etcd-server"),
    # What the packages ask for to be installed properly, and a private Patroni never opens.
    unused=(
        *("debconf", "adduser", "passwd", "base-passwd", "login.defs", "libdebconfclient0", "*perl*"),
        *("libpam*", "libsemanage*", "libsepol*", "libaudit*", "libdb5*", "init-system-helpers"),
        *("sysvinit-utils", "openssl*", "ssl-cert", "ucf", "procps", "readline-common", "media-types"),
        *("postgresql*", "libllvm*", "locales", "libc-l10n", "netbase", "ca-certificates", "tar", "dpkg"),
    ),
    size="40 MB",
    edition=1,
)


@dataclass(frozen=True)
class PatroniPrograms:
    """Unpacked ones."""

    root: Path

    @property
    def python(self) -> Path:
        return next(path for path in self.root.glob("usr/bin/python3.*") if path.suffix[1:].isdigit())

    @property
    def patroni(self) -> list[str | Path]:
        """The command, but for its configuration."""
        return [self.python, "-m", "patroni"]

    @property
    def patronictl(self) -> list[str | Path]:
        """The command by which operators see and change who is what."""
        return [self.python, self.root / "usr" / "bin" / "patronictl"]

    @property
    def etcd(self) -> Path:
        return self.root / "usr" / "bin" / "etcd"

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of processes of that Python."""
        return {
            "PYTHONHOME": str(self.root / "usr"),
            "PYTHONPATH": str(self.root / "usr" / "lib" / "python3" / "dist-packages"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }


def main() -> int:
    return ensure_as_owner(ensure_patroni)


def ensure_patroni(services: Path) -> PatroniPrograms:
    """Finds the programs, or fetches them.

    Raises:
        SetUpRefused: with the reason.
    """
    return PatroniPrograms(ensure_unpacked(services, PATRONI, _finish))


def _finish(root: Path) -> None:
    programs = PatroniPrograms(root)
    loader, libraries = own_libraries(root)
    for binary in (programs.python, programs.etcd):
        patch(PATRONI, "--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries, binary)
    check_runs(PATRONI, [programs.etcd, "--version"], "etcd Version")


if __name__ == "__main__":
    sys.exit(main())
