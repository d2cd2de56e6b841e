"""`python -m barograph.embedded`: unpack PostgreSQL and Redis now, so that a later start needs no network."""

import sys

from barograph.embedded.executables import find_executables, locate_executables
from barograph.embedded.refusal import SetUpRefused
from barograph.settings import Settings


def main() -> int:
    settings = Settings()
    if settings.database_url and settings.redis_url:
        return 0
    if locate_executables(settings.services_dir):
        return 0
    sys.stdout.write("Fetching PostgreSQL, TimescaleDB and Redis (50 MB) from Debian\n")
    sys.stdout.flush()
    try:
        find_executables(settings.services_dir)
    except SetUpRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
