"""The command `barograph`, in a folder with a space, called from elsewhere."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from barograph.local.command import write_command
from barograph.local.servers.endpoint import free_port
from barograph.local.servers.executables import Executables
from tests.conftest import PROJECT, SERVICES_DIR

PACKAGES = ("api", "backfill", "barograph", "client", "conversion", "events", "ingest", "sql")
ELSEWHERE = "/"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project in a folder with a space and a quote, with an environment as set-up makes it."""
    project = tmp_path / "Ada's rig"
    for package in PACKAGES:
        # Compiled, as far as it is; what is being written may be gone in a moment.
        unfinished = shutil.ignore_patterns("*.pyc.*")
        shutil.copytree(PROJECT / package, project / package, ignore=unfinished)
    ours, copied = Path(sys.prefix), project / ".venv"
    (copied / "bin").mkdir(parents=True)
    (copied / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (copied / "lib").symlink_to(ours / "lib")
    shutil.copy(ours / "pyvenv.cfg", copied)
    write_command(copied / "bin", copied / "bin" / "python", project)
    return project


@pytest.fixture
def environment(executables: Executables) -> dict[str, str]:
    """Ours without settings and without a way to Python's packages."""
    assert executables
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BAROGRAPH_", "PYTHONPATH"))
    }
    return {**kept, "BAROGRAPH_SERVICES_DIR": str(SERVICES_DIR), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def started(project: Path, environment: dict[str, str]) -> Generator[str]:
    """What `up` says."""
    ports = ("--api-port", str(free_port()), "--ingest-port", str(free_port()))
    up = (project / ".venv/bin/barograph", "up", "--no-demo", "--detach", *ports)
    done = subprocess.run(up, cwd=ELSEWHERE, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    yield done.stdout
    down = (project / ".venv/bin/barograph", "down")
    assert subprocess.run(down, cwd=ELSEWHERE, env=environment, timeout=240).returncode == 0


@pytest.mark.nightly
def test_what_up_prints_can_be_copied_into_any_shell(
    project: Path, environment: dict[str, str], started: str
) -> None:
    assert (project / ".data" / "connection.json").exists()
    (watch,) = re.findall(r"^Watch readings arrive: +(.+)$", started, re.MULTILINE)
    with subprocess.Popen(
        ["sh", "-c", f"exec {watch}"], cwd=ELSEWHERE, env=environment, stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("time (UTC)")
        watching.kill()
    again = call(project, "up", cwd=ELSEWHERE, environment=environment)
    (stop,) = re.findall(r"To stop it: (.+)$", again.stderr, re.MULTILINE)
    assert shlex.split(stop)[1:] == ["down", "--data", str(project / ".data")]
    assert call(project, "status", cwd=ELSEWHERE, environment=environment).returncode == 0


def test_it_is_its_own_project_wherever_it_is_called(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "barograph").mkdir()
    (tmp_path / "barograph" / "__main__.py").write_text("raise SystemExit('somebody else')")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "barograph").symlink_to(project / ".venv/bin/barograph")
    (project / ".env").write_text("BAROGRAPH_DATA_DIR=kept here\n")
    for program in (project / ".venv/bin/barograph", tmp_path / "bin" / "barograph"):
        done = subprocess.run(
            [program, "down"], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (0, f"Nothing runs on {project / 'kept here'}.\n"), (
            done.stderr
        )
    relative = call(project, "down", "--data", "here", cwd=tmp_path, environment=environment)
    assert relative.stdout == f"Nothing runs on {tmp_path / 'here'}.\n"


def test_it_is_written_again_only_where_it_differs(tmp_path: Path) -> None:
    write_command(tmp_path, Path("/usr/bin/python3"), tmp_path)
    written = (tmp_path / "barograph").stat()
    assert written.st_mode & 0o777 == 0o755
    write_command(tmp_path, Path("/usr/bin/python3"), tmp_path)
    assert (tmp_path / "barograph").stat().st_mtime_ns == written.st_mtime_ns
    write_command(tmp_path, Path("/opt/another python"), tmp_path)
    assert "'/opt/another python'" in (tmp_path / "barograph").read_text()


def call(
    project: Path, *words: str, cwd: Path | str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    program = project / ".venv/bin/barograph"
    return subprocess.run(
        [program, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=240
    )
