"""`python -m barograph.local.servers`: unpacks PostgreSQL and Redis for a start without a network."""

import sys
from pathlib import Path

from barograph.local.project_owner import become_owner
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.executables import find_executables, locate_executables
from barograph.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]


def main() -> int:
    settings = Settings()
    become_owner(PROJECT, [])
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
