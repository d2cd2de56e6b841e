"""What would cost too much is answered in larger buckets, and says so, where no bucket was named."""

import pytest

from api.series.answers import answer as answers
from api.series.stored import expected, fetch, slices
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, now_us
from tests.api.rollups import State, roll_up
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store

START_US = (now_us() // DAY_US - 2) * DAY_US
MINUTES = 3
READINGS = [Stored(START_US + n * 100_000, n % 17, n % 17) for n in range(MINUTES * 600)]
PERIOD: dict[str, Parameter] = {"from": format_us(START_US), "to": format_us(START_US + MINUTES * MINUTE_US)}
STATS = ["count", "mean", "min", "max", "first", "last", "stddev"]


@pytest.fixture
def rolled_up(server: Server, sensor: str) -> str:
    """A sensor of three minutes at 10 Hz, with roll-ups of seconds and minutes."""
    store(server.database_url, sensor, READINGS)
    kept = frozenset(START_US + n * MINUTE_US for n in range(MINUTES))
    roll_up(server.database_url, sensor, State(kept=kept))
    return sensor


def refused(owner: Person, **asked: Parameter) -> str:
    answer = owner.get("/series", {**PERIOD, **asked})
    assert answer.status_code == 422, answer.text
    return answer.json()["title"]


def test_readings_that_are_too_many_are_answered_from_rollups(
    owner: Person, rolled_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "MAX_READINGS", 1000)
    monkeypatch.setattr(slices, "SLICE_READINGS", 100)
    asked = {"sensor": rolled_up, "stat": STATS, **PERIOD}
    seconds = owner.read("/series", bucket="1s", **asked)
    assert seconds["meta"]["coarsened_from"] is None
    assert refused(owner, sensor=rolled_up, bucket="500ms") == "Costs too much"

    coarse = owner.read("/series", max_points=500, **asked)
    assert coarse["meta"]["coarsened_from"] == "500ms"
    assert coarse["meta"]["bucket"] == "1s"
    assert coarse["series"] == seconds["series"]

    columns = owner.read("/series", sensor=rolled_up, columns=500, **PERIOD)
    assert columns["meta"]["coarsened_from"] == "500ms"
    assert columns["grid"] == {"start_us": START_US, "bucket_us": SECOND_US, "n": MINUTES * 60}
    for name in ("first", "min", "max", "last", "count"):
        assert columns["series"][0][name] == seconds["series"][0][name]
    assert columns["summary"][0]["count"] == len(READINGS)

    samples = owner.read("/series", sensor=rolled_up, max_points=1000, downsample="minmax", **PERIOD)
    assert samples["meta"]["coarsened_from"] == "500ms"
    assert samples["meta"]["bucket"] == "1s"
    times = samples["series"][0]["t_us"]
    assert MINUTES * 60 < len(times) <= 1000


def test_rollups_that_are_too_many_are_answered_from_coarser_ones(
    owner: Person, rolled_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MAX_ROLLUPS", 100)
    assert refused(owner, sensor=rolled_up, bucket="2s") == "Costs too much"
    coarse = owner.read("/series", sensor=rolled_up, max_points=90, stat="count", **PERIOD)
    assert (coarse["meta"]["coarsened_from"], coarse["meta"]["bucket"]) == ("2s", "1m")
    assert coarse["series"][0]["count"] == [600] * MINUTES


@pytest.mark.parametrize("fill", ["none", "null"])
def test_points_that_are_too_many_become_fewer_bit_by_bit(
    owner: Person, rolled_up: str, monkeypatch: pytest.MonkeyPatch, fill: str
) -> None:
    monkeypatch.setattr(answers, "MAX_POINTS", 20)
    assert refused(owner, sensor=rolled_up, bucket="5s", fill=fill) == "Costs too much"
    coarse = owner.read("/series", sensor=rolled_up, max_points=100, stat="count", fill=fill, **PERIOD)
    assert (coarse["meta"]["coarsened_from"], coarse["meta"]["bucket"]) == ("2s", "10s")
    assert coarse["series"][0]["count"] == [100] * 18


def test_samples_that_are_too_many_become_fewer(
    owner: Person, rolled_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_POINTS", 50)
    for method in ("minmax", "m4", "lttb"):
        samples = owner.read("/series", sensor=rolled_up, max_points=400, downsample=method, **PERIOD)
        assert samples["meta"]["coarsened_from"] is not None
        assert 4 <= len(samples["series"][0]["value"]) <= 50
        assert {0.0, 16.0} <= set(samples["series"][0]["value"])


def test_what_no_rollups_hold_is_refused_where_it_is_too_much(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, READINGS)
    monkeypatch.setattr(slices, "MAX_READINGS", 1000)
    monkeypatch.setattr(slices, "SLICE_READINGS", 100)
    assert refused(owner, sensor=sensor, columns=500) == "Costs too much"


def test_readings_that_roll_ups_show_to_be_too_many_are_not_counted(
    owner: Person, rolled_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expected, "MAX_READINGS", 1000)
    asked = {"sensor": rolled_up, "max_points": 500, "stat": STATS}
    coarse = owner.read("/series", **asked, **PERIOD)
    assert (coarse["meta"]["coarsened_from"], coarse["meta"]["bucket"]) == ("500ms", "1s")
    assert (
        coarse["series"]
        == owner.read("/series", sensor=rolled_up, bucket="1s", stat=STATS, **PERIOD)["series"]
    )
    # Of a minute in part, only that part counts: 999 readings of two minutes.
    part = {"from": format_us(START_US + 10_050_000), "to": format_us(START_US + 109_950_000)}
    fine = owner.read("/series", **asked, **part)
    assert (fine["meta"]["coarsened_from"], fine["meta"]["bucket"]) == (None, "200ms")
    assert sum(fine["series"][0]["count"]) == 999
    # A bucket that is named is answered, whatever is expected.
    assert owner.read("/series", sensor=rolled_up, bucket="500ms", **PERIOD)["meta"]["tier"] == "raw"
