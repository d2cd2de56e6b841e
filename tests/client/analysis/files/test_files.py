"""Exports as files: streams, jobs, and downloads that go on after a break."""

import re
from collections.abc import Generator
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import psycopg
import pytest
from barograph_client import Client, DownloadDamaged, JobEnded, NothingThere
from barograph_client.analysis.files.files import ExportProgress

from barograph.times import now_us
from tests.api.server import Server
from tests.client.analysis.conftest import SECOND_US, Bench
from tests.client.analysis.flaky_api import FlakyApi
from tests.programs import Program, running

VALUES = [0.5, 1.5, 2.5]


@pytest.fixture(scope="session")
def worker(
    server: Server, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Program]:
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    environment = {"BAROGRAPH_REDIS_URL": redis_server_url, "BAROGRAPH_DATA_DIR": str(server.data_dir)}
    with running("backfill", server.database_url, log, environment) as worker:
        yield worker


@pytest.fixture(autouse=True)
def readings(bench: Bench) -> None:
    bench.commit_seconds(now_us() - 60 * SECOND_US, VALUES)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "arrow"])
def test_a_file_is_as_its_name_says(client: Client, tmp_path: Path, suffix: str) -> None:
    path = client.export(tmp_path / f"file.{suffix}", ["s0"], "-1h", as_job=False)
    read = {"csv": read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet, "arrow": pl.read_ipc}[
        suffix
    ]
    assert read(path)["raw"].to_list() == VALUES
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def read_csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, comment_prefix="#")


def test_a_run_comes_as_an_archive(client: Client, tmp_path: Path) -> None:
    with client.run("Hot fire") as run, run.capture(sensors=["s0"]):
        pass
    with ZipFile(client.export(tmp_path / "run.zip", run=run)) as archive:
        assert {"run.json", "readings.parquet", "manifest.json"} <= set(archive.namelist())
    with pytest.raises(ValueError, match="say which"):
        client.export(tmp_path / "run.zip")


def test_nothing_lies_there_where_nothing_came(client: Client, tmp_path: Path) -> None:
    with pytest.raises(NothingThere):
        client.export(tmp_path / "file.csv", ["no such key"], "-1h")
    with pytest.raises(ValueError, match=r"\.parquet"):
        client.export(tmp_path / "file.xls", ["s0"], "-1h")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("worker")
def test_a_file_of_the_server_goes_on_after_a_break_and_is_checked(
    bench: Bench, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[ExportProgress] = []
    path = client.export(tmp_path / "file.csv", ["s0"], "-1h", as_job=True, progress=seen.append)
    whole = path.read_bytes()
    assert read_csv(path)["raw"].to_list() == VALUES
    assert seen[-1] == ExportProgress("finished", 3, 3, len(whole), len(whole))
    with psycopg.connect(bench.server.database_url) as connection:
        row = connection.execute(
            "select public_id from export where project_id = %s", (bench.project.id,)
        ).fetchone()
    assert row is not None
    part = tmp_path / f"again.csv.{str(row[0])[:8]}.part"
    part.write_bytes(whole[:100])
    client.download_export(str(row[0]), tmp_path / "again.csv", progress=True)
    assert (tmp_path / "again.csv").read_bytes() == whole
    assert re.search(r"finished +100\.0 %", capsys.readouterr().err)
    part.write_bytes(b"x" + whole[1:100])
    with pytest.raises(DownloadDamaged):
        client.download_export(str(row[0]), tmp_path / "again.csv")
    assert not part.exists()


def test_a_file_that_could_not_be_made_is_told(api: FlakyApi, tmp_path: Path) -> None:
    api.say(200, {"status": "running", "rows_done": 1, "rows_total": 2})
    api.say(200, {"status": "failed", "failure": "no room"})
    with pytest.raises(JobEnded, match="failed: no room"):
        api.client().download_export("1", tmp_path / "file.parquet")
    assert list(tmp_path.iterdir()) == []
