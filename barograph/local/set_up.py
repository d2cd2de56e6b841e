"""`python -m barograph.local.set_up`: fetches and builds what runs beside the programs, so that a start
needs no network: PostgreSQL and Redis, and the portal; and compiles the programs. All in one process, for the
imports take longer than to see that nothing has changed.
"""

import argparse
import compileall
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from barograph.local.plain_ending import end_plainly
from barograph.local.portal.build import build_portal, install_tools, is_ours, portal_folders
from barograph.local.project_owner import become_owner
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.executables import find_executables, locate_executables
from barograph.settings import PROJECT, Settings

PACKAGES = ("api", "backfill", "barograph", "client", "conversion", "events", "ingest")
DEVELOPMENT_PACKAGES = ("tests", "tools")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m barograph.local.set_up", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    return end_plainly(partial(set_up, for_development=parser.parse_args().dev))


def set_up(*, for_development: bool) -> None:
    """Sets up as the project's owner. What comes from different places is fetched at once."""
    settings = Settings()
    become_owner(PROJECT, [])
    names = (*PACKAGES, *DEVELOPMENT_PACKAGES) if for_development else PACKAGES
    compile_packages([PROJECT / name for name in names])
    with ThreadPoolExecutor(2) as threads:
        servers = threads.submit(fetch_servers)
        portal = threads.submit(_prepare_portal, settings, for_development=for_development)
    servers.result()
    portal.result()


def fetch_servers() -> None:
    """PostgreSQL and Redis, unless both run elsewhere or are here already."""
    settings = Settings()
    if (settings.database_url and settings.redis_url) or locate_executables(settings.services_dir):
        return
    sys.stdout.write("Fetching PostgreSQL, TimescaleDB and Redis from Debian: 50 MB, which become 250\n")
    sys.stdout.flush()
    find_executables(settings.services_dir)


def compile_packages(folders: Sequence[Path]) -> None:
    """Once for all: programs that run as a user of their own, as root's do, can't keep what they compile."""
    for folder in folders:
        compileall.compile_dir(folder, quiet=2, workers=0)


def _prepare_portal(settings: Settings, *, for_development: bool) -> None:
    if for_development:
        install_tools(portal_folders(settings))
    if is_ours(settings):
        _build_portal(settings)


def _build_portal(settings: Settings) -> None:
    """Everything else works without it, so it stops nobody."""
    try:
        build_portal(portal_folders(settings))
    except SetUpRefused as refusal:
        sys.stderr.write(
            f"The portal is not built; everything else works, `make portal` tries again: {refusal}\n"
        )


if __name__ == "__main__":
    sys.exit(main())
