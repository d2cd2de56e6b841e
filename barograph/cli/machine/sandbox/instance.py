"""An installation of its own for a sandbox: other ports, another folder, gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from barograph.cli.verb import CommandRefused
from barograph.local.connection import ConnectionFile, read_connection
from barograph.local.servers.endpoint import free_port
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.down import down
from barograph.local.supervisor.programs import PROJECT, PYTHON_PATH
from barograph.settings import WITHOUT_FILES


@contextmanager
def private_installation(folder: Path | None, services_dir: Path) -> Generator[ConnectionFile]:
    """Everything that `up` starts, stopped afterwards.

    Args:
        folder: where its data lies, and stays; else in a folder that is removed.
        services_dir: where unpacked servers are.

    Raises:
        CommandRefused: it does not start.
    """
    with _folder(folder) as root:
        data_dir = DataDir(root)
        try:
            yield _start(data_dir, services_dir)
        finally:
            down(data_dir)


def sandbox_environment(**more: str) -> dict[str, str]:
    """The environment without the caller's settings, which are of another installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BAROGRAPH_")}
    return kept | {"PYTHONPATH": PYTHON_PATH, WITHOUT_FILES: "1"} | more


@contextmanager
def _folder(given: Path | None) -> Generator[Path]:
    if given is not None:
        yield given.resolve()
        return
    root = Path(tempfile.mkdtemp(prefix="barograph-sandbox-"))
    # Servers and programs may run as another user, who has to reach what is theirs in it.
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _start(data_dir: DataDir, services_dir: Path) -> ConnectionFile:
    api_port, ingest_port = free_port(), free_port()
    words = ["up", "--detach", "--no-demo", "--data", str(data_dir.root)]
    words += ["--api-port", str(api_port), "--ingest-port", str(ingest_port)]
    started = subprocess.run(  # our own command
        [sys.executable, "-m", "barograph", *words],
        cwd=PROJECT,
        env=sandbox_environment(BAROGRAPH_SERVICES_DIR=str(services_dir)),
        capture_output=True,
        text=True,
        check=False,
    )
    connection = read_connection(data_dir.connection)
    if started.returncode != 0 or connection is None:
        raise CommandRefused(f"The sandbox does not start: {(started.stderr or started.stdout).strip()}")
    return connection
