"""Exports as streams: every reading once, in order, in each format, within rights and bounds."""

import hashlib
import io
import json
import math
import zipfile
from contextlib import closing
from itertools import pairwise

import httpx
import polars as pl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.exports import run_metrics
from barograph.exports.tables import LONG_PAGE_ROWS
from barograph.files.arrow import parquet
from barograph.times import HOUR_US, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.exports.reading import (
    FORMATS,
    LINEAR,
    connections_of_exports,
    export,
    said_in,
    table_of,
    try_export,
)
from tests.api.lab import make_lab
from tests.api.rollups import roll_up
from tests.api.server import Person, Server, serving, url_path
from tests.api.stored import Stored, store
from tests.examples import few_examples
from tests.waiting import wait_until

START_US = now_us() // 10**6 * 10**6 - 3600 * 10**6
PERIOD = {"from": format_us(START_US - 10**6), "to": format_us(START_US + 3600 * 10**6)}
EXPORT = url_path("/readings/export")
EXTREME = [5e-324, -0.0, 0.0, 1.7976931348623157e308, -2.2250738585072014e-308, 0.1, 1 / 3]
READINGS = st.lists(
    st.builds(
        Stored,
        t_us=st.integers(0, 5).map(lambda offset: START_US + offset),
        raw=st.sampled_from([-1.5, -0.0, 5e-324, 1 / 3]),
        physical=st.sampled_from([None, 0.0, 7.0]),
        profile=st.sampled_from([None, 1, 2]),
        flags=st.sampled_from([None, 3]),
    ),
    max_size=30,
)


def in_order(reading: Stored) -> tuple[object, ...]:
    physical = math.inf if reading.physical is None else reading.physical
    profile = -1 if reading.profile is None else reading.profile
    return (reading.t_us, reading.raw, physical, profile, reading.flags or 0)


def rows_of(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """As `in_order` says them."""
    if frame.is_empty():
        return []
    frame = frame.with_columns(
        pl.col("time").dt.epoch("us"),
        pl.col("physical").cast(pl.Float64).fill_null(math.inf),
        pl.col("profile").cast(pl.Int32).fill_null(-1),
    )
    return frame.select("time", "raw", "physical", "profile", "flags").rows()


@few_examples(6)
@given(readings=READINGS, form=st.sampled_from(FORMATS))
def test_a_file_holds_every_reading_once_and_in_order(
    server: Server, people: People, make_project: ProjectMaker, readings: list[Stored], form: str
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    for _ in range(2):
        people.owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)
    store(server.database_url, sensor, readings)
    content = export(people.owner, sensor=sensor, layer="both", format=form, **PERIOD)
    found = rows_of(table_of(content, form))
    expected = sorted(map(in_order, readings))
    assert found == expected


@pytest.mark.parametrize("form", FORMATS)
def test_values_come_bit_for_bit(server: Server, owner: Person, sensor: str, form: str) -> None:
    store(server.database_url, sensor, [Stored(START_US + n, raw) for n, raw in enumerate(EXTREME)])
    frame = table_of(export(owner, sensor=sensor, layer="raw", format=form, **PERIOD), form)
    assert [raw.hex() for raw in frame["raw"]] == [raw.hex() for raw in EXTREME]


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_a_file_says_what_it_holds(server: Server, owner: Person, project: str, form: str) -> None:
    fields = {"key": "rig.p", "input_unit": "V", "output_unit": "bar"}
    sensor = owner.made(f"/projects/{project}/sensors", fields)["id"]
    profile = owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)
    owner.made(f"/conversion-profiles/{profile['id']}:activate", {})
    store(server.database_url, sensor, [Stored(START_US, 1.5, 4.0, 1)])
    content = export(owner, sensor=sensor, layer="both", format=form, **PERIOD)
    said = said_in(content, form)
    (about,) = said["sensors"]
    assert (about["key"], about["input_unit"], about["output_unit"]) == ("rig.p", "V", "bar")
    (version,) = about["profiles"]
    assert version["id"] == profile["id"]
    assert version["payload"] == LINEAR["payload"]
    assert about["timeline"] == [[1, None, None]]
    assert table_of(content, form)["profile"].to_list() == [1]


def test_a_wide_file_has_a_column_for_each_sensor(server: Server, owner: Person, project: str) -> None:
    sensors = [owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "ab"]
    store(server.database_url, sensors[0], [Stored(START_US, 1.0), Stored(START_US + 2, 2.0)])
    store(server.database_url, sensors[1], [Stored(START_US + 2, 3.0), Stored(START_US + 2, 4.0)])
    content = export(owner, sensor=sensors, layer="raw", shape="wide", format="parquet", **PERIOD)
    frame = pl.read_parquet(content)
    assert frame.columns == ["time", "a", "b"]
    assert frame.with_columns(pl.col("time").dt.epoch("us") - START_US).rows() == [
        (0, 1.0, None),
        (2, 2.0, 3.0),
        (2, None, 4.0),
    ]


@few_examples(3)
@given(
    times=st.lists(st.lists(st.integers(0, 3000), max_size=800), min_size=2, max_size=3),
    form=st.sampled_from(["csv", "arrow"]),
)
def test_wide_files_hold_what_long_ones_hold(
    server: Server, people: People, make_project: ProjectMaker, times: list[list[int]], form: str
) -> None:
    """Longer than the pages of each sensor, which end at other times."""
    project = make_project()
    keys = [f"s{number}" for number in range(len(times))]
    sensors = [people.owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in keys]
    for number, (sensor, each) in enumerate(zip(sensors, times, strict=True)):
        store(server.database_url, sensor, [Stored(START_US + t, t * 10.0 + number) for t in each])
    asked = {"sensor": sensors, "layer": "raw", "format": form, **PERIOD}
    wide = table_of(export(people.owner, shape="wide", **asked), form)
    long = table_of(export(people.owner, **asked), form)
    assert wide["time"].is_sorted()
    for key in keys:
        column = wide.select("time", raw=pl.col(key).cast(pl.Float64)).drop_nulls()
        assert column.rows() == long.filter(sensor=key).select("time", "raw").rows()


def test_a_run_is_exported_once_where_its_sessions_overlap(
    server: Server, owner: Person, project: str
) -> None:
    lab = make_lab(server, owner, project)
    sensor = lab.sensor("p")
    run = lab.new_run("running", sensors=(sensor,))
    for _ in range(2):
        lab.new_session(run, "running")
    store(server.database_url, sensor, [Stored(now_us() + n, float(n)) for n in range(3)])
    frame = table_of(export(owner, run=run, layer="raw", format="parquet"), "parquet")
    assert frame["raw"].to_list() == [0.0, 1.0, 2.0]


POINTS = [("loss", 2, 0.5), ("loss", 1, "NaN"), ("accuracy", 7, 0.1 + 0.2)]


def test_a_run_is_archived_with_all_that_belongs_to_it(server: Server, owner: Person, project: str) -> None:
    lab = make_lab(server, owner, project)
    sensor = lab.sensor("p")
    owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)
    run = lab.new_run("running", sensors=(sensor,))
    session = lab.new_session(run, "running")
    note = {"from": format_us(now_us()), "text": "a leak", "run": run}
    annotation = owner.made(f"/projects/{project}/annotations", note)["id"]
    points = [{"name": name, "step": step, "value": value} for name, step, value in POINTS]
    assert owner.post(f"/runs/{run}/metrics", {"points": points}).json()["accepted"] == len(points)
    measure = {"name": "max_p", "sensor": "p", "stat": "max", "over": "run"}
    owner.made(f"/projects/{project}/measures", measure)
    store(server.database_url, sensor, [Stored(now_us() + n, n / 3) for n in range(3)])
    answer = owner.get(f"/runs/{run}/export", {"format": "zip"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="run-{run}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    assert manifest["rows"] == 3
    assert {each["name"]: each["sha256"] for each in manifest["members"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in members.items()
    }
    assert json.loads(members["run.json"])["id"] == run
    assert [each["id"] for each in json.loads(members["capture-sessions.json"])] == [session]
    assert [each["id"] for each in json.loads(members["annotations.json"])] == [annotation]
    assert json.loads(members["artifacts.json"]) == []
    assert json.loads(members["measures.json"]) == []  # no worker runs here
    metrics = table_of(members["metrics.parquet"], "parquet")
    named = [(name, step, {"NaN": math.nan}.get(str(value), value)) for name, step, value in sorted(POINTS)]
    assert repr(metrics.select("name", "step", "value").rows()) == repr(named)
    assert metrics["time"].null_count() == 0
    assert json.loads(members["sensors.json"])[0]["profiles"][0]["payload"] == LINEAR["payload"]
    assert table_of(members["readings.parquet"], "parquet")["raw"].to_list() == [0.0, 1 / 3, 2 / 3]


@pytest.mark.parametrize("page_points", [1, 2, 4])
def test_metrics_in_an_archive_come_page_by_page(
    server: Server, owner: Person, project: str, monkeypatch: pytest.MonkeyPatch, page_points: int
) -> None:
    monkeypatch.setattr(run_metrics, "PAGE_POINTS", page_points)
    run = make_lab(server, owner, project).new_run()
    logged = [(name, step, step / 3) for name in ("a", "b") for step in (-(2**53) + 1, -1, 0, 2**53 - 1)]
    points = [{"name": name, "step": step, "value": value} for name, step, value in reversed(logged)]
    owner.made(f"/runs/{run}/metrics", {"points": points})
    answer = owner.get(f"/runs/{run}/export", {"format": "zip"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        metrics = table_of(archive.read("metrics.parquet"), "parquet")
    assert metrics.select("name", "step", "value").rows() == logged


def test_an_archive_holds_readings_as_they_were_believed(server: Server, owner: Person, project: str) -> None:
    lab = make_lab(server, owner, project)
    run = lab.new_run("running", sensors=(lab.sensor("p"),))
    lab.new_session(run, "running")
    moment = format_us(now_us())
    answer = owner.get(f"/runs/{run}/export", {"as_of": moment})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert said_in(archive.read("readings.parquet"), "parquet")["as_of"] == moment


def test_who_may_not_see_raw_gets_physical_values_alone(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    project = make_project(raw_access="editors")
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    people.owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)
    store(server.database_url, sensor, [Stored(START_US, 1.5, 4.0, 1)])
    for layer in ("raw", "both"):
        assert try_export(people.viewer, sensor=sensor, layer=layer, **PERIOD).status_code == 403
    content = export(people.viewer, sensor=sensor, format="parquet", **PERIOD)
    assert table_of(content, "parquet").columns == ["sensor", "time", "physical", "profile", "flags"]
    assert "payload" not in said_in(content, "parquet")["sensors"][0]["profiles"][0]


def test_what_is_about_nothing_is_refused(owner: Person, sensor: str) -> None:
    assert try_export(owner).status_code == 422
    assert try_export(owner, sensor="a key").status_code == 422
    assert try_export(owner, sensor=sensor, shape="deep").status_code == 422


def test_what_is_too_large_names_the_job(server: Server) -> None:
    with serving(server.database_url, export_stream_rows=0) as small:
        person = small.person("exporter@example.org")
        project = person.made("/projects", {"name": "p"})["id"]
        sensor = person.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
        for t_us in (START_US, START_US - 10 * HOUR_US):
            store(server.database_url, sensor, [Stored(t_us, 1.0)])
        roll_up(server.database_url, sensor)
        answer = try_export(person, sensor=sensor)
        assert answer.status_code == 413
        assert "about 2 readings" in answer.json()["detail"]
        assert "/exports" in answer.json()["detail"]
        person.client.close()


@pytest.fixture(scope="module")
def long_sensor(server: Server, people: People) -> str:
    """With more readings than are read ahead, and than sockets hold."""
    project = people.owner.made("/projects", {"name": "long"})["id"]
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into reading (time, raw, sensor_id)"
            " select %s::timestamptz + n * interval '1 ms', n::float8 / 3, sensor.id"
            " from sensor, generate_series(1, %s) as n where public_id = %s",
            (format_us(START_US), 6 * LONG_PAGE_ROWS, sensor),
        )
    return sensor


def all_of(sensor: str) -> dict[str, str]:
    return {"sensor": sensor, "layer": "raw", "format": "json", **PERIOD}


def test_a_client_that_goes_away_ends_the_snapshot(server: Server, owner: Person, long_sensor: str) -> None:
    with owner.client.stream("GET", EXPORT, params=all_of(long_sensor)) as answer:
        blocks = answer.iter_raw()  # kept: httpx hangs up when it is collected
        next(blocks)
        assert connections_of_exports(server.database_url) == 1
    wait_until(lambda: connections_of_exports(server.database_url) == 0)


@pytest.mark.parametrize("bound", ["export_stall_s", "export_stream_s"])
def test_a_client_that_does_not_read_is_cut_off(server: Server, long_sensor: str, bound: str) -> None:
    with serving(server.database_url, **{bound: 1}) as strict:
        person = strict.person(f"{bound}@example.org", is_admin=True)
        with (
            closing(person.client),
            person.client.stream("GET", EXPORT, params=all_of(long_sensor)) as answer,
        ):
            wait_until(lambda: connections_of_exports(server.database_url) == 0)
            with pytest.raises(httpx.HTTPError):
                answer.read()


def test_a_database_that_goes_away_breaks_the_transfer(
    server: Server, owner: Person, long_sensor: str
) -> None:
    with owner.client.stream("GET", EXPORT, params=all_of(long_sensor)) as answer:
        blocks = answer.iter_raw()
        next(blocks)
        with psycopg.connect(server.database_url) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'barograph-exports' and datname = current_database()"
            )
        with pytest.raises(httpx.HTTPError):
            for _ in blocks:
                pass


def test_a_file_of_many_pages_is_whole(owner: Person, long_sensor: str) -> None:
    content = export(owner, **all_of(long_sensor) | {"format": "parquet"})
    frame = table_of(content, "parquet")
    assert frame["raw"].to_list() == [n / 3 for n in range(1, 6 * LONG_PAGE_ROWS + 1)]
    footer = parquet.ParquetFile(io.BytesIO(content)).metadata
    ranges = [footer.row_group(n).column(1).statistics for n in range(footer.num_row_groups)]
    assert len(ranges) == 3
    assert all(before.max < after.min for before, after in pairwise(ranges))
    assert footer.row_group(0).column(0).statistics.min == "s"
