"""The embedded servers, for real."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from barograph.database.schema.migrations import migrate
from barograph.database.schema.program_roles import ProgramRole, program_url
from barograph.files.private_file import write_private
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.debian import MIRROR_VARIABLE, find_mirrors
from barograph.local.servers.endpoint import OWN_PORTS, free_port, port_problem, settle_endpoint
from barograph.local.servers.executables import Executables, find_executables, locate_executables
from barograph.local.servers.service import running
from tests.conftest import PROJECT, SERVICES_DIR


def test_a_database_has_timescaledb(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        extension = connection.execute("select 1 from pg_extension where extname = 'timescaledb'").fetchone()
    assert extension == (1,)


def test_a_database_asks_for_a_password(database_url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(database_url, password="wrong")


def test_each_test_gets_an_empty_redis(redis_url: str) -> None:
    # redis leaves the extra arguments of its methods untyped
    with Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]
        assert client.dbsize() == 0  # pyright: ignore[reportUnknownMemberType]
        client.set("left", "behind")


def test_each_test_gets_an_empty_redis_again(redis_url: str) -> None:
    test_each_test_gets_an_empty_redis(redis_url)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_as_root_the_servers_run_as_another_user(server_url: str) -> None:
    with psycopg.connect(server_url) as connection:
        ((folder,),) = connection.execute("show data_directory").fetchall()
    postmaster_pid = int(Path(folder, "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{postmaster_pid}").stat().st_uid != 0


def test_a_server_keeps_freed_memory_unless_told_otherwise(
    tmp_path: Path, executables: Executables, account: ServerAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "131072")
    environment = prepare_cluster(tmp_path / "cluster", executables, account).service.environment
    assert environment is not None
    assert environment["MALLOC_TRIM_THRESHOLD_"] == str(8 * 2**20)
    assert environment["MALLOC_MMAP_THRESHOLD_"] == "131072"


def test_a_cluster_commits_durably_keeps_its_data_and_finds_another_port(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    cluster = prepare_cluster(tmp_path / "postgres", executables, account)
    with running(cluster.service, tmp_path / "postgres.log"):
        cluster.create_database()
        with psycopg.connect(cluster.service.url) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
                assert connection.execute("select current_setting(%s)", [setting]).fetchone() == ("on",)
            connection.execute("create table kept ()")
            port = connection.info.port
    with socket.create_server(("127.0.0.1", port)):
        cluster = prepare_cluster(tmp_path / "postgres", executables, account)
    with running(cluster.service, tmp_path / "postgres.log"):
        cluster.create_database()
        with psycopg.connect(cluster.service.url) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)
            assert connection.info.port != port


def test_the_owner_is_no_superuser_and_the_superuser_no_program(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    cluster = prepare_cluster(tmp_path / "postgres", executables, account)
    with running(cluster.service, tmp_path / "postgres.log"):
        cluster.create_database()
        migrate(cluster.service.url)
        assert migrate(cluster.service.url) == []
        assert program_url(cluster.service.url, ProgramRole.WORKER) is not None
        with psycopg.connect(cluster.service.url) as connection:
            owner = connection.execute(
                "select rolsuper from pg_roles where rolname = current_user"
            ).fetchone()
            assert owner == (False,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("copy (select 1) to program 'true'")
    assert (tmp_path / "postgres-superuser").stat().st_mode & 0o777 == 0o600


def test_a_cluster_of_an_earlier_release_goes_on_with_its_owner(
    tmp_path: Path, executables: Executables, account: ServerAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whose first role, the superuser, was the owner, with the password of `postgres.json`.
    monkeypatch.setattr("barograph.local.servers.cluster.SUPERUSER", "barograph")
    prepare_cluster(tmp_path / "postgres", executables, account)
    kept = json.loads((tmp_path / "postgres.json").read_text())
    kept["password"] = (tmp_path / "postgres-superuser").read_text()
    write_private(tmp_path / "postgres.json", json.dumps(kept))
    (tmp_path / "postgres-superuser").unlink()
    monkeypatch.undo()
    cluster = prepare_cluster(tmp_path / "postgres", executables, account)
    with running(cluster.service, tmp_path / "postgres.log"):
        cluster.create_database()
        migrate(cluster.service.url)
        url = program_url(cluster.service.url, ProgramRole.API)
        assert url is not None
        psycopg.connect(url).close()


def test_a_cluster_of_another_version_is_refused(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(SetUpRefused, match="was written by PostgreSQL 9"):
        prepare_cluster(tmp_path / "postgres", executables, account)


def test_a_server_that_cannot_start_shows_its_log(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    cluster = prepare_cluster(tmp_path / "postgres", executables, account, {"shared_buffers": "nonsense"})
    with (
        pytest.raises(SetUpRefused, match="invalid value for parameter"),
        running(cluster.service, tmp_path / "postgres.log"),
    ):
        pytest.fail("it started")


def test_a_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    # What a killed test run or supervisor leaves behind would hold the port and the data.
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from barograph.local.servers.account import choose_account
        from barograph.local.servers.executables import find_executables
        from barograph.local.servers.redis_server import prepare_redis
        from barograph.local.servers.service import running

        folder = Path({str(tmp_path)!r})
        executables = find_executables(Path({str(SERVICES_DIR)!r}))
        account = choose_account(folder, [folder, executables.postgres.parent])
        with running(prepare_redis(folder / "redis", executables, account), folder / "log") as service:
            print(service.url, flush=True)
            time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        port = int(url.rpartition(":")[2].partition("/")[0])
        assert port_problem(port) is not None
        process.send_signal(signal.SIGKILL)
    deadline_s = time.monotonic() + 60
    while port_problem(port) is not None and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert port_problem(port) is None


def test_programs_are_fetched_once(executables: Executables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "file:///nowhere/debian")
    assert locate_executables(SERVICES_DIR) == executables
    assert find_executables(SERVICES_DIR) == executables


def test_an_unreachable_mirror_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if locate_executables(tmp_path / "nothing") is not None:
        pytest.skip("this machine's own PostgreSQL will do, so nothing is fetched")
    monkeypatch.setenv(MIRROR_VARIABLE, "file:///nowhere/debian")
    with pytest.raises(SetUpRefused, match=r"(?s)No package mirror could be reached.*file:///nowhere"):
        find_executables(tmp_path / "services")
    assert not (tmp_path / "services").exists()
    (tmp_path / "services" / "node").mkdir(parents=True)
    (tmp_path / "services" / "usr").mkdir()
    with pytest.raises(SetUpRefused):
        find_executables(tmp_path / "services")
    assert [path.name for path in (tmp_path / "services").iterdir()] == ["node"]


def test_the_debian_archive_is_found_among_third_parties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "a.list").write_text(
        "deb https://vendor.test/apt bookworm main\ndeb [arch=all] https://db.test/pg bookworm-pgdg main\n"
    )
    (sources / "debian.sources").write_text(
        "Types: deb\nURIs: https://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main\n"
        "\n"
        "Types: deb\nURIs: https://mirror.test/security\nSuites: bookworm-security\nComponents: main\n"
    )
    (tmp_path / "apt.conf").write_text(
        f'Dir::Etc::SourceList "/dev/null"; Dir::Etc::SourceParts "{sources}";'
    )
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    assert find_mirrors() == ["https://mirror.test/debian", "https://vendor.test/apt"]


def test_an_endpoint_keeps_its_password_when_its_port_is_taken(tmp_path: Path) -> None:
    first = settle_endpoint(tmp_path / "endpoint.json")
    assert settle_endpoint(tmp_path / "endpoint.json") == first
    with socket.create_server(("127.0.0.1", first.port)):
        second = settle_endpoint(tmp_path / "endpoint.json")
    assert second.password == first.password
    assert second.port != first.port


def test_a_port_of_our_own_is_none_that_a_connection_gets() -> None:
    lowest, highest = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    if lowest >= OWN_PORTS.stop or highest < OWN_PORTS.start:
        assert not lowest <= free_port() <= highest
    assert port_problem(free_port()) is None


def test_a_taken_port_is_told_from_a_free_one() -> None:
    port = free_port()
    assert port_problem(port) is None
    with socket.create_server(("127.0.0.1", port)):
        assert port_problem(port) == "Address already in use"


def test_a_private_file_is_ours_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
