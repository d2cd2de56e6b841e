"""`python -m barograph.local.portal`: builds the portal if its sources have changed; `--tools`: installs
what its checks and tests need as well.
"""

import argparse
import sys
from functools import partial

from barograph.local.plain_ending import end_plainly
from barograph.local.portal.build import build_portal, install_tools, portal_folders
from barograph.local.project_owner import become_owner
from barograph.settings import PROJECT, Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m barograph.local.portal", description=__doc__)
    parser.add_argument("--tools", action="store_true", help="also what checks and tests need")
    return end_plainly(partial(set_up, with_tools=parser.parse_args().tools))


def set_up(*, with_tools: bool) -> None:
    """Sets up the portal as the project's owner."""
    folders = portal_folders(Settings())
    become_owner(PROJECT, [])
    if with_tools:
        install_tools(folders)
    build_portal(folders)


if __name__ == "__main__":
    sys.exit(main())
