"""As root: everything runs as users without rights, and what is made belongs to whose project it is."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from barograph.local.project_owner import become_owner
from barograph.local.servers.account import PROGRAMS_UID
from barograph.local.supervisor.data_dir import PROGRAM_FOLDERS, DataDir
from tests.programs import ROOT, free_port

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
SOMEBODY = pwd.getpwnam("nobody")


@pytest.fixture
def folder() -> Generator[Path]:
    """One that everybody may enter, which pytest's own are not."""
    with TemporaryDirectory(prefix="barograph-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def barograph(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "barograph", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def up(folder: Path) -> Generator[Path]:
    """A data directory that Barograph runs on, in which an earlier release left files as root."""
    data = folder / "data"
    (data / "imports").mkdir(parents=True)
    (data / "signing-key").write_text("0" * 64)
    (data / "signing-key").chmod(0o600)
    ports = ["--api-port", str(free_port()), "--ingest-port", str(free_port())]
    done = barograph("up", "--detach", "--data", str(data), *ports)
    assert done.returncode == 0, done.stderr
    yield data
    barograph("down", "--data", str(data))


@pytest.mark.nightly
def test_as_root_all_but_the_supervisor_run_as_ordinary_users(up: Path) -> None:
    connection: dict[str, Any] = json.loads((up / "connection.json").read_text())
    assert set(connection["pids"]) == {"postgres", "redis", "worker", "api", "ingest", "demo"}
    users = {name: Path(f"/proc/{pid}").stat().st_uid for name, pid in connection["pids"].items()}
    assert 0 not in users.values()
    # A hole in a program opens no file of the database.
    assert users["api"] not in {users["postgres"], users["redis"]}
    assert {users["api"], users["ingest"], users["worker"], users["demo"]} == {PROGRAMS_UID}
    private = [up / name for name in ("connection.json", "postgres.json", "postgres-superuser", "redis.json")]
    assert [(file.stat().st_uid, file.stat().st_mode & 0o777) for file in private] == [(0, 0o600)] * 4
    # What an earlier release left is taken over.
    theirs = [up / name for name in (*PROGRAM_FOLDERS, "signing-key", "webhook-key")]
    assert {path.stat().st_uid for path in theirs} == {PROGRAMS_UID}
    environment = Path(f"/proc/{connection['pids']['api']}/environ").read_bytes().decode()
    assert "user=barograph_api" in environment
    assert connection["database_url"].split(":")[2].split("@")[0] not in environment
    assert connection["admin_password"] not in environment
    assert barograph("status", "--data", str(up)).returncode == 0
    down = barograph("down", "--data", str(up))
    assert (down.returncode, down.stdout) == (0, "Stopped.\n")


def in_a_child(action: object) -> int:
    """The exit code of a process that does it, for who has given up root can't take it back."""
    assert callable(action)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_project_of_another_user_is_worked_on_as_that_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/usr")  # that of the tests may be in root's home
    project, left = folder / "project", folder / "project" / ".venv"
    (left / "bin").mkdir(parents=True)
    (left / "bin" / "python").symlink_to("/bin/true")
    os.chown(project, SOMEBODY.pw_uid, SOMEBODY.pw_gid)

    def act() -> None:
        become_owner(project, [left, project / "nothing"])
        assert (os.getuid(), os.geteuid(), os.getgid()) == (SOMEBODY.pw_uid, SOMEBODY.pw_uid, SOMEBODY.pw_gid)
        (project / "made").touch()

    assert in_a_child(act) == 0
    assert {path.lstat().st_uid for path in (left, left / "bin" / "python", project / "made")} == {
        SOMEBODY.pw_uid
    }
    assert Path("/bin/true").stat().st_uid == 0


def test_a_project_of_root_is_worked_on_as_root(folder: Path) -> None:
    become_owner(folder, [])
    assert os.geteuid() == 0


def test_an_owner_who_cannot_reach_the_project_is_not_become(folder: Path) -> None:
    hidden = folder / "hidden"
    (hidden / "project").mkdir(parents=True)
    hidden.chmod(0o700)
    os.chown(hidden / "project", SOMEBODY.pw_uid, SOMEBODY.pw_gid)
    become_owner(hidden / "project", [])
    assert os.geteuid() == 0


def test_a_new_data_directory_belongs_to_whose_project_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    project = folder / "project"
    project.mkdir()
    os.chown(project, SOMEBODY.pw_uid, SOMEBODY.pw_gid)
    new, roots, foreign = (DataDir(folder / name) for name in ("new", "roots", "foreign"))
    roots.prepare()
    with roots.held():
        pass
    foreign.root.mkdir()
    (foreign.root / "something").touch()
    for data_dir in (new, roots, foreign):
        assert in_a_child(lambda data_dir=data_dir: data_dir.become_keeper(project)) == 0
    owners = [data_dir.root.stat().st_uid for data_dir in (new, roots, foreign)]
    assert owners == [SOMEBODY.pw_uid, SOMEBODY.pw_uid, 0]
    assert roots.logs.stat().st_uid == SOMEBODY.pw_uid
