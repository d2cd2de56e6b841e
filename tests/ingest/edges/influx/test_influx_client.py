"""`influxdb-client` writes to us as it writes to InfluxDB."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from barograph.times import now_us
from tests.ingest.line_posting import readings, set_project
from tests.programs import Program
from tests.seed import Project
from tests.servers.proxy import Proxy

# An environment that `make setup-dev` has not brought up to date yet lacks it.
influxdb_client: Any = pytest.importorskip("influxdb_client")


@pytest.fixture
def influx(ingest: Program, project: Project, database_url: str) -> Generator[Any]:
    set_project(database_url, project, register_sensors_up_to=50)
    with influxdb_client.InfluxDBClient(ingest.url, token=project.token, org="any") as client:
        yield client


def test_points_are_stored(influx: Any, project: Project, database_url: str) -> None:  # noqa: ANN401
    assert influx.ping()
    with pytest.warns(DeprecationWarning, match="deprecated"):
        health = influx.health()
    assert health.status == "pass"
    now = datetime.fromtimestamp(now_us() // 1_000_000, UTC)
    write = influx.write_api(write_options=influxdb_client.client.write_api.SYNCHRONOUS)
    point = influxdb_client.Point("weather").tag("site", "roof, left").field("t", 21.5).field("n", 3)
    write.write("any", record=[point.field("ok", True).time(now)])
    assert readings(database_url, project) == [
        ("weather,site=roof, left.n", 3.0),
        ("weather,site=roof, left.ok", 1.0),
        ("weather,site=roof, left.t", 21.5),
    ]


def test_a_batch_in_the_background_is_stored(influx: Any, project: Project, database_url: str) -> None:  # noqa: ANN401
    with influx.write_api() as write:
        for number in range(100):
            write.write("any", record=f"m v={number} {now_us() + number}", write_precision="us")
    assert sorted(value for _, value in readings(database_url, project)) == list(range(100))


def test_a_bad_line_is_an_error_that_names_it(influx: Any) -> None:  # noqa: ANN401
    write = influx.write_api(write_options=influxdb_client.client.write_api.SYNCHRONOUS)
    with pytest.raises(influxdb_client.rest.ApiException) as error:
        write.write("any", record="m v=")
    assert error.value.status == httpx.codes.BAD_REQUEST
    assert "missing field value" in error.value.message


def test_a_batch_whose_answer_was_lost_is_sent_again_and_stored_once(
    ingest: Program, project: Project, database_url: str
) -> None:
    set_project(database_url, project, register_sensors_up_to=50)
    options = influxdb_client.client.write_api.WriteOptions(
        batch_size=20, flush_interval=100, retry_interval=100, jitter_interval=0, max_retries=10
    )
    with Proxy(ingest.url) as proxy:
        proxy.commit, proxy.commits_to_lose = b"POST /api/v2/write", 3
        with (
            influxdb_client.InfluxDBClient(proxy.url, token=project.token, org="any") as client,
            client.write_api(write_options=options) as write,
        ):
            for number in range(100):
                write.write("any", record=f"m v={number} {now_us() + number}", write_precision="us")
    assert proxy.commits_to_lose == 0
    assert sorted(value for _, value in readings(database_url, project)) == list(range(100))
