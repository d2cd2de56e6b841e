"""`python -m tools.programs.prometheus`: Prometheus and promtool for tests, from Debian's package.

They are programs in Go, of one piece, and need none of the package's other dependencies.
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

PROMETHEUS = DebianProgram(
    name="Prometheus",
    packages=("prometheus",),
    unused=(
        *(
            "adduser",
            "passwd",
            "debconf",
            "libdebconfclient0",
            "base-passwd",
            "libpam*",
            "libaudit*",
            "libdb*",
        ),
        *("libjs-*", "fonts-*", "node-*", "tzdata", "init-system-helpers", "libsemanage*", "libsepol*"),
        *("prometheus-node-exporter*", "daemon", "procps", "perl*", "libperl*", "login.defs", "libbz2*"),
    ),
    size="60 MB",
    edition=1,
)


@dataclass(frozen=True)
class PrometheusPrograms:
    """Unpacked ones."""

    root: Path

    @property
    def server(self) -> Path:
        return self.root / "usr" / "bin" / "prometheus"

    @property
    def promtool(self) -> Path:
        return self.root / "usr" / "bin" / "promtool"


def main() -> int:
    return ensure_as_owner(ensure_prometheus)


def ensure_prometheus(services: Path) -> PrometheusPrograms:
    """Finds the programs, or fetches them.

    Raises:
        SetUpRefused: with the reason.
    """
    return PrometheusPrograms(ensure_unpacked(services, PROMETHEUS, _finish))


def _finish(root: Path) -> None:
    programs = PrometheusPrograms(root)
    loader, libraries = own_libraries(root)
    for binary in (programs.server, programs.promtool):
        patch(PROMETHEUS, "--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries, binary)
    check_runs(PROMETHEUS, [programs.promtool, "--version"], "promtool, version")


if __name__ == "__main__":
    sys.exit(main())
