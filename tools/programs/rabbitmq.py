"""`python -m tools.programs.rabbitmq`: a RabbitMQ for tests, from Debian's packages.

It is unpacked below `.services`, as Chromium is, without root, and uses the libraries that came with it.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from barograph.local.servers.debian import own_libraries
from tools.programs.debian_programs import (
    DebianProgram,
    ensure_as_owner,
    ensure_unpacked,
    patch,
)

RABBITMQ = DebianProgram(
    name="RabbitMQ",
    packages=("rabbitmq-server",),
    # What the packages ask for to be installed properly, and a private broker never opens.
    unused=(
        *(
            "debconf",
            "adduser",
            "passwd",
            "base-passwd",
            "login.defs",
            "libdebconfclient0",
            "libdb5*",
            "dpkg",
        ),
        *("tar", "libpam*", "libsemanage*", "libsepol*", "libaudit*", "libbz2*", "libattr1", "libacl1"),
        *("init-system-helpers", "openssl*", "*python3*", "media-types", "netbase", "tzdata", "libffi8"),
        *("readline-common", "libreadline*", "libsqlite3-0", "socat", "libwrap0", "procps", "libproc2*"),
        *("gcc-14-base", "libexpat1", "libuuid1", "libncursesw6", "libbsd0", "libmd0", "liblzma5"),
    ),
    size="43 MB",
    edition=1,
)


@dataclass(frozen=True)
class RabbitmqPrograms:
    """An unpacked broker, with its Erlang."""

    root: Path

    @property
    def binaries(self) -> Path:
        return next(self._erlang.glob("erts-*/bin"))

    @property
    def server(self) -> list[str | Path]:
        """The command, without the broker's scripts: they know only where they were installed."""
        words = "-noinput -s rabbit boot -boot start_sasl +W w"
        return [
            self.binaries / "erlexec",
            *words.split(),
            "-kernel",
            "inet_dist_use_interface",
            "{127,0,0,1}",
        ]

    @property
    def port_mapper(self) -> Path:
        """Nodes of Erlang look for one another there."""
        return self.binaries / "epmd"

    @property
    def environment(self) -> Mapping[str, str]:
        plugins = str(next(self.root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/plugins")))
        return {
            "ROOTDIR": str(self._erlang),
            "BINDIR": str(self.binaries),
            "EMU": "beam",
            "PROGNAME": "erl",
            "ERL_LIBS": plugins,
            "RABBITMQ_PLUGINS_DIR": plugins,
        }

    @property
    def _erlang(self) -> Path:
        return self.root / "usr" / "lib" / "erlang"


def main() -> int:
    return ensure_as_owner(ensure_rabbitmq)


def ensure_rabbitmq(services: Path) -> RabbitmqPrograms:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    return RabbitmqPrograms(ensure_unpacked(services, RABBITMQ, _finish))


def _finish(root: Path) -> None:
    erlang = root / "usr" / "lib" / "erlang"
    loader, libraries = own_libraries(root)
    names = ("beam.smp", "erlexec", "epmd", "erl_child_setup", "inet_gethost")
    programs = [RabbitmqPrograms(root).binaries / name for name in names]
    programs += [path for path in erlang.glob("lib/os_mon-*/priv/bin/*") if path.is_file()]
    patch(RABBITMQ, "--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries, *programs)
    loaded = erlang.glob("lib/*/priv/lib/*.so")
    patch(RABBITMQ, "--force-rpath", "--set-rpath", libraries, *loaded)


if __name__ == "__main__":
    sys.exit(main())
