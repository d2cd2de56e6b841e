"""Readings by REST as Parquet and as an Arrow stream."""

import base64
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import polars as pl
import psycopg
import pytest

from barograph.times import from_us, now_us
from ingest.messages.body import MAX_READINGS
from tests.ingest.database import stored
from tests.ingest.posting import READINGS, assert_problem, receipt
from tests.seed import Project

Write = Callable[[pl.DataFrame, io.BytesIO], object]
FORMATS: dict[str, Write] = {
    "application/vnd.apache.parquet": pl.DataFrame.write_parquet,
    "application/vnd.apache.arrow.stream": pl.DataFrame.write_ipc_stream,
}


@pytest.fixture(params=FORMATS)
def media_type(request: pytest.FixtureRequest) -> str:
    return request.param


def body_of(table: pl.DataFrame, media_type: str) -> bytes:
    buffer = io.BytesIO()
    FORMATS[media_type](table, buffer)
    return buffer.getvalue()


def post_table(client: httpx.Client, table: pl.DataFrame | bytes, media_type: str) -> httpx.Response:
    body = table if isinstance(table, bytes) else body_of(table, media_type)
    return client.post(READINGS, content=body, headers={"Content-Type": media_type})


def test_columns_are_stored_whatever_type_their_times_have(
    client: httpx.Client, project: Project, database_url: str, media_type: str
) -> None:
    now = now_us()
    times = pl.Series([now, now + 1, now + 2])
    sensors = pl.Series(["s0", "s1", "s0"])
    for column in (
        times.alias("t_us"),
        times.cast(pl.Datetime("us", "UTC")).alias("time"),
        times.cast(pl.Datetime("us")).alias("time"),
        (times * 1000).cast(pl.Datetime("ns", "Europe/Berlin")).alias("time"),
        pl.Series("time", [from_us(each).isoformat() for each in times]),
    ):
        table = pl.DataFrame({"sensor": sensors.cast(pl.Categorical), "value": [1, 2, 3]}).with_columns(
            column
        )
        assert post_table(client, table, media_type).json() == receipt(3)
    rows = stored(database_url, project)
    assert len(rows) == 15
    assert set(rows) == {
        (project.sensor_ids[0], from_us(now), 1.0),
        (project.sensor_ids[1], from_us(now + 1), 2.0),
        (project.sensor_ids[0], from_us(now + 2), 3.0),
    }


def test_what_is_no_number_is_rejected_by_index(client: httpx.Client, media_type: str) -> None:
    table = pl.DataFrame({"sensor": ["s0", "s0"], "t_us": [now_us()] * 2, "value": [1.0, None]})
    answer = post_table(client, table, media_type).json()
    assert (answer["accepted"], answer["rejected"]) == (1, [{"index": 1, "code": "not-finite"}])


@pytest.mark.parametrize(
    "table",
    [
        pl.DataFrame({"sensor": ["s0"], "value": [1.0]}),
        pl.DataFrame({"sensor": ["s0"], "t_us": [1]}),
        pl.DataFrame({"t_us": [1], "value": [1.0]}),
    ],
)
def test_tables_without_a_column_are_invalid(
    client: httpx.Client, media_type: str, table: pl.DataFrame
) -> None:
    assert_problem(post_table(client, table, media_type), 422, "invalid")


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (pl.DataFrame({"sensor": [1], "t_us": [1], "value": [1.0]}), "unknown-sensor"),
        (pl.DataFrame({"sensor": ["s0"], "t_us": [1.5], "value": [1.0]}), "bad-time"),
        (pl.DataFrame({"sensor": ["s0"], "t_us": [1], "value": ["1"]}), "bad-value"),
        (pl.DataFrame({"sensor": ["s0"], "t_us": [1], "value": [[1.0]]}), "bad-value"),
        (pl.DataFrame({"sensor": ["s0"], "time": [timedelta(1)], "value": [1.0]}), "bad-time"),
        (
            pl.DataFrame(
                {"sensor": ["s0"], "time": [None], "value": [1.0]}, schema_overrides={"time": pl.Datetime}
            ),
            "bad-time",
        ),
        (
            pl.DataFrame({"sensor": [""], "time": [datetime(2026, 1, 1, tzinfo=UTC)], "value": [1.0]}),
            "unknown-sensor",
        ),
    ],
)
def test_columns_of_another_type_are_rejected_by_reading(
    client: httpx.Client, media_type: str, table: pl.DataFrame, code: str
) -> None:
    answer = post_table(client, table, media_type)
    assert answer.status_code == 422
    assert answer.json() == receipt(0) | {"rejected": [{"index": 0, "code": code}], "rejected_total": 1}


def test_few_bytes_may_not_stand_for_many_readings(client: httpx.Client) -> None:
    row = pl.DataFrame({"sensor": ["s0"], "t_us": [1], "value": [1.0]})
    table = row.select(pl.all().repeat_by(MAX_READINGS + 1).explode())
    for body in (_parquet(table), _parquet(table, row_group_size=1000)):
        assert len(body) < 200_000
        answer = post_table(client, body, "application/vnd.apache.parquet")
        assert_problem(answer, 422, "invalid")


def _parquet(table: pl.DataFrame, row_group_size: int | None = None) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer, row_group_size=row_group_size)
    return buffer.getvalue()


def test_bytes_that_are_no_table_are_invalid(client: httpx.Client, media_type: str) -> None:
    table = pl.DataFrame({"sensor": ["s0"], "t_us": [1], "value": [1.0]})
    whole = body_of(table, media_type)
    for body in (b"", b"hello", whole[: len(whole) // 2], whole[:20] + bytes(len(whole) - 40) + whole[-20:]):
        assert_problem(post_table(client, body, media_type), 422, "invalid")


def test_times_may_stand_in_a_zone_of_half_an_hour(
    client: httpx.Client, project: Project, database_url: str, media_type: str
) -> None:
    now = now_us()
    times = pl.Series("time", [now]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    table = pl.DataFrame(
        {"sensor": ["s0"], "value": [1.0], "time": times.dt.convert_time_zone("Asia/Kolkata")}
    )
    body = in_fixed_zone(body_of(table, media_type), "Asia/Kolkata", "+05:30")
    assert post_table(client, body, media_type).json() == receipt(1)
    assert stored(database_url, project) == [(project.sensor_ids[0], from_us(now), 1.0)]


def in_fixed_zone(body: bytes, zone: str, offset: str) -> bytes:
    """The same bytes as other programs write them, with an offset where Polars has a zone's name."""
    named, fixed = (len(each).to_bytes(4, "little") + each.encode() for each in (zone, offset))
    fixed = fixed.ljust(len(named), b"\0")
    if named in body:
        return body.replace(named, fixed)
    start = body.index(b"ARROW:schema")  # in Parquet, it is in base 64
    text = max(re.findall(rb"[A-Za-z0-9+/=]{100,}", body[start:]), key=len)
    schema = base64.b64decode(text)
    assert named in schema
    return body.replace(text, base64.b64encode(schema.replace(named, fixed)))


def test_sensors_are_known_by_ids_of_either_case(
    client: httpx.Client, project: Project, database_url: str, media_type: str
) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select public_id::text from sensor where id = %s", (project.sensor_ids[0],)
        ).fetchone()
    assert row is not None
    table = pl.DataFrame({"sensor": [row[0].upper(), row[0]], "value": [1.0, 2.0], "t_us": [now_us()] * 2})
    assert post_table(client, table, media_type).json() == receipt(2)
    assert [value for _, _, value in stored(database_url, project)] == [1.0, 2.0]
