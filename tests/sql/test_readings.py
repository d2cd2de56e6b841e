"""Readings as rows and as blocks are the same readings to whoever asks in SQL."""

# Names of views and bounds are put into statements; they are the tests' own.
# ruff: noqa: S608

from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.times import DAY_US, MINUTE_US, from_us, to_us
from tests.api.stored import Stored, store
from tests.examples import few_examples
from tests.seed import Profile, Project, seed_project
from tests.sql.analyst import Analyst, AnalystMaker, analysts

START_US = 20_454 * DAY_US - 2 * MINUTE_US
# Around minutes, and around midnight.
moments = st.builds(
    int.__add__,
    st.sampled_from([START_US + n * MINUTE_US for n in range(4)]),
    st.sampled_from([0, 1, 2, 30_000_000, MINUTE_US - 1]),
)
readings = st.builds(
    Stored,
    moments,
    st.sampled_from([0.0, 1.0, 2.0]),
    st.sampled_from([None, 1.0, 2.0]),
    st.just(1),
    st.sampled_from([None, 64]),
)
# What comes together.
commits = st.lists(st.lists(readings, min_size=1, max_size=7), min_size=1, max_size=4)


def told(rows: Sequence[Stored]) -> list[str]:
    return sorted(repr((each.t_us, each.raw, each.physical, each.flags or 0)) for each in rows)


def shown(analyst: Analyst, source: str, sensor: str) -> list[str]:
    rows = analyst.ask(f"select time, raw, physical, flags from {source} where sensor_id = '{sensor}'")
    return sorted(repr((to_us(row["time"]), row["raw"], row["physical"], row["flags"])) for row in rows)


@few_examples(12)
@given(commits=commits, start_us=moments, end_us=moments)
def test_all_views_show_what_was_stored(
    database_url: str, commits: list[list[Stored]], start_us: int, end_us: int
) -> None:
    project = seed_project(database_url, 1, [Profile()])
    sensor = furnish(database_url, project, start_us, end_us)
    for commit in commits:
        store(database_url, sensor, commit)
    everything = [each for commit in commits for each in commit]
    within = [each for each in everything if start_us <= each.t_us < end_us]
    with analysts(database_url) as make:
        analyst = make(project.public_id)
        assert shown(analyst, "readings", sensor) == told(everything)
        bounds = f"timestamptz '{from_us(start_us)}', timestamptz '{from_us(end_us)}'"
        assert shown(analyst, f"readings_between({bounds})", sensor) == told(within)
        assert shown(analyst, "session_readings", sensor) == told(within)
        live = [each for each in everything if end_us - MINUTE_US <= each.t_us <= end_us]
        latest = max(live, key=rank, default=None)
        expected = [] if latest is None else [(latest.t_us, latest.raw, latest.physical)]
        found = analyst.ask("select time, raw, physical from latest_readings")
        assert [(to_us(row["time"]), row["raw"], row["physical"]) for row in found] == expected


def rank(reading: Stored) -> tuple[int, float, float]:
    """The latest is the greatest; one without a physical value comes last."""
    return reading.t_us, reading.raw, -1.0 if reading.physical is None else reading.physical


def furnish(database_url: str, project: Project, start_us: int, end_us: int) -> str:
    """A capture session of that stretch, and a sensor that was heard of at its end; the sensor's id."""
    ids = {
        "project": project.id,
        "sensor": project.sensor_ids[0],
        "start": from_us(start_us),
        "end": from_us(max(start_us, end_us)),
        "latest": from_us(end_us),
    }
    with psycopg.connect(database_url) as owner:
        owner.execute("insert into experiment (project_id, name) values (%(project)s, 'e')", ids)
        owner.execute(
            "insert into run (project_id, experiment_id, name)"
            " select project_id, id, 'r' from experiment where project_id = %(project)s",
            ids,
        )
        owner.execute(
            "insert into capture_session (project_id, run_id, ordinal, status, started_at, stopped_at)"
            " select project_id, id, 1, 'succeeded', %(start)s, %(end)s from run"
            " where project_id = %(project)s",
            ids,
        )
        owner.execute(
            "insert into capture_session_sensor"
            " select id, %(sensor)s from capture_session where project_id = %(project)s"
            " on conflict do nothing",
            ids,
        )
        owner.execute(
            "insert into sensor_liveness (sensor_id, last_seen_at, latest_at)"
            " values (%(sensor)s, now(), %(latest)s)",
            ids,
        )
        row = owner.execute("select public_id::text from sensor where id = %(sensor)s", ids).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("bounds", ["null, now()", "now(), null", "now(), now() - interval '1 hour'"])
def test_a_stretch_without_a_bound_or_of_no_length_holds_nothing(
    database_url: str, make_analyst: AnalystMaker, bounds: str
) -> None:
    project = seed_project(database_url, 1, [Profile()])
    sensor = furnish(database_url, project, START_US, START_US)
    store(database_url, sensor, [Stored(START_US + n, n, n, 1) for n in range(4)])
    assert make_analyst(project.public_id).ask(f"select from readings_between({bounds})") == []
