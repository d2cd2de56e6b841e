"""`python -m tools.programs.mosquitto`: an MQTT broker for tests and benchmarks, from Debian's packages.

It is unpacked below `.services`, as Chromium is, without root, and uses the libraries that came with it.
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

MOSQUITTO = DebianProgram(
    name="mosquitto",
    packages=("mosquitto", "mosquitto-clients"),
    # What the packages ask for to be installed properly, and a private broker never opens.
    unused=(
        *("debconf", "adduser", "passwd", "base-passwd", "login.defs", "libdebconfclient0", "libdb5*"),
        *("libpam*", "libsemanage*", "libsepol*", "libaudit*", "libbz2*", "libattr1", "libacl1"),
        *("init-system-helpers", "sysvinit-utils", "openssl-provider-legacy", "gcc-14-base"),
    ),
    size="6 MB",
    edition=1,
)


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
    return ensure_as_owner(ensure_mosquitto)


def ensure_mosquitto(services: Path) -> MosquittoPrograms:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    return MosquittoPrograms(ensure_unpacked(services, MOSQUITTO, _finish))


def _finish(root: Path) -> None:
    programs = MosquittoPrograms(root)
    loader, libraries = own_libraries(root)
    binaries = [programs.broker, programs.subscriber, programs.publisher]
    patch(MOSQUITTO, "--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries, *binaries)
    check_runs(MOSQUITTO, [programs.broker, "-h"], "mosquitto version")


if __name__ == "__main__":
    sys.exit(main())
