"""Days, weeks, months and years of time zones: against Polars, and by definition where Polars gives up."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.series.line.bucket_sizes import BucketSize, parse_bucket_size, round_calendar_size
from api.series.line.calendar import CalendarRule
from barograph.errors import Invalid
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, format_us, from_us, to_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import roll_up
from tests.api.series.test_law import states
from tests.api.series.truth import STATS, VALUES, largest, values_of
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples, times

# Half hours, quarters, a fold of half an hour, a skipped day, a night that begins at 1, and plain ones.
ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Pacific/Chatham",
        "UTC",
    ]
)
SIZES = st.builds(BucketSize, st.integers(1, 4), st.sampled_from(["d", "w", "mo", "y"]))
# The years in which these zones have changed their clocks, Apia its date among them.
TIMES_US = st.integers(to_us(datetime(1995, 1, 1, tzinfo=UTC)), to_us(datetime(2025, 1, 1, tzinfo=UTC)))


def us(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0, zone: str = "UTC") -> int:
    return to_us(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)))


def starts(zone: str, text: str, t_us: int, count: int, offset_us: int = 0) -> list[int]:
    """Where the bucket that holds a time begins, and those after it."""
    rule = CalendarRule(ZoneInfo(zone), parse_bucket_size(text), offset_us)
    edges = rule.edges(t_us, t_us + count * rule.size.about_us)
    first = int(np.searchsorted(edges, t_us, "right")) - 1
    return edges[first : first + count].tolist()


@settings(max_examples=100 * times(), deadline=None)
@given(
    zone=ZONES,
    size=SIZES,
    t_us=TIMES_US,
    near_us=st.lists(st.integers(-3 * DAY_US, 3 * DAY_US), min_size=1, max_size=20),
)
def test_buckets_begin_where_polars_truncates_to(
    zone: str, size: BucketSize, t_us: int, near_us: list[int]
) -> None:
    times_us = sorted(t_us + each for each in near_us)
    edges = CalendarRule(ZoneInfo(zone), size).edges(times_us[0], times_us[-1])
    found = edges[np.searchsorted(edges, times_us, "right") - 1]
    # What Polars refuses: midnights that were skipped. They are tried below.
    is_known = np.isin(found, [to_us(time) for time in _midnights(found.tolist(), zone)])
    times = pl.Series(np.array(times_us)[is_known]).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    assert times.dt.truncate(size.text).to_physical().to_list() == found[is_known].tolist()
    assert (np.diff(edges) > 0).all()
    assert edges[0] <= times_us[0]
    assert edges[-1] > times_us[-1]


def _midnights(edges: list[int], zone: str) -> list[datetime]:
    times = [from_us(edge).astimezone(ZoneInfo(zone)) for edge in edges]
    return [time for time in times if time.time() == datetime.min.time()]


def test_a_day_may_have_23_or_25_hours_and_half_ones() -> None:
    for zone, day, length_h in (
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("Europe/Berlin", (2026, 10, 26), 24),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
    ):
        start_us = us(*day, zone=zone)
        first, after = starts(zone, "1d", start_us + 5 * HOUR_US, 2)
        assert first == start_us
        assert (after - first) / HOUR_US == length_h


def test_a_date_that_was_skipped_has_no_bucket() -> None:
    # Samoa went from 29 to 31 December 2011.
    days = starts("Pacific/Apia", "1d", us(2011, 12, 29, 12, zone="Pacific/Apia"), 3)
    shown = [from_us(day).astimezone(ZoneInfo("Pacific/Apia")).date().isoformat() for day in days]
    assert shown == ["2011-12-29", "2011-12-31", "2012-01-01"]
    assert days[1] - days[0] == DAY_US
    assert starts("Pacific/Apia", "1mo", days[0], 2)[1] == days[2]


def test_where_midnight_is_skipped_a_day_begins_when_the_clock_has_been_set() -> None:
    # From 0:00 to 1:00.
    (day,) = starts("America/Sao_Paulo", "1d", us(2018, 11, 4, 12), 1)
    assert day == us(2018, 11, 4, 3)
    # From 23:30 to 0:30 of the next day.
    (day,) = starts("America/Toronto", "1d", us(1919, 3, 31, 12), 1)
    assert day == us(1919, 3, 31, 4, 30)


def test_where_midnight_comes_twice_a_day_begins_with_the_first() -> None:
    # From 0:01 back to 23:01 of the day before.
    (day,) = starts("America/St_Johns", "1d", us(2010, 11, 7, 12), 1)
    assert day == us(2010, 11, 7, 2, 30)


def test_weeks_begin_on_monday_and_months_are_counted_from_1970() -> None:
    zone = "Europe/Berlin"
    now_us = us(2026, 11, 26, 12)
    assert starts(zone, "1w", now_us, 2) == [us(2026, 11, 23, zone=zone), us(2026, 11, 30, zone=zone)]
    assert starts(zone, "3mo", now_us, 2) == [us(2026, 10, zone=zone), us(2027, zone=zone)]
    assert starts(zone, "1y", now_us, 2) == [us(2026, zone=zone), us(2027, zone=zone)]
    assert starts(zone, "10y", now_us, 2) == [us(2020, zone=zone), us(2030, zone=zone)]


def test_an_offset_is_by_the_clock_of_the_zone() -> None:
    zone = "Europe/Berlin"
    # The day from 6:00 on 28 March has 23 hours.
    found = starts(zone, "1d", us(2026, 3, 28, 12), 2, 6 * HOUR_US)
    assert found == [us(2026, 3, 28, 6, zone=zone), us(2026, 3, 29, 6, zone=zone)]
    assert found[1] - found[0] == 23 * HOUR_US
    assert starts(zone, "1mo", us(2026, 4, 1, 1), 1, 6 * HOUR_US) == [us(2026, 3, 1, 6, zone=zone)]
    assert starts(zone, "1d", us(2026, 3, 28, 12), 1, -2 * HOUR_US) == [us(2026, 3, 27, 22, zone=zone)]


@given(
    zone=ZONES,
    size=SIZES,
    t_us=st.integers(to_us(datetime(1, 1, 3, tzinfo=UTC)), to_us(datetime(9999, 12, 28, tzinfo=UTC))),
    offset_us=st.integers(-366 * DAY_US, 366 * DAY_US),
)
def test_any_time_has_its_bucket(zone: str, size: BucketSize, t_us: int, offset_us: int) -> None:
    rule = CalendarRule(ZoneInfo(zone), size, offset_us)
    edges = rule.edges(t_us, t_us + 1)
    assert edges[0] <= t_us
    assert edges[-1] > t_us + 1
    assert 1 <= rule.count(t_us, t_us + 1) <= edges.size


@pytest.mark.parametrize("text", ["1w", "3mo", "1y", "10000y", "2d"])
def test_sizes_of_the_calendar_read_as_they_are_written(text: str) -> None:
    assert parse_bucket_size(text).text == text


@pytest.mark.parametrize(
    "text", ["0w", "1.5w", "-1mo", "10001y", "1M", "1Y", "999999w", "mo", "1 w", "\u0661w"]
)
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_bucket_size(text)


def test_parts_of_days_are_microseconds() -> None:
    assert parse_bucket_size("1.5d") == BucketSize(36 * HOUR_US, "us")
    assert parse_bucket_size("24h") == BucketSize(DAY_US, "us")


def test_round_sizes_rise() -> None:
    sizes, about_us = list[str](), 1
    while len(sizes) < 12:
        size = round_calendar_size(about_us)
        assert size.about_us >= about_us
        sizes.append(size.text)
        about_us = size.about_us + 1
    assert sizes == ["1d", "1w", "1mo", "3mo", "1y", "2y", "5y", "10y", "20y", "50y", "100y", "200y"]


# Each with a change of its clock in it, in the years that a project accepts readings of here.
CHANGES = st.sampled_from(
    [
        ("Europe/Berlin", us(2026, 10, 25)),
        ("Europe/Berlin", us(2026, 3, 29)),
        ("Australia/Lord_Howe", us(2026, 4, 4, 15)),
        ("Australia/Lord_Howe", us(2026, 10, 3, 15)),
        ("Asia/Kathmandu", us(2026, 6, 30, 18, 15)),
        ("America/New_York", us(2026, 11, 1)),
        ("Pacific/Apia", us(2011, 12, 30, 10)),
    ]
)
OFFSETS_US = st.one_of(
    st.integers(-5 * DAY_US, 5 * DAY_US),
    st.integers(-120, 120).map(lambda hours: hours * HOUR_US),
    st.integers(-3, 3).map(lambda some: some),
    st.integers(-400, 400).map(lambda halves: halves * 30 * MINUTE_US - 1),
)


@few_examples(6)
@given(
    data=st.data(),
    change=CHANGES,
    some=st.lists(st.tuples(OFFSETS_US, VALUES), min_size=1, max_size=40),
    bucket=st.sampled_from(["1d", "2d", "1w", "1mo", "1y"]),
    cut=st.tuples(OFFSETS_US, OFFSETS_US),
)
def test_a_series_by_the_calendar_equals_polars(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    change: tuple[str, int],
    some: list[tuple[int, float]],
    bucket: str,
    cut: tuple[int, int],
) -> None:
    zone, middle_us = change
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    readings = [Stored(middle_us + offset, value, value) for offset, value in some]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor, data.draw(states(readings), "state"))
    from_us, to_us = middle_us - 6 * DAY_US + min(cut), middle_us + 6 * DAY_US + max(cut)
    series = ask(people.owner, sensor, from_us, to_us, bucket=bucket, tz=zone)
    inside = [reading for reading in readings if from_us <= reading.t_us < to_us]
    assert_polars(series, inside, bucket, zone)


def ask(person: Person, sensor: str, from_us: int, to_us: int, **parameters: Parameter) -> dict[str, Any]:
    bounds: dict[str, Parameter] = {"from": format_us(from_us), "to": format_us(to_us), "stat": STATS}
    (series,) = person.read("/series", sensor=sensor, **(bounds | parameters))["series"]
    return series


def assert_polars(series: dict[str, Any], readings: list[Stored], bucket: str, zone: str) -> None:
    """Each statistic is that of a group by truncated times of the clock."""
    ordered = sorted(readings, key=lambda reading: (reading.t_us, reading.raw))
    table = pl.DataFrame(
        {"t": [reading.t_us for reading in ordered], "value": values_of(readings, "physical")},
        schema={"t": pl.Int64, "value": pl.Float64},
    )
    time = pl.col("t").cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    start = time.dt.replace_time_zone(None).dt.truncate(bucket)
    # The only midnight here that never came is that of the date which Apia skipped.
    skipped = pl.lit(us(2011, 12, 30, 10)).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    start = start.dt.replace_time_zone(zone, non_existent="null").fill_null(skipped)
    value = pl.col("value")
    groups = table.group_by(start.alias("t"), maintain_order=True).agg(
        count=value.len(),
        min=value.min(),
        max=value.max(),
        first=value.first(),
        last=value.last(),
        mean=value.mean(),
        sum=value.sum(),
    )
    assert series["t_us"] == groups["t"].to_physical().to_list()
    for name in ("count", "min", "max", "first", "last"):
        assert series[name] == groups[name].to_list(), name
    for name, terms in (("mean", 1), ("sum", len(readings))):
        tolerance = 1e-9 * largest(readings) * terms
        assert series[name] == pytest.approx(groups[name].to_list(), rel=1e-9, abs=tolerance)


def test_rollups_answer_whole_days_of_zones_with_odd_minutes(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    start_us = us(2026, 6, 30, zone="Asia/Kathmandu")
    readings = [Stored(start_us + n * 30 * SECOND_US, n, n) for n in range(2 * 2880)]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor)
    bounds = {"from": format_us(start_us), "to": format_us(start_us + 2 * DAY_US)}
    answer = people.owner.read(
        "/series", sensor=sensor, bucket="1d", tz="Asia/Kathmandu", stat="count", **bounds
    )
    assert answer["series"][0]["t_us"] == [start_us, start_us + DAY_US]
    assert answer["series"][0]["count"] == [2880, 2880]
    # Nepal is 5:45 ahead: midnights there cut an hour of UTC.
    assert answer["meta"]["sources"] == [{"tier": "1h", "rows": 46}, {"tier": "1m", "rows": 120}]
    assert (answer["meta"]["bucket"], answer["meta"]["tz"]) == ("1d", "Asia/Kathmandu")


def test_empty_days_are_filled_and_lines_know_how_long_they_are(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    zone = "Europe/Berlin"
    # The clock is set forward between the two.
    days = [us(2026, 3, day, zone=zone) for day in (28, 29, 30, 31)]
    store(server.database_url, sensor, [Stored(days[0], 1.0, 0.0), Stored(days[3], 1.0, 71.0)])
    asked: dict[str, Parameter] = {"bucket": "1d", "tz": zone, "stat": ["count", "mean"]}
    end_us = days[3] + DAY_US
    drawn = ask(people.owner, sensor, days[0], end_us, fill="linear", **asked)
    assert drawn["t_us"] == days
    assert drawn["mean"] == pytest.approx([0, 24, 47, 71])
    assert drawn["count"] == [1, 0, 0, 1]
    held = ask(people.owner, sensor, days[1] + 5, end_us, fill="previous", **asked)
    assert (held["t_us"], held["mean"]) == (days[1:], [0, 0, 71])


def test_a_chosen_bucket_is_one_of_the_calendar_and_gives_no_more_points(owner: Person, sensor: str) -> None:
    for length_days, max_points, bucket in (
        (1, 24, "1h"),
        (30, 31, "1d"),
        (30, 30, "1w"),
        (300, 13, "1mo"),
        (300, 5, "3mo"),
        (300, 1, "1y"),
        (3000, 3, "5y"),
        (1, 1, "1d"),
    ):
        start_us = us(2021, 1, 1, 12, zone="Europe/Berlin")
        bounds: dict[str, Parameter] = {
            "from": format_us(start_us),
            "to": format_us(start_us + length_days * DAY_US),
            "tz": "Europe/Berlin",
            "max_points": max_points,
            "fill": "null",
            "stat": "count",
        }
        if (length_days, max_points) == (1, 1):
            bounds |= {"to": format_us(start_us + 11 * HOUR_US)}
        answer = owner.read("/series", sensor=sensor, **bounds)
        assert answer["meta"]["bucket"] == bucket, (length_days, max_points)
        assert len(answer["series"][0]["t_us"]) <= max_points


def test_weeks_and_months_without_a_zone_are_those_of_utc(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    store(server.database_url, sensor, [Stored(us(2026, 11, 25, 12), 1.0, 1.0)])
    bounds = (us(2026, 11, 1), us(2026, 11, 26))
    for bucket, offset, start_us in (
        ("1w", None, us(2026, 11, 23)),
        ("7d", None, us(2026, 11, 19)),
        ("1mo", None, us(2026, 11, 1)),
        ("1y", None, us(2026)),
        ("1d", "6h", us(2026, 11, 25, 6)),
        ("1d", "18h", us(2026, 11, 24, 18)),
        ("1d", "0s", us(2026, 11, 25)),
        ("6h", "-1h", us(2026, 11, 25, 11)),
        ("1w", "1d", us(2026, 11, 24)),
        ("1mo", "36h", us(2026, 11, 2, 12)),
    ):
        shift: dict[str, Parameter] = {} if offset is None else {"offset": offset}
        assert ask(people.owner, sensor, *bounds, bucket=bucket, **shift)["t_us"] == [start_us], bucket
    aligned = ask(people.owner, sensor, *bounds, bucket="1w", align="start", offset="12h")
    assert aligned["elapsed_us"] == [21 * DAY_US + 12 * HOUR_US]


def test_tables_have_the_same_buckets(server: Server, people: People, make_project: ProjectMaker) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    day_us = us(2026, 10, 25, zone="Europe/Berlin")
    store(server.database_url, sensor, [Stored(day_us + n * HOUR_US, n, n) for n in range(26)])
    asked = {
        "sensor": sensor,
        "from": format_us(day_us),
        "to": format_us(day_us + 2 * DAY_US),
        "bucket": "1d",
        "tz": "Europe/Berlin",
        "stat": "count",
    }
    for media, read in (
        ("text/csv", pl.read_csv),
        ("application/vnd.apache.arrow.stream", pl.read_ipc_stream),
        ("application/vnd.apache.parquet", pl.read_parquet),
    ):
        answer = people.owner.client.get("/api/v1/series", params=asked, headers={"Accept": media})
        table = read(answer.content)
        assert table["t_us"].to_list() == [day_us, day_us + 25 * HOUR_US]
        assert table["count"].to_list() == [25, 1]


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"tz": "Mars/Olympus"}, "/query/tz"),
        ({"tz": "Europe"}, "/query/tz"),
        ({"tz": "../etc/passwd"}, "/query/tz"),
        ({"tz": "/usr/share/zoneinfo/UTC"}, "/query/tz"),
        ({"tz": "right/Europe/Berlin"}, "/query/tz"),
        ({"tz": ""}, "/query/tz"),
        ({"tz": "a\x00b"}, "/query/tz"),
        ({"tz": "Europe/Berlin", "align": "start"}, "/query/tz"),
        ({"tz": "Europe/Berlin", "columns": 10}, "/query/tz"),
        ({"tz": "Europe/Berlin", "downsample": "m4"}, "/query/tz"),
        ({"offset": "1h", "columns": 10}, "/query/offset"),
        ({"offset": "367d"}, "/query/offset"),
        ({"offset": "six"}, "/query/offset"),
        ({"offset": "--1h"}, "/query/offset"),
        ({"bucket": "1mo", "align": "start"}, "/query/bucket"),
        ({"bucket": "0mo"}, "/query/bucket"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_pointer(
    owner: Person, sensor: str, parameters: dict[str, Parameter], pointer: str
) -> None:
    answer = owner.get("/series", {"sensor": sensor} | parameters)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_too_many_days_are_refused_where_the_bucket_was_named_and_only_there(
    owner: Person, sensor: str
) -> None:
    asked = {
        "sensor": sensor,
        "from": "0001-01-02T00:00:00Z",
        "to": "9999-12-30T00:00:00Z",
        "tz": "Asia/Tokyo",
    }
    refused = owner.get("/series", asked | {"bucket": "1d"})
    assert refused.status_code == 422
    assert "larger bucket" in refused.json()["detail"]
    assert owner.read("/series", **asked, max_points=100_000)["meta"]["bucket"] == "3mo"
    assert owner.read("/series", **asked, bucket="1y")["series"][0]["t_us"] == []


def test_a_day_of_the_clock_is_longer_than_any_other_by_an_hour() -> None:
    rule = CalendarRule(ZoneInfo("Europe/Berlin"), BucketSize(1, "d"))
    lengths = np.diff(rule.edges(us(2026), us(2027)))
    assert sorted(set((lengths / HOUR_US).tolist())) == [23, 24, 25]
    assert timedelta(microseconds=int(lengths.min())) == timedelta(hours=23)
