"""`python -m tools.programs.moto`: a server that speaks S3, for tests.

Its packages hold some of ours back.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.programs.debian_programs import ensure_as_owner
from tools.programs.python_packages import InstalledPackages, PackageSet, ensure_packages

MOTO = PackageSet("moto", Path(__file__).with_name("moto-requirements.txt"), "115 MB")


@dataclass(frozen=True)
class MotoPackages:
    """The packages that are installed."""

    packages: InstalledPackages

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of a process that runs it."""
        return self.packages.environment

    def command(self, port: int) -> list[str]:
        """The command that runs it, on this machine alone."""
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]


def main() -> int:
    return ensure_as_owner(ensure_moto)


def ensure_moto(services: Path) -> MotoPackages:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    return MotoPackages(ensure_packages(services, MOTO))


if __name__ == "__main__":
    sys.exit(main())
