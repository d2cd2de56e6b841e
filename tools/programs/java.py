"""`python -m tools.programs.java`: a JDK for the test of a client in Java, from Debian's packages.

It is unpacked below `.services`, as Chromium is, without root, and uses the libraries that came with it.
"""

import sys
from pathlib import Path

from barograph.local.servers.debian import own_libraries
from tools.programs.debian_programs import (
    DebianProgram,
    check_runs,
    ensure_as_owner,
    ensure_unpacked,
    patch,
)

JAVA = DebianProgram(
    name="Java",
    packages=("openjdk-21-jdk-headless",),
    # What the packages ask for to be installed properly, and a private JDK never opens.
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
        *(
            "tar",
            "libpam*",
            "libsemanage*",
            "libsepol*",
            "libaudit*",
            "libbz2*",
            "libattr1",
            "libacl1",
            "libmd0",
        ),
        *("init-system-helpers", "sysvinit-utils", "openssl*", "ca-certificates*", "gcc-14-base", "*cups*"),
        *("java-common", "libavahi*", "libdbus*", "libglib2.0*", "libharfbuzz*", "libfreetype*", "fonts-*"),
        *("libasound2*", "fontconfig*", "libfontconfig*", "libgssapi*", "libkrb5*", "libk5*", "libpcsclite*"),
    ),
    size="125 MB, which become 300",
    edition=1,
)


def main() -> int:
    return ensure_as_owner(ensure_java)


def ensure_java(services: Path) -> Path:
    """The `java` that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    return _java(ensure_unpacked(services, JAVA, _finish))


def _finish(root: Path) -> None:
    home = _java(root).parent.parent
    _link_within(root, home)
    loader, libraries = own_libraries(root)
    parts = [path for path in home.rglob("*.so") if not path.is_symlink()]
    places = ["--force-rpath", "--set-rpath", f"$ORIGIN:$ORIGIN/server:$ORIGIN/../lib:{libraries}"]
    patch(JAVA, *places, *parts)
    patch(JAVA, "--set-interpreter", loader, *places, _java(root))
    check_runs(JAVA, [_java(root), "--version"], "openjdk")


def _link_within(root: Path, home: Path) -> None:
    """Settings lie in /etc of the machine that it would be installed on: they are found here."""
    for path in home.rglob("*"):
        if path.is_symlink() and (target := path.readlink()).is_absolute():
            path.unlink()
            path.symlink_to(root / target.relative_to("/"))


def _java(root: Path) -> Path:
    return next(root.glob("usr/lib/jvm/java-21-openjdk-*/bin/java"))


if __name__ == "__main__":
    sys.exit(main())
