"""`python -m tools.programs.pgbouncer`: a connection pooler for tests, from Debian's package.

It is unpacked below `.services` by the first nightly test that asks for it.
"""

import sys
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

PGBOUNCER = DebianProgram(
    name="PgBouncer",
    packages=("pgbouncer",),
    # What the package asks for to be installed properly, and a private pooler never opens.
    unused=(
        *("debconf", "adduser", "passwd", "base-passwd", "login.defs", "libdebconfclient0", "*perl*"),
        *("libsemanage*", "libsepol*", "libdb5*", "init-system-helpers", "sysvinit-utils", "*-common*"),
        *(
            "openssl*",
            "ssl-cert",
            "ucf",
            "procps",
            "readline-common",
            "netbase",
            "libgdbm*",
            "libpam-modules*",
        ),
    ),
    size="6 MB",
    edition=1,
)


@dataclass(frozen=True)
class PgbouncerProgram:
    """An unpacked one."""

    root: Path

    @property
    def server(self) -> Path:
        return self.root / "usr" / "sbin" / "pgbouncer"


def main() -> int:
    return ensure_as_owner(ensure_pgbouncer)


def ensure_pgbouncer(services: Path) -> PgbouncerProgram:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    return PgbouncerProgram(ensure_unpacked(services, PGBOUNCER, _finish))


def _finish(root: Path) -> None:
    server = PgbouncerProgram(root).server
    loader, libraries = own_libraries(root)
    patch(PGBOUNCER, "--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries, server)
    check_runs(PGBOUNCER, [server, "--version"], "PgBouncer")


if __name__ == "__main__":
    sys.exit(main())
