"""What a script runs in: the commit of its code, and the machine."""

import platform
import socket
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from typing import Any, NamedTuple

GIT_TIMEOUT_S = 10.0
MAX_PACKAGES = 200


class GitState(NamedTuple):
    """The commit that is checked out, and whether files differ from it."""

    sha: str
    is_dirty: bool


def git_state() -> GitState | None:
    """The state of the script's git repository; None if its folder is none."""
    sha = _git("rev-parse", "HEAD")
    return None if sha is None else GitState(sha, bool(_git("status", "--porcelain", "--untracked-files=no")))


def surroundings() -> dict[str, Any]:
    """The machine, Python, and the versions of packages that are imported."""
    return {
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": dict(sorted(_imported_packages().items())[:MAX_PACKAGES]),
    }


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _imported_packages() -> dict[str, str]:
    imported = {name.partition(".")[0] for name in tuple(sys.modules)}
    distributions = packages_distributions()
    found: dict[str, str] = {}
    for name in imported & distributions.keys():
        for distribution in distributions[name]:
            try:
                found[distribution] = version(distribution)
            except PackageNotFoundError:
                continue
    return found
