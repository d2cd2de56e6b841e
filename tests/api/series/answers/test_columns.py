"""What a plot's columns show, on one grid for all sensors, and statistics of the whole period."""

import io
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.line.buckets import choose_bucket, count_buckets
from api.series.stored.positions import Drawing
from barograph.times import MINUTE_US, SECOND_US, format_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import HOUR_US, roll_up
from tests.api.series.test_law import LENGTH_US, READINGS, START_US, states
from tests.api.series.truth import buckets, largest, values_of
from tests.api.server import Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples


def period(from_us: int, to_us: int) -> dict[str, str]:
    return {"from": format_us(from_us), "to": format_us(to_us)}


@few_examples(10)
@given(
    data=st.data(),
    all_readings=st.lists(READINGS, min_size=2, max_size=2),
    layer=st.sampled_from(["physical", "raw"]),
    columns=st.sampled_from([1, 2, 7, 300, 4000]),
    align=st.sampled_from(["epoch", "start"]),
)
def test_columns_and_summary_equal_numpy_whatever_state_rollups_are_in(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    all_readings: list[list[Stored]],
    layer: str,
    columns: int,
    align: str,
) -> None:
    project = make_project()
    sensors = [people.owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "ab"]
    for sensor, readings in zip(sensors, all_readings, strict=True):
        for _ in range(2):
            people.owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})
        store(server.database_url, sensor, readings)
        roll_up(server.database_url, sensor, data.draw(states(readings), "state"))
    from_us = START_US + data.draw(st.sampled_from([0, 1, 1_500_000, 59 * MINUTE_US]), "start")
    to_us = from_us + data.draw(st.sampled_from([1, 3 * SECOND_US, 5 * HOUR_US, LENGTH_US + 7]), "length")
    answer = people.owner.read(
        "/series", sensor=sensors, columns=columns, layer=layer, align=align, **period(from_us, to_us)
    )
    anchor_us = from_us if align == "start" else 0
    size_us = choose_bucket(from_us - anchor_us, to_us - anchor_us, columns)
    start_us = (from_us - anchor_us) // size_us * size_us + anchor_us
    n = count_buckets(from_us - anchor_us, to_us - anchor_us, size_us)
    assert n <= columns
    assert answer["grid"] == {"start_us": start_us, "bucket_us": size_us, "n": n}
    for series, summary, readings in zip(answer["series"], answer["summary"], all_readings, strict=True):
        inside = [reading for reading in readings if from_us <= reading.t_us < to_us]
        assert_columns(series, answer["grid"], inside, layer, anchor_us)
        assert_summary(summary, inside, layer)


def assert_columns(
    series: dict[str, Any], grid: dict[str, int], readings: Sequence[Stored], layer: str, anchor_us: int
) -> None:
    wanted = {
        (t_us - grid["start_us"]) // grid["bucket_us"]: (v[0], v.min(), v.max(), v[-1], v.size)
        for t_us, v in buckets(readings, layer, grid["bucket_us"], anchor_us).items()
    }
    shown = zip(*(series[name] for name in ("first", "min", "max", "last", "count")), strict=True)
    assert dict(zip(series["index"], shown, strict=True)) == wanted
    assert series["index"] == sorted(wanted)
    assert set(series) == {"sensor_id", "key", "unit", "index", "first", "min", "max", "last", "count"}


def assert_summary(summary: dict[str, Any], readings: Sequence[Stored], layer: str) -> None:
    values = values_of([r for r in readings if layer == "raw" or r.physical is not None], layer)
    assert summary["count"] == values.size
    if not values.size:
        assert summary == {"count": 0, "min": None, "max": None, "mean": None, "stddev": None}
        return
    assert (summary["min"], summary["max"]) == (values.min(), values.max())
    near = 1e-9 * largest(readings)
    assert summary["mean"] == pytest.approx(values.mean(), rel=1e-9, abs=near)
    if values.size == 1:
        assert summary["stddev"] is None
    else:
        assert summary["stddev"] == pytest.approx(values.std(ddof=1), rel=1e-9, abs=near)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("bucket", "1s"),
        ("max_points", 10),
        ("stat", "mean"),
        ("fill", "null"),
        ("downsample", "m4"),
    ],
)
def test_columns_exclude_what_they_say_themselves(
    owner: Person, sensor: str, parameter: str, value: str | int
) -> None:
    answer = owner.get("/series", {"sensor": sensor, "columns": 100, parameter: value})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/query/{parameter}"]


def test_tables_of_columns_are_in_long_form(server: Server, owner: Person, sensor: str) -> None:
    store(server.database_url, sensor, [Stored(START_US + n * SECOND_US, n, n) for n in range(4)])
    asked = {"sensor": sensor, "columns": 2, **period(START_US, START_US + 4 * SECOND_US)}
    wanted = {
        "sensor_id": [sensor, sensor],
        "key": ["s", "s"],
        "unit": ["", ""],
        "t_us": [START_US, START_US + 2 * SECOND_US],
        "first": [0.0, 2.0],
        "min": [0.0, 2.0],
        "max": [1.0, 3.0],
        "last": [1.0, 3.0],
        "count": [2, 2],
    }
    for media, read in (
        ("text/csv", pl.read_csv),
        ("application/vnd.apache.arrow.stream", pl.read_ipc_stream),
        ("application/vnd.apache.parquet", pl.read_parquet),
    ):
        answer = owner.client.get("/api/v1/series", params=asked, headers={"Accept": media})
        table = read(io.BytesIO(answer.content)).drop("time").with_columns(pl.col("unit").fill_null(""))
        assert table.to_dict(as_series=False) == wanted
        meta = json.loads(answer.headers["X-Series-Meta"])
        assert meta["bucket"] == "2s"
        assert Drawing.parse(meta["position"]) is not None


def test_a_magnitude_that_has_no_deviation_leaves_the_rest_of_the_summary(
    server: Server, owner: Person, sensor: str
) -> None:
    store(
        server.database_url, sensor, [Stored(START_US + n, v, v) for n, v in enumerate((-1.7e308, 1.7e308))]
    )
    asked = {"sensor": sensor, "columns": 2, **period(START_US, START_US + SECOND_US)}
    (summary,) = owner.read("/series", **asked)["summary"]
    assert (summary["count"], summary["min"], summary["max"]) == (2, -1.7e308, 1.7e308)
    assert summary["mean"] == pytest.approx(0, abs=1e300)
    assert summary["stddev"] is None or math.isfinite(summary["stddev"])
    assert np.isfinite(summary["mean"])
