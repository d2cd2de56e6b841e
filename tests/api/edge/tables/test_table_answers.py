"""Series and readings as CSV, Arrow and Parquet."""

import io
import json
from typing import Any

import polars as pl
import pytest

from api.edge.answers.media_types import TABLE_MEDIA, Media, negotiate
from barograph.errors import NotAcceptable
from barograph.times import SECOND_US, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab
from tests.api.server import Parameters, Person, Server
from tests.api.stored import Stored, store

START_US = now_us() // 10**6 * 10**6 - 3600 * 10**6
FORMS = [Media.CSV, Media.ARROW, Media.PARQUET]
LONG = ["sensor_id", "key", "unit", "time"]
READINGS = [Stored(START_US + n * SECOND_US, 1.5 * n, None if n == 2 else 0.1 * n) for n in range(4)]


def fetch(person: Person, path: str, media: str, parameters: Parameters) -> tuple[pl.DataFrame, Any]:
    """The answer as a table, and its headers."""
    answer = person.send("GET", path, headers={"Accept": media}, params=parameters or None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == media
    body = io.BytesIO(answer.content)
    match media:
        case Media.CSV:
            return pl.read_csv(body, try_parse_dates=True, infer_schema_length=None), answer.headers
        case Media.ARROW:
            return pl.read_ipc_stream(body), answer.headers
        case _:
            return pl.read_parquet(body), answer.headers


@pytest.fixture
def two_sensors(server: Server, owner: Person, project: str) -> list[str]:
    sensors = [owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "ab"]
    for sensor in sensors:
        store(server.database_url, sensor, READINGS)
    return sensors


@pytest.mark.parametrize("media", FORMS)
def test_a_series_is_the_same_in_every_form(owner: Person, two_sensors: list[str], media: Media) -> None:
    question = {
        "sensor": two_sensors,
        "from": format_us(START_US),
        "bucket": "1s",
        "stat": ["count", "mean", "stddev", "p50"],
        "fill": "null",
        "to": format_us(START_US + 6 * SECOND_US),
    }
    table, headers = fetch(owner, "/series", media, question)
    answer = owner.read("/series", **question)
    assert table.columns == [*LONG, "t_us", "count", "mean", "stddev", "p50"]
    for number, series in enumerate(answer["series"]):
        rows = table[number * 6 : number * 6 + 6]
        assert rows["sensor_id"].to_list() == [two_sensors[number]] * 6
        assert rows["key"].to_list() == [series["key"]] * 6
        assert rows["time"].dt.epoch("us").to_list() == series["t_us"]
        for name in ("t_us", "count", "mean", "stddev", "p50"):
            assert rows[name].to_list() == series[name], name
    meta = json.loads(headers["x-series-meta"])
    assert meta.items() <= answer["meta"].items()
    assert table.schema["time"] == pl.Datetime("us", "UTC")
    if media is not Media.CSV:
        assert table.schema["t_us"] == pl.Int64
        assert table.schema["stddev"] == pl.Float64


@pytest.mark.parametrize("media", FORMS)
def test_samples_and_empty_series_are_tables_too(owner: Person, sensor: str, media: Media) -> None:
    table, _ = fetch(owner, "/series", media, {"sensor": sensor, "downsample": "lttb"})
    assert (table.columns, table.height) == ([*LONG, "t_us", "value"], 0)
    table, _ = fetch(owner, "/series", media, {"sensor": sensor, "align": "start"})
    assert (table.columns, table.height) == ([*LONG[:3], "elapsed_us", "mean"], 0)


@pytest.mark.parametrize("media", FORMS)
def test_readings_are_the_same_in_every_form_and_link_to_the_next_page(
    owner: Person, two_sensors: list[str], media: Media
) -> None:
    path = f"/sensors/{two_sensors[0]}/readings"
    first, headers = fetch(owner, path, media, {"limit": 3, "order": "desc"})
    link, relation = headers["link"].split("; ")
    assert relation == 'rel="next"'
    second, headers = fetch(owner, link.strip("<>").removeprefix("/api/v1"), media, {})
    assert "link" not in headers
    both = pl.concat([first, second], how="vertical_relaxed")
    items = owner.read(path, order="desc")["items"]
    named = ["sensor_id", "key", "raw_unit", "unit"]
    assert both.columns == [*named, "time", "raw", "physical", "profile_id", "flags"]
    assert both["time"].dt.epoch("us").to_list() == [START_US + n * SECOND_US for n in (3, 2, 1, 0)]
    for name in ("raw", "physical", "flags"):
        assert both[name].to_list() == [item[name] for item in items]


@pytest.mark.parametrize("media", FORMS)
def test_a_session_s_readings_name_their_sensors(lab: Lab, media: Media) -> None:
    sensor = lab.sensor()
    session = lab.new_session(lab.new_run(sensors=(sensor,)), "running")
    now = now_us()
    store(lab.server.database_url, sensor, [Stored(now, 1.0, 2.0)])
    table, _ = fetch(lab.person, f"/capture-sessions/{session}/readings", media, {})
    assert table.columns[:5] == ["sensor_id", "key", "raw_unit", "unit", "time"]
    assert table["sensor_id"].to_list() == [sensor]
    draft = lab.new_session(lab.new_run(sensors=(sensor,)))
    assert fetch(lab.person, f"/capture-sessions/{draft}/readings", media, {})[0].height == 0


def test_raw_values_are_left_out_of_tables_too(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    project = make_project(raw_access="editors")
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    store(server.database_url, sensor, READINGS)
    table, _ = fetch(people.viewer, f"/sensors/{sensor}/readings", Media.PARQUET, {})
    assert table.columns == [*LONG, "physical", "profile_id", "flags"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", Media.JSON),
        ("*/*", Media.JSON),
        ("text/csv", Media.CSV),
        ("TEXT/CSV; header=present", Media.CSV),
        ("text/*", Media.CSV),
        ("text/html, */*;q=0.8", Media.JSON),
        ("text/csv, */*;q=0.1", Media.CSV),
        ("application/json;q=0.5, application/vnd.apache.parquet", Media.PARQUET),
        ("application/json;q=0, application/*", Media.ARROW),
        ("application/problem+json", Media.JSON),
        ("application/problem+json, text/csv", Media.CSV),
        ("text/csv;q=much", Media.CSV),
    ],
)
def test_the_type_that_is_liked_best_is_sent(accept: str, media: Media) -> None:
    assert negotiate(accept, TABLE_MEDIA) is media


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/html, text/csv;q=0"])
def test_what_none_fits_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate(accept, TABLE_MEDIA)
