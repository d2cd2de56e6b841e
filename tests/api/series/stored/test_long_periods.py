"""Periods of any length: what is stored counts, not how much time lies around it."""

import psycopg
import pytest

from api.series.stored import chunks
from barograph.times import DAY_US, format_us, now_us
from tests.api.rollups import roll_up
from tests.api.series.truth import STATS, assert_true
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store

START_US = (now_us() // DAY_US - 1500) * DAY_US
# Seven chunks of readings in four years; two readings in each.
READINGS = [
    Stored(START_US + n // 2 * 200 * DAY_US + n % 2 * 1000 + 5, float(n), float(n)) for n in range(14)
]
EVER: dict[str, Parameter] = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T00:00:00Z"}
YEARS: dict[str, Parameter] = {"from": format_us(START_US), "to": format_us(START_US + 1400 * DAY_US)}


@pytest.mark.parametrize("is_rolled_up", [True, False])
@pytest.mark.parametrize("asked", [EVER, YEARS])
def test_all_there_is_is_answered(
    server: Server,
    owner: Person,
    sensor: str,
    asked: dict[str, Parameter],
    is_rolled_up: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Other tests leave chunks of their own in this database.
    monkeypatch.setattr(chunks, "MAX_CHUNKS", {"reading": 1000, "rollup": 4000})
    store(server.database_url, sensor, READINGS)
    if is_rolled_up:
        roll_up(server.database_url, sensor)
    (series,) = owner.read("/series", sensor=sensor, bucket="1d", stat=STATS, **asked)["series"]
    assert_true(series, READINGS, "physical", DAY_US)
    columns = owner.read("/series", sensor=sensor, columns=500, **asked)
    assert columns["summary"][0]["count"] == len(READINGS)
    assert sum(columns["series"][0]["count"]) == len(READINGS)
    assert columns["grid"]["n"] <= 500
    samples = owner.read("/series", sensor=sensor, downsample="minmax", max_points=500, **asked)
    assert samples["series"][0]["value"] == [reading.raw for reading in READINGS]
    exact = owner.read("/series", sensor=sensor, stat=["p50"], max_points=2, **asked)
    assert exact["meta"]["percentiles"]["method"] == "exact"


def test_gaps_of_years_are_filled(server: Server, owner: Person, sensor: str) -> None:
    store(server.database_url, sensor, READINGS)
    answer = owner.read("/series", sensor=sensor, bucket="100d", stat=["count", "last"], fill="null", **YEARS)
    (series,) = answer["series"]
    assert sum(series["count"]) == len(READINGS)
    assert series["last"].count(None) == len(series["count"]) - 7


def test_readings_in_too_many_chunks_are_refused_until_rollups_hold_them(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, READINGS)
    monkeypatch.setattr(chunks, "MAX_CHUNKS", {"reading": 3, "rollup": 400})
    for asked in ({"bucket": "1d"}, {"columns": 100}):
        refused = owner.get("/series", {"sensor": sensor, **asked, **YEARS})
        assert refused.status_code == 422
        assert refused.json()["title"] == "Costs too much"
    # Of a usual period all readings there are may be read.
    assert owner.read("/series", sensor=sensor, **{"from": format_us(START_US), "to": "-1101d"})
    roll_up(server.database_url, sensor)
    assert owner.read("/series", sensor=sensor, columns=100, **YEARS)["summary"][0]["count"] == len(READINGS)


def test_samples_of_few_readings_in_too_many_chunks_are_those_of_rollups(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, READINGS)
    roll_up(server.database_url, sensor)
    monkeypatch.setattr(chunks, "MAX_CHUNKS", {"reading": 3, "rollup": 400})
    samples = owner.read("/series", sensor=sensor, downsample="minmax", max_points=100, **YEARS)
    values = samples["series"][0]["value"]
    assert {0.0, 13.0} <= set(values) <= {reading.raw for reading in READINGS}


def test_millennia_of_many_sensors_are_refused(server: Server, owner: Person, project: str) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into sensor (project_id, key) select id, 'k' || n from project, generate_series(1, 40) n"
            " where public_id = %s",
            (project,),
        )
    keys = [f"k{n}" for n in range(1, 41)]
    assert owner.get("/series", {"project": project, "sensor": keys, **EVER}).status_code == 422
    since_1970: dict[str, Parameter] = {"from": "1970-01-01T00:00:00Z", "to": "now"}
    assert owner.get("/series", {"project": project, "sensor": keys, **since_1970}).status_code == 200
