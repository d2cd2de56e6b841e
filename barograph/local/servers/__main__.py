"""`python -m barograph.local.servers`: unpacks PostgreSQL and Redis for a start without a network."""

import sys
from pathlib import Path

from barograph.local.plain_ending import end_plainly
from barograph.local.project_owner import become_owner
from barograph.local.servers.executables import find_executables, locate_executables
from barograph.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]


def main() -> int:
    return end_plainly(set_up)


def set_up() -> None:
    """As the project's owner."""
    settings = Settings()
    become_owner(PROJECT, [])
    if (settings.database_url and settings.redis_url) or locate_executables(settings.services_dir):
        return
    sys.stdout.write("Fetching PostgreSQL, TimescaleDB and Redis from Debian: 50 MB, which become 250\n")
    sys.stdout.flush()
    find_executables(settings.services_dir)


if __name__ == "__main__":
    sys.exit(main())
