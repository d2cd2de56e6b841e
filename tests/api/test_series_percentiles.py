"""Percentiles: exact while readings are few, and within what is said about the error beyond that."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.series import percentiles
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import HOUR_US, State, minutes_of, roll_up
from tests.api.server import Person, Server
from tests.api.stored import Stored, store
from tests.api.truth import buckets

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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
        patch.setattr(percentiles, "MOST_EXACT", 0)
        answer = ask(people.owner, sensor, "1h", layer="raw")
    error = answer["meta"]["percentiles"]["largest_error"]
    for name, percent in ASKED.items():
        wanted = [np.percentile(values, percent) for values in buckets(readings, "raw", HOUR_US).values()]
        assert answer["series"][0][name] == pytest.approx(wanted, rel=1e-12, abs=error * (1 + 1e-9) + 1e-6)


def test_without_finer_rollups_too_many_readings_are_refused_with_advice(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, [Stored(START_US + n * 1000, n, n) for n in range(100)])
    roll_up(server.database_url, sensor, State(kept=frozenset([START_US])))
    monkeypatch.setattr(percentiles, "MOST_EXACT", 50)
    monkeypatch.setattr("api.series.fetch.MOST_READINGS", 50)
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    answer = owner.get("/series", {"sensor": sensor, "bucket": "1s", "stat": "p50"} | bounds)
    assert answer.status_code == 422
    assert "larger bucket" in answer.json()["detail"]
    estimated = owner.read("/series", sensor=sensor, bucket="1m", stat="p50", **bounds)
    assert estimated["meta"]["percentiles"]["method"] == "estimated"
    assert 0 < estimated["meta"]["percentiles"]["largest_error"] <= 99


@pytest.mark.parametrize("stat", ["p", "p-1", "p100.1", "p101", "p1e1", "p50.1234567", "P50", "p٣"])
def test_what_is_no_percentile_is_refused(owner: Person, sensor: str, stat: str) -> None:
    assert owner.get("/series", {"sensor": sensor, "stat": stat}).status_code == 422
