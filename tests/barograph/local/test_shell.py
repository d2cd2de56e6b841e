"""What a shell brings along, and who interrupts, stops nothing and shows no traceback."""

import os
import signal
import subprocess
import sys
import time
import venv
from functools import partial
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from barograph.local import environment
from barograph.local.plain_ending import end_plainly
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables
from barograph.local.servers.redis_server import prepare_redis
from barograph.local.servers.service import running
from barograph.local.shell import forget_other_databases, of_servers
from barograph.local.supervisor.up import UpOptions, up
from barograph.settings import Settings
from tests.programs import ROOT, free_port

FOREIGN = {
    "LANG": "xx_XX.UTF-8",
    "LC_ALL": "xx_XX.UTF-8",
    "PGSSLMODE": "verify-full",
    "PGSERVICE": "elsewhere",
    "PGOPTIONS": "-c search_path=other",
    "PGHOSTADDR": "192.0.2.1",
}


@pytest.fixture
def foreign_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in FOREIGN.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("foreign_shell")
def test_servers_start_whatever_the_shell_says(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    forget_other_databases()  # as every command does; the servers by themselves
    redis = prepare_redis(tmp_path / "redis", executables, account)
    with running(redis, tmp_path / "redis.log"), Redis.from_url(redis.url) as client:  # pyright: ignore[reportUnknownMemberType]
        assert client.ping()  # pyright: ignore[reportUnknownMemberType]
    cluster = prepare_cluster(tmp_path / "postgres", executables, account)
    with running(cluster.service, tmp_path / "postgres.log"):
        cluster.create_database()
        with psycopg.connect(cluster.service.url) as connection:
            assert connection.execute("show search_path").fetchone() == ('"$user", public',)


def test_servers_hear_nothing_of_other_databases_and_locales() -> None:
    given = {**FOREIGN, "PATH": "/bin", "LC_CTYPE": "xx", "PGDATA": "/other", "HOME": "/root"}
    assert of_servers(given) == {"PATH": "/bin", "HOME": "/root", "LC_ALL": "C"}


def test_commands_forget_other_databases_only_for_the_embedded_one(tmp_path: Path) -> None:
    program = (
        "import os, sys; from barograph.__main__ import main;"
        f" main(['status', '--data', {str(tmp_path)!r}]); sys.exit('PGSERVICE' in os.environ)"
    )

    def keeps(**settings: str) -> int:
        own = {**os.environ, **FOREIGN, "LC_ALL": "C", **settings}
        return subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=own, capture_output=True
        ).returncode

    assert keeps() == 0
    assert keeps(BAROGRAPH_DATABASE_URL="postgresql://db.example.org/barograph") == 1


def test_a_path_with_a_space_needs_no_new_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my project" / ".venv"
    venv.EnvBuilder(symlinks=True).create(folder)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "pip.py").touch()  # only asked for
    monkeypatch.setattr(environment, "FOLDER", folder)
    monkeypatch.setattr(environment, "PYTHON", folder / "bin" / "python")
    works = environment._works  # pyright: ignore[reportPrivateUsage]
    assert works()
    (packages / "pip.py").unlink()
    assert not works()


def test_one_port_for_two_programs_is_refused(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(data_dir=tmp_path, api_port=port, ingest_port=port)
    with pytest.raises(SetUpRefused, match=f"Port {port} is meant for the API and for ingest"):
        up(settings, UpOptions(), lambda _: None, lambda _: None)


def test_a_project_that_is_read_only_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Where not even root may make anything.
    monkeypatch.setattr(environment, "LOCK", Path("/proc/barograph/.venv.lock"))
    monkeypatch.setattr(environment, "PROJECT", Path("/"))
    assert end_plainly(partial(environment.set_up, environment.RUNTIME_LOCK)) == 1
    said = capsys.readouterr().err
    assert "/proc/barograph" in said
    assert "must not be read-only" in said


def test_an_interrupted_set_up_shows_no_traceback(tmp_path: Path) -> None:
    program = (
        "import signal, sys, time; from pathlib import Path\n"
        "from barograph.local.plain_ending import end_plainly\n"
        # Whoever starts tests in the background has them ignore it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"def wait(): Path({str(tmp_path / 'begun')!r}).touch(); time.sleep(60)\n"
        "sys.exit(end_plainly(wait))"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.startswith(b"Interrupted.")
    assert b"Traceback" not in said


def test_pips_say_how_far_they_are_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pip = tmp_path / "pip"
    pip.write_text(
        'for i in $(seq 45); do echo "Collecting p$i==1"; done; echo "Installing collected packages: p"'
    )
    tell = environment._run_telling  # pyright: ignore[reportPrivateUsage]
    assert tell([["sh", pip], ["sh", pip]], 90) == 0
    assert capsys.readouterr().out.splitlines() == [
        *(f"  {count} of 90 packages" for count in (20, 40, 60, 80)),
        "  all are here; unpacking them",
    ]


def test_one_pip_that_fails_is_enough() -> None:
    tell = environment._run_telling  # pyright: ignore[reportPrivateUsage]
    assert tell([["sh", "-c", "exit 0"], ["sh", "-c", "exit 2"]], 1) == 2
    assert tell([["sh", "-c", "kill -9 $$"], ["sh", "-c", "exit 0"]], 1) != 0


@pytest.mark.parametrize("lock_file", [environment.RUNTIME_LOCK, environment.DEVELOPMENT_LOCK])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_pips_share_all_packages_and_none_twice(lock_file: Path, count: int, tmp_path: Path) -> None:
    parts = [part.read_text() for part in environment.split_lock_file(lock_file, tmp_path, count)]
    assert len(parts) == count
    said = [line for part in parts for line in part.splitlines()]
    whole = [line for line in lock_file.read_text().splitlines() if not line.startswith("#")]
    assert sorted(said) == sorted(whole)
    pins = [[line for line in part.splitlines() if "==" in line] for part in parts]
    assert max(map(len, pins)) - min(map(len, pins)) <= 1
