"""How many readings have a flag, of each bucket."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.computed import flagged
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, format_us, from_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import roll_up
from tests.api.series.test_law import states
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples

START_US = (now_us() // DAY_US - 3) * DAY_US
READINGS = st.lists(
    st.builds(
        Stored,
        t_us=st.integers(0, 2 * HOUR_US).map(lambda offset: START_US + offset),
        raw=st.integers(0, 3),
        physical=st.one_of(st.none(), st.integers(0, 3)),
        flags=st.sampled_from([None, None, 0, 1, 4, -(2**15)]),
    ),
    max_size=40,
)


def bounds(start_us: int, end_us: int) -> dict[str, Parameter]:
    return {"from": format_us(START_US + start_us), "to": format_us(START_US + end_us)}


@few_examples(6)
@given(
    data=st.data(),
    readings=READINGS,
    layer=st.sampled_from(["physical", "raw"]),
    size_us=st.sampled_from([7 * SECOND_US, MINUTE_US, HOUR_US, DAY_US]),
    fill=st.sampled_from(["none", "null", "previous"]),
)
def test_flagged_readings_are_counted_whatever_rollups_hold(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    readings: list[Stored],
    layer: str,
    size_us: int,
    fill: str,
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor, data.draw(states(readings), "state"))
    end_us = data.draw(st.sampled_from([MINUTE_US + 1, 2 * HOUR_US]), "end")
    asked: dict[str, Parameter] = {
        "bucket": f"{size_us}us",
        "layer": layer,
        "fill": fill,
        "stat": ["flagged", "count", "max"],
    }
    (series,) = people.owner.read("/series", sensor=sensor, **(asked | bounds(0, end_us)))["series"]
    wanted: dict[int, list[int]] = {}
    for reading in readings:
        if reading.t_us < START_US + end_us:
            found = wanted.setdefault(reading.t_us // size_us * size_us, [0, 0])
            found[0] += bool(reading.flags)
            found[1] += layer == "raw" or reading.physical is not None
    shown = {t_us: tuple(counts) for t_us, counts in wanted.items() if any(counts)}
    pairs = zip(series["flagged"], series["count"], strict=True)
    answered = dict(zip(series["t_us"], pairs, strict=True))
    if fill != "none":
        answered = {t_us: pair for t_us, pair in answered.items() if any(pair)}
    assert answered == shown
    assert list(answered) == sorted(answered)


def test_a_bucket_of_flagged_readings_without_values_is_shown(
    server: Server, owner: Person, sensor: str
) -> None:
    lost = Stored(START_US + SECOND_US, 9.0, None, flags=2)
    store(server.database_url, sensor, [Stored(START_US, 1.0, 5.0), lost])
    asked = {"sensor": sensor, "bucket": "1s", **bounds(0, MINUTE_US)}
    answer = owner.read("/series", stat=["flagged", "count", "mean"], **asked)
    (series,) = answer["series"]
    assert series["t_us"] == [START_US, START_US + SECOND_US]
    assert (series["flagged"], series["count"], series["mean"]) == ([0, 1], [1, 0], [5.0, None])
    assert answer["meta"]["flagged"] == [{"tier": "raw", "rows": 2}]
    (series,) = owner.read("/series", stat="mean", **asked)["series"]
    assert series["mean"] == [5.0]


def test_too_many_readings_are_refused(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, [Stored(START_US + n, n, n) for n in range(4)])
    monkeypatch.setattr(flagged, "MAX_READINGS", 3)
    refused = owner.get("/series", {"sensor": sensor, "bucket": "1s", "stat": "flagged", **bounds(0, DAY_US)})
    assert refused.status_code == 422
    assert "shorter period" in refused.json()["detail"]


def test_where_readings_are_gone_flags_are_not_told(server: Server, owner: Person, sensor: str) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update project set raw_keep_days = 1, raw_from = %s"
            " where id = (select project_id from sensor where public_id = %s)",
            (from_us(START_US + HOUR_US), sensor),
        )
    asked: dict[str, Parameter] = {"sensor": sensor, "bucket": "1h", "stat": "flagged"}
    refused = owner.get("/series", asked | bounds(0, DAY_US))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/query/stat"
    assert owner.get("/series", asked | bounds(HOUR_US, DAY_US)).status_code == 200


def test_flags_are_not_asked_for_as_of_an_earlier_time(owner: Person, sensor: str) -> None:
    refused = owner.get("/series", {"sensor": sensor, "stat": "flagged", "as_of": format_us(START_US)})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/query/stat"
