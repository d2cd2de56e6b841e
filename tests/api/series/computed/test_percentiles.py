"""Percentiles: exact while readings are few, and within what is said about the error beyond that."""

from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.series.computed import percentiles
from api.series.computed.estimates import MAX_RANK_ERROR, estimate
from api.series.line.parts import LineReadings, Parts, from_readings
from api.series.stored.summed import KeyedValues
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, from_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import HOUR_US, State, minutes_of, roll_up
from tests.api.series.truth import buckets
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, forget, store
from tests.examples import few_examples, times

START_US = (now_us() // DAY_US - 3) * DAY_US
ASKED = {"p0": 0.0, "p12.5": 12.5, "p50": 50.0, "p99.9": 99.9, "p100": 100.0}
READINGS = st.lists(
    st.builds(
        Stored,
        t_us=st.one_of(st.integers(0, 5 * MINUTE_US), st.integers(0, 3 * HOUR_US)).map(
            lambda offset: START_US + offset
        ),
        raw=st.floats(-1e9, 1e9, allow_subnormal=False),
        physical=st.one_of(st.none(), st.integers(0, 3)),
    ),
    max_size=50,
)


def ask(person: Person, sensor: str, bucket: str, **parameters: str) -> dict[str, Any]:
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    return person.read("/series", sensor=sensor, bucket=bucket, stat=list(ASKED), **(bounds | parameters))


@few_examples(8)
@given(
    readings=READINGS,
    layer=st.sampled_from(["physical", "raw"]),
    bucket=st.sampled_from(["30s", "1h", "90m"]),
)
def test_percentiles_of_few_readings_are_exact(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    readings: list[Stored],
    layer: str,
    bucket: str,
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor)
    answer = ask(people.owner, sensor, bucket, layer=layer)
    assert answer["meta"]["percentiles"] == {"method": "exact", "largest_error": 0}
    size_us = int(bucket[:-1]) * {"s": SECOND_US, "m": MINUTE_US, "h": HOUR_US}[bucket[-1]]
    for name, percent in ASKED.items():
        wanted = [np.percentile(values, percent) for values in buckets(readings, layer, size_us).values()]
        assert answer["series"][0][name] == pytest.approx(wanted, rel=1e-12, abs=1e-6)


@pytest.mark.parametrize("is_rolled_up", [True, False])
def test_few_readings_are_all_that_is_read(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch, *, is_rolled_up: bool
) -> None:
    """Without roll-ups nobody knows how many there are, until they turn out to be more."""
    store(server.database_url, sensor, [Stored(START_US + n * MINUTE_US, n, n) for n in range(180)])
    if is_rolled_up:
        roll_up(server.database_url, sensor)
    asked = {
        "sensor": sensor,
        "bucket": "1h",
        "from": format_us(START_US),
        "to": format_us(START_US + DAY_US),
    }
    few = owner.read("/series", stat=["p50", "count"], **asked)
    assert few["meta"]["sources"] == [{"tier": "raw", "rows": 180}]
    monkeypatch.setattr(percentiles, "MAX_EXACT", 179)
    many = owner.read("/series", stat=["p50", "count"], **asked)
    assert [each["tier"] for each in many["meta"]["sources"]] == (["1h"] if is_rolled_up else ["raw"])
    assert few["series"][0]["count"] == many["series"][0]["count"] == [60, 60, 60]
    assert few["series"][0]["p50"] == [29.5, 89.5, 149.5]


@few_examples(8)
@given(data=st.data(), readings=READINGS)
def test_percentiles_of_many_readings_are_no_further_off_than_is_said(
    server: Server, people: People, make_project: ProjectMaker, data: st.DataObject, readings: list[Stored]
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    store(server.database_url, sensor, readings)
    minutes = minutes_of(readings) or [START_US]
    some = st.lists(st.sampled_from(minutes), unique=True)
    roll_up(server.database_url, sensor, State(frozenset(data.draw(some)), dict.fromkeys(data.draw(some), 5)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(percentiles, "MAX_EXACT", 0)
        answer = ask(people.owner, sensor, "1h", layer="raw")
    error = answer["meta"]["percentiles"]["largest_error"]
    for name, percent in ASKED.items():
        wanted = [np.percentile(values, percent) for values in buckets(readings, "raw", HOUR_US).values()]
        assert answer["series"][0][name] == pytest.approx(wanted, rel=1e-12, abs=error * (1 + 1e-9) + 1e-6)


def test_what_rollups_leave_open_is_exact_while_readings_are_few_enough_and_refused_beyond(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [n * 37 % 100 for n in range(100)]
    store(server.database_url, sensor, [Stored(START_US + n * 1000, v, v) for n, v in enumerate(values)])
    roll_up(server.database_url, sensor, State(kept=frozenset([START_US])))
    monkeypatch.setattr(percentiles, "MAX_EXACT", 50)
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    for bucket in ("1s", "1m", "1d"):
        answer = owner.read("/series", sensor=sensor, bucket=bucket, stat="p50", **bounds)
        assert answer["series"][0]["p50"] == [49.5]
        assert answer["meta"]["percentiles"]["method"] == "exact"
    monkeypatch.setattr(percentiles, "MAX_READINGS", 99)
    for bucket in ("1s", "1m", "1d"):
        refused = owner.get("/series", {"sensor": sensor, "bucket": bucket, "stat": "p50"} | bounds)
        assert refused.status_code == 422
        assert "1% of rank" in refused.json()["detail"]
        assert "shorter period" in refused.json()["detail"]
        ends = owner.read("/series", sensor=sensor, bucket=bucket, stat=["p0", "p100"], **bounds)
        assert (ends["series"][0]["p0"], ends["series"][0]["p100"]) == ([0], [99])


def test_what_changes_slowly_is_estimated_from_rollups(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = [Stored(START_US + n * SECOND_US // 5, n, n) for n in range(1000)]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor, State(kept=frozenset(minutes_of(readings))))
    monkeypatch.setattr(percentiles, "MAX_EXACT", 50)
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    stats = ["p0", "p50", "p99", "p100", "min", "max"]
    answer = owner.read("/series", sensor=sensor, bucket="1d", stat=stats, **bounds)
    (series,), said = answer["series"], answer["meta"]["percentiles"]
    assert said["method"] == "estimated"
    assert 0 < said["largest_rank_error"] <= 0.01
    assert (series["p0"], series["p100"]) == (series["min"], series["max"]) == ([0], [999])
    for stat, percent in (("p50", 50), ("p99", 99)):
        assert abs(series[stat][0] - np.percentile(range(1000), percent)) <= said["largest_error"] <= 10


def test_where_readings_are_gone_only_what_rollups_tell_is_answered(
    server: Server, owner: Person, sensor: str
) -> None:
    noise = [Stored(START_US + n * 10**6, n * 37 % 100, n * 37 % 100) for n in range(100)]
    store(server.database_url, sensor, noise)
    roll_up(server.database_url, sensor)
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update project set raw_keep_days = 1, raw_from = %s"
            " where id = (select project_id from sensor where public_id = %s)",
            (from_us(START_US + DAY_US), sensor),
        )
    forget(server.database_url, sensor)
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    refused = owner.get("/series", {"sensor": sensor, "bucket": "1d", "stat": "p50"} | bounds)
    assert refused.status_code == 422
    assert "gone" in refused.json()["detail"]
    ends = owner.read("/series", sensor=sensor, bucket="1d", stat=["p0", "p100"], **bounds)["series"][0]
    assert (ends["p0"], ends["p100"]) == ([0], [99])


NAMES = ["normal", "cauchy", "constant", "two values", "sorted", "wave"]
DISTRIBUTIONS = st.sampled_from(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_beyond_the_limit_percentiles_err_by_1_percent_of_rank_or_are_left_out(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    values = sample(name, np.random.default_rng(1), 2000)
    readings = [
        Stored(START_US + n * SECOND_US // 20, value, value) for n, value in enumerate(values.tolist())
    ]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor, State(kept=frozenset(minutes_of(readings))))
    monkeypatch.setattr(percentiles, "MAX_EXACT", 50)
    monkeypatch.setattr(percentiles, "MAX_READINGS", 1000)
    bounds: dict[str, Parameter] = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    asked: dict[str, Parameter] = {"sensor": sensor, "stat": ["p0", "p5", "p50", "p95", "p100", "mean"]}
    named = owner.get("/series", asked | bounds | {"bucket": "1d"})
    answer = owner.read("/series", max_points=1, **(asked | bounds))
    (series,), said = answer["series"], answer["meta"]["percentiles"]
    assert (series["p0"], series["p100"]) == ([values.min()], [values.max()])
    assert series["mean"] == pytest.approx([values.mean()])
    if name in {"constant", "sorted"}:
        assert named.json()["series"] == answer["series"]
        assert said["method"] == ("exact" if name == "constant" else "estimated")
        for percent in (5, 50, 95):
            rank, value = percent / 100 * (values.size - 1), series[f"p{percent}"][0]
            off = max(rank - np.sum(values <= value), np.sum(values < value) - 1 - rank, 0) / values.size
            assert off <= MAX_RANK_ERROR
        return
    assert named.status_code == 422
    assert "1% of rank" in named.json()["detail"]
    assert [series[f"p{percent}"] for percent in (5, 50, 95)] == [[None]] * 3
    assert (said["method"], said["largest_error"]) == ("omitted", None)
    assert said["reason"] == named.json()["detail"]
    # A picture is as fine as without them.
    assert answer["meta"]["coarsened_from"] is None


def test_percentiles_are_told_in_larger_buckets_where_these_tell_enough(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = [Stored(START_US + n * SECOND_US // 20, n, n) for n in range(2400)]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor, State(kept=frozenset(minutes_of(readings))))
    monkeypatch.setattr(percentiles, "MAX_EXACT", 50)
    monkeypatch.setattr(percentiles, "MAX_READINGS", 1000)
    bounds: dict[str, Parameter] = {"from": format_us(START_US), "to": format_us(START_US + 2 * MINUTE_US)}
    # Within a second, no roll-ups tell.
    answer = owner.read("/series", sensor=sensor, stat="p50", max_points=120, **bounds)
    assert (answer["meta"]["bucket"], answer["meta"]["coarsened_from"]) == ("1m", "1s")
    assert answer["meta"]["percentiles"]["method"] == "estimated"


@settings(max_examples=40 * times(), deadline=None)
@given(
    name=DISTRIBUTIONS,
    seed=st.integers(0, 2**32 - 1),
    each=st.integers(1, 300),
    fraction=st.sampled_from([0.0, 0.01, 0.5, 0.95, 0.999, 1.0]),
)
def test_an_estimate_is_no_further_off_in_rank_than_it_says(
    name: str, seed: int, each: int, fraction: float
) -> None:
    values = sample(name, np.random.default_rng(seed))
    parts = parts_of(values, each)
    found = estimate([parts], {"p": fraction})
    value, rank = found.columns["p"][0], fraction * (values.size - 1)
    below, within = np.sum(values < value), np.sum(values <= value)
    off = max(rank - within, below - 1 - rank, 0) / values.size
    assert off <= found.largest_rank_error + 1 / values.size
    assert abs(value - np.percentile(values, 100 * fraction)) <= found.largest_error + 1e-9 * abs(value)
    if name in {"constant", "sorted"} and each <= 20:
        assert found.largest_rank_error <= MAX_RANK_ERROR


def sample(name: str, random: np.random.Generator, size: int = 3000) -> np.ndarray[Any, np.dtype[np.float64]]:
    match name:
        case "normal":
            return random.normal(size=size)
        case "cauchy":
            return random.standard_cauchy(size)
        case "constant":
            return np.full(size, 0.1)
        case "two values":
            return random.integers(0, 2, size).astype(np.float64)
        case "sorted":
            return np.sort(random.normal(size=size))
        case _:
            return np.sin(np.arange(size) / 100)


def parts_of(values: np.ndarray[Any, np.dtype[np.float64]], each: int) -> Parts:
    """Statistics of neighbours, as roll-ups hold them."""
    position, needed = np.arange(values.size), frozenset({"min", "mean", "max"})
    parts = from_readings(LineReadings(position, position, values), position // each, needed)
    return Parts(np.zeros(parts.key.size, np.int64), parts.start, parts.count, parts.columns)


@settings(max_examples=25 * times(), deadline=None)
@given(name=DISTRIBUTIONS, seed=st.integers(0, 2**32 - 1), runs=st.lists(st.integers(0, 3), max_size=30))
def test_exact_percentiles_are_numpys(name: str, seed: int, runs: list[int]) -> None:
    random = np.random.default_rng(seed)
    count = np.array([random.integers(1, 50) for _ in runs], np.int64)
    values = random.permutation(sample(name, random))[: int(count.sum())]
    key = np.array(runs, np.int64)
    of_each = {each: values[np.repeat(key, count) == each].copy() for each in sorted(set(runs))}
    columns = percentiles.exact(KeyedValues(key, count, values), {"p": 0.37})
    wanted = [np.percentile(each, 37) for each in of_each.values()]
    assert columns["p"].tolist() == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("stat", ["p", "p-1", "p100.1", "p101", "p1e1", "p50.1234567", "P50", "p٣"])
def test_what_is_no_percentile_is_refused(owner: Person, sensor: str, stat: str) -> None:
    assert owner.get("/series", {"sensor": sensor, "stat": stat}).status_code == 422
