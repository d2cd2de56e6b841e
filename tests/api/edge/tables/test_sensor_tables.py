"""Long and wide tables of what sensors measured, in each form."""

import io
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.answers.media_types import Media
from api.edge.tables import sensor_tables
from api.edge.tables.sensor_tables import MeasuredTable, TableSensor
from api.edge.tables.table_answers import answer_table
from barograph.times import SECOND_US, format_us, now_us
from tests.api.edge.tables.arrow_fields import notes_of_parquet, notes_of_stream
from tests.api.lab import Lab
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store

START_US = now_us() // 10**6 * 10**6 - 3600 * 10**6
READ: Mapping[Media, Callable[[bytes], pl.DataFrame]] = {
    Media.CSV: lambda body: pl.read_csv(io.BytesIO(body), try_parse_dates=True),
    Media.ARROW: lambda body: pl.read_ipc_stream(io.BytesIO(body)),
    Media.PARQUET: lambda body: pl.read_parquet(io.BytesIO(body)),
}
KEYS = ["p1", "a, b", "=1+1"]


def at(*seconds: float) -> list[int]:
    return [START_US + int(second * SECOND_US) for second in seconds]


@pytest.fixture
def three_sensors(server: Server, owner: Person, project: str) -> list[str]:
    """In bar, in °C, and without a unit; the second has no reading in second 1."""
    units = {"p1": "bar", "a, b": "degC", "=1+1": ""}
    sensors = [
        owner.made(f"/projects/{project}/sensors", {"key": key, "output_unit": units[key]})["id"]
        for key in KEYS
    ]
    for number, sensor in enumerate(sensors):
        times = at(0, 2) if number == 1 else at(0, 0, 1, 2)
        store(server.database_url, sensor, [Stored(t, n, 10 * number + n) for n, t in enumerate(times)])
    return sensors


def ask(person: Person, path: str, media: Media, **asked: Parameter) -> bytes:
    answer = person.send("GET", path, headers={"Accept": media}, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("media", READ)
def test_a_wide_table_has_a_row_for_each_bucket_and_a_column_for_each_statistic(
    owner: Person, three_sensors: list[str], media: Media
) -> None:
    question: dict[str, Parameter] = {
        "sensor": three_sensors,
        "from": format_us(START_US),
        "bucket": "1s",
        "stat": ["mean", "count"],
    }
    table = READ[media](ask(owner, "/series", media, **question, shape="wide"))
    # What a spreadsheet would take for a formula has an apostrophe in CSV, and only there.
    mark = "'" if media is Media.CSV else ""
    assert table.columns == [
        *("time", "p1 mean [bar]", "p1 count", "a, b mean [degC]", "a, b count"),
        *(f"{mark}=1+1 mean", f"{mark}=1+1 count"),
    ]
    assert table.schema["time"] == pl.Datetime("us", "UTC")
    assert table["time"].dt.epoch("us").to_list() == at(0, 1, 2)
    for number, series in enumerate(owner.read("/series", **question)["series"]):
        places = [at(0, 1, 2).index(t_us) for t_us in series["t_us"]]
        for name, column in zip(
            ("mean", "count"), table.columns[1 + 2 * number : 3 + 2 * number], strict=True
        ):
            assert table[column][places].to_list() == series[name]
            assert table[column].count() == len(places)


def test_arrow_and_parquet_say_of_each_column_what_it_is_of(owner: Person, three_sensors: list[str]) -> None:
    asked: dict[str, Parameter] = {
        "sensor": three_sensors[:2],
        "from": format_us(START_US),
        "stat": ["max", "count"],
    }
    arrow = notes_of_stream(ask(owner, "/series", Media.ARROW, **asked, shape="wide"))
    assert arrow == notes_of_parquet(ask(owner, "/series", Media.PARQUET, **asked, shape="wide"))
    p1 = {"sensor_id": three_sensors[0], "key": "p1"}
    assert arrow["p1 max [bar]"] == p1 | {"unit": "bar", "stat": "max"}
    assert arrow["p1 count"] == p1 | {"unit": "", "stat": "count"}
    assert arrow["a, b max [degC]"]["unit"] == "degC"
    assert arrow["time"] == {}
    # Long tables say what is true of all their sensors.
    assert notes_of_stream(ask(owner, "/series", Media.ARROW, **asked))["max"] == {"stat": "max"}
    alone = asked | {"sensor": three_sensors[0]}
    assert notes_of_stream(ask(owner, "/series", Media.ARROW, **alone))["max"] == p1 | {
        "unit": "bar",
        "stat": "max",
    }


@pytest.mark.parametrize("media", READ)
def test_samples_of_one_instant_have_a_row_each(
    owner: Person, three_sensors: list[str], media: Media
) -> None:
    asked: dict[str, Parameter] = {"sensor": three_sensors[:2], "from": format_us(START_US)}
    sampled: dict[str, Parameter] = {"downsample": "minmax", "max_points": 100, "shape": "wide"}
    table = READ[media](ask(owner, "/series", media, **asked, **sampled))
    assert table.columns == ["time", "p1 [bar]", "a, b [degC]"]
    assert table["time"].dt.epoch("us").to_list() == at(0, 0, 1, 2)
    assert table["p1 [bar]"].to_list() == [0.0, 1.0, 2.0, 3.0]
    assert table["a, b [degC]"].to_list() == [10.0, None, None, 11.0]
    elapsed = READ[media](ask(owner, "/series", media, **asked, align="start", bucket="1s", shape="wide"))
    assert elapsed["elapsed_us"].to_list() == [0, SECOND_US, 2 * SECOND_US]


@pytest.mark.parametrize("media", READ)
def test_readings_are_wide_too(lab: Lab, media: Media) -> None:
    one, other = (
        lab.person.made(
            f"/projects/{lab.project}/sensors", {"key": key, "input_unit": "V", "output_unit": "bar"}
        )["id"]
        for key in ("p1", "p2")
    )
    session = lab.new_session(lab.new_run(sensors=(one, other)), "running")
    now = now_us()
    store(lab.server.database_url, one, [Stored(now, 1.0, 10.0), Stored(now + 5, 2.0, flags=4)])
    store(lab.server.database_url, other, [Stored(now, 3.0, 30.0)])
    for order in ("asc", "desc"):
        asked: dict[str, Parameter] = {"shape": "wide", "order": order}
        table = READ[media](ask(lab.person, f"/capture-sessions/{session}/readings", media, **asked))
        table = table.reverse() if order == "desc" else table
        assert table["time"].dt.epoch("us").to_list() == [now, now + 5]
        assert table["p1 raw [V]"].to_list() == [1.0, 2.0]
        assert table["p1 physical [bar]"].to_list() == [10.0, None]
        assert table["p1 flags"].to_list() == [0, 4]
        assert table["p2 physical [bar]"].to_list() == [30.0, None]
    alone = READ[media](ask(lab.person, f"/sensors/{other}/readings", media, shape="wide"))
    assert alone.columns == ["time", "p2 raw [V]", "p2 physical [bar]", "p2 profile_id", "p2 flags"]


def test_only_tables_are_wide(owner: Person, sensor: str) -> None:
    for path, asked in (("/series", {"sensor": sensor}), (f"/sensors/{sensor}/readings", {})):
        answer = owner.get(path, asked | {"shape": "wide"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/query/shape"


def test_a_wide_table_that_is_too_large_is_refused(
    owner: Person, three_sensors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensor_tables, "MAX_CELLS", 8)
    asked = {"sensor": three_sensors, "from": format_us(START_US), "bucket": "1s", "shape": "wide"}
    answer = owner.send("GET", "/series", headers={"Accept": Media.CSV}, params=asked)
    assert answer.status_code == 422
    assert "shape=long" in answer.json()["detail"]


def test_sensors_of_one_name_are_told_apart_by_their_ids() -> None:
    ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
    sensors = [TableSensor(each, "s", {"mean": "V"}, {}) for each in ids]
    mean = pl.Series("mean", [1.0, 2.0])
    table = MeasuredTable(sensors, np.array([0, 1]), np.array([0, 0]), is_elapsed=False, values=[mean])
    frame = table.shaped("wide").frame
    assert frame.columns == ["time", *(f"s mean [V] ({each})" for each in ids)]
    assert frame.rows()[0][1:] == (1.0, 2.0)
    named_time = [TableSensor(ids[0], "time", {}, {})]
    sample = MeasuredTable(
        named_time,
        np.array([0]),
        np.array([0]),
        is_elapsed=False,
        values=[pl.Series("value", [1.0])],
        unnamed="value",
    )
    assert sample.shaped("wide").frame.columns == ["time", f"time ({ids[0]})"]


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@given(
    name=TEXTS.map(lambda text: f"x{text}"),
    notes=st.dictionaries(TEXTS, TEXTS, max_size=4),
    numbers=st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=5),
    texts=st.lists(st.one_of(st.none(), TEXTS), min_size=5, max_size=5),
)
def test_any_table_reads_back_with_its_notes(
    name: str, notes: dict[str, str], numbers: list[float | None], texts: list[str | None]
) -> None:
    frame = pl.DataFrame(
        {
            "time": pl.Series(range(len(numbers)), dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            name: pl.Series(numbers, dtype=pl.Float64),
            "n": pl.Series(range(len(numbers)), dtype=pl.Int64),
            "flags": pl.Series([1] * len(numbers), dtype=pl.Int32),
            "text": pl.Series(texts[: len(numbers)], dtype=pl.String),
        }
    )
    table = sensor_tables.NotedTable(frame, {name: notes})
    for media, read_notes in ((Media.ARROW, notes_of_stream), (Media.PARQUET, notes_of_parquet)):
        body = bytes(answer_table(table, media, {}).body)
        back = READ[media](body)
        assert back.schema == frame.schema
        assert back.equals(frame)
        assert read_notes(body)[name] == notes
