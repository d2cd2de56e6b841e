"""What is exported and imported into an empty project is equal, bit for bit, profiles included."""

from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from barograph.times import from_us, now_us
from tests.api.server import Server
from tests.barograph.cli.conftest import Run
from tests.programs import Program, running

HOUR_US = 3600 * 10**6
START_US = now_us() // HOUR_US * HOUR_US - 100 * HOUR_US
RAW = (
    "5e-324",
    "-0.0",
    "0.0",
    "1.7976931348623157e308",
    "-2.2250738585072014e-308",
    "0.1",
    "0.3333333333333333",
)
READINGS = (
    "select sensor.key, time, float8send(raw), float8send(physical), profile.number,"
    " profile.content_hash, flags from any_reading join sensor on sensor.id = sensor_id"
    " left join conversion_profile as profile on profile.id = profile_id"
    " join project on project.id = sensor.project_id where project.name = %s"
    " order by key, time, raw, float8send(raw), physical"
)


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> str:
    """A project with two sensors, one of them with two versions; some readings are there twice."""
    name = str(uuid4())[:13]
    run("project", "create", name)
    for key in ("rig.p", "rig.t"):
        run("sensor", "create", name, key, "--input-unit", "V", "--output-unit", "bar")
    middle = from_us(START_US + 3).isoformat()
    for slope, start in (("2", "0001-01-01T00:00:00Z"), ("1e300", middle)):
        profile = f'{{"slope": {slope}, "offset": 0.1}}'
        assert run("profile", "create", name, "rig.p", "linear", profile).code == 0
        number = "1" if slope == "2" else "2"
        said = run("profile", "activate", name, "rig.p", number, "--valid-from", start)
        assert said.code == 0, said.err
    lines = ["time,sensor,value"]
    for number, raw in enumerate([*RAW, *RAW]):
        time = from_us(START_US + number % 7).isoformat()
        lines += [f"{time},{key},{raw}" for key in ("rig.p", "rig.t")]
    file = tmp_path / "made.csv"
    file.write_text("\n".join(lines))
    assert run("import", str(file), "--project", name).code == 0
    return name


def stored(server: Server, project: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.database_url) as connection:
        return connection.execute(READINGS, (project,)).fetchall()


@pytest.fixture
def _worker(server: Server, redis_url: str, tmp_path: Path) -> Generator[Program]:
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(server.data_dir)}
    with running("backfill", server.database_url, tmp_path / "worker.log", environment) as program:
        yield program


@pytest.mark.usefixtures("_worker")
@pytest.mark.parametrize(
    "suffixes", [("parquet",), pytest.param(("csv", "arrow"), marks=pytest.mark.nightly)], ids="+".join
)
def test_what_is_exported_and_imported_is_equal_bit_for_bit(
    run: Run, server: Server, filled: str, tmp_path: Path, suffixes: tuple[str, ...]
) -> None:
    expected = stored(server, filled)
    assert len(expected) == 28
    assert {row[4] for row in expected} == {None, 1, 2}
    for suffix in suffixes:
        file, other = tmp_path / f"all.{suffix}", str(uuid4())[:13]
        words = ("--from", "-30d", "--layer", "both", "--out", str(file))
        made = run("export", filled, "rig.p", "rig.t", *words)
        assert made.code == 0, made.err
        run("project", "create", other)
        imported = run("import", str(file), "--project", other, "--create")
        assert imported.code == 0, imported.err
        assert stored(server, other) == expected
