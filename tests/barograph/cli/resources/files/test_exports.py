"""`export`: from a project to a file here."""

from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest

from backfill.exports.work import Exporter, work_on_exports
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import now_us
from tests.api.server import Server
from tests.api.stored import Stored, store
from tests.barograph.cli.conftest import Run
from tests.programs import running, url_of

COUNT = 20_000


@pytest.fixture
def project(run: Run, server: Server) -> str:
    """A project's name; its sensor p has readings of the last minute."""
    name = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    sensor = run("sensor", "create", name, "p", "--field", "id").out.strip()
    start_us = now_us() - 60 * 10**6
    store(server.database_url, sensor, [Stored(start_us + n, n / 3) for n in range(COUNT)])
    return name


def test_a_file_is_made_and_downloaded(
    run: Run, server: Server, project: str, redis_url: str, tmp_path: Path
) -> None:
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(server.data_dir)}
    out = tmp_path / "all.parquet"
    with running("backfill", server.database_url, tmp_path / "worker.log", environment):
        made = run("export", project, "p", "--from", "-1h", "--layer", "raw", "--out", str(out), "--json")
    assert made.item["status"] == "finished"
    assert "receiving" in made.err
    assert pl.read_parquet(out)["raw"].to_list() == [n / 3 for n in range(COUNT)]
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_download_goes_on_where_it_broke_off(
    run: Run, server: Server, project: str, tmp_path: Path
) -> None:
    assert server.data_dir is not None
    out = tmp_path / "all.csv"
    projects = run("project", "list", "--all", "--json").item
    (project_id,) = [each["id"] for each in projects if each["name"] == project]
    with server.client(server.log_in("ada@example.org")["access_token"]) as client:
        body = {"sensor": ["p"], "layer": "raw", "format": "csv"}
        made = client.post(f"/api/v1/projects/{project_id}/exports", json=body).json()
        worker = url_of(ProgramRole.WORKER, server.database_url)
        work_on_exports(Exporter(worker, server.data_dir / "exports", 0))
        whole = client.get(f"/api/v1/exports/{made['id']}/content").content
    part = tmp_path / f"all.csv.{made['id'][:8]}.part"
    part.write_bytes(whole[:1000])
    assert run("export", "download", made["id"], "--out", str(out)).code == 0
    assert out.read_bytes() == whole
    part.write_bytes(b"#" * 1000)
    damaged = run("export", "download", made["id"], "--out", str(out))
    assert damaged.code == 1
    assert "SHA-256" in damaged.err
    assert not part.exists()


def test_a_name_that_says_no_format_is_asked_about(run: Run, project: str, tmp_path: Path) -> None:
    said = run("export", project, "p", "--out", str(tmp_path / "all.xlsx"))
    assert said.code == 1
    assert "--format" in said.err
