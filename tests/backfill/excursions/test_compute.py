"""Excursions: the stretches of stored readings that late and historical ones violate, however they came."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import psycopg
from hypothesis import given
from hypothesis import strategies as st

from barograph.times import DAY_US, now_us
from tests.alarms import FoundExcursion, add_limits, compute_excursions, excursions_of
from tests.barograph.alarms.limits import Limit
from tests.examples import few_examples
from tests.ingest.committing import committing
from tests.ingest.database import ask
from tests.ingest.frames import bind_source, make_frame
from tests.seed import Profile, seed_project

SAME = Profile(payload={"slope": 1, "offset": 0})
LIMIT = Limit(high=2.0, low=-2.0, hysteresis=1.0)
NOON_US = now_us() // DAY_US * DAY_US - DAY_US // 2
Row = tuple[int, float]  # seconds, value
contents = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([-2.5, 0.0, 0.5, 1.5, 2.5, 3.0])), max_size=6
)


def stretches(limit: Limit, readings: Sequence[Row], odd: set[Row]) -> list[tuple[int, int, float]]:
    """The model: those of readings in order that hold one of the odd ones."""
    found: list[list[Row]] = [[]]
    for reading in sorted(readings):
        if limit.violates(*reading):
            found[-1].append(reading)
        elif limit.is_clear(*reading):
            found.append([])
    return [
        (stretch[0][0], stretch[-1][0], max(stretch, key=lambda r: (abs(r[1]) - 2, -r[0], r[1]))[1])
        for stretch in found
        if any(stretch[0][0] <= t <= stretch[-1][0] for t, _ in odd if stretch)
    ]


def touch(database_url: str, project_id: int) -> None:
    """Has what was found computed again."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into excursion_due (project_id, sensor_id, from_us, to_us, t_us)"
            " select project_id, sensor_id, from_us, to_us, '{}' from excursion where project_id = %s",
            (project_id,),
        )


@few_examples(4)
@given(st.lists(st.tuples(st.booleans(), contents, st.booleans()), min_size=1, max_size=8))
def test_what_comes_late_or_as_history_and_violates_a_limit_is_an_excursion(
    database_url: str, sent: list[tuple[bool, list[Row], bool]]
) -> None:
    project = seed_project(database_url, 1, [SAME])
    (limit_id,) = add_limits(database_url, project, LIMIT)
    start_us = NOON_US
    source = bind_source(database_url, project)
    stored: list[Row] = []
    odd: set[Row] = set()
    newest = -1
    with committing(database_url) as committer:
        for seq, (is_historical, content, is_computed) in enumerate(sent, 1):
            frame = make_frame(
                replace(source, historical=is_historical),
                seq,
                [value for _, value in content],
                t_us=[start_us + seconds * 1_000_000 for seconds, _ in content],
            )
            list(committer.commit([frame]))
            stored += content
            for seconds, value in sorted(content, key=lambda reading: reading[0]):
                is_late = is_historical or seconds < newest
                newest = newest if is_late else seconds
                if is_late and LIMIT.violates(seconds, value):
                    odd.add((seconds, value))
            if is_computed:
                compute_excursions(database_url)
    compute_excursions(database_url)
    # Live readings beside an excursion are told of by alarms; it holds them when it is computed again.
    touch(database_url, project.id)
    compute_excursions(database_url)
    assert sorted(excursions_of(database_url, limit_id)) == sorted(
        FoundExcursion(start_us + first * 1_000_000, start_us + last * 1_000_000, extreme)
        for first, last, extreme in stretches(LIMIT, stored, odd)
    )
    assert ask(database_url, "select from excursion_due") == []


def test_a_violation_without_end_is_an_excursion_for_each_day(database_url: str) -> None:
    project = seed_project(database_url, 1, [SAME])
    (limit_id,) = add_limits(database_url, project, LIMIT)
    source = replace(bind_source(database_url, project), historical=True)
    seconds = np.random.default_rng(5).permutation(3600)
    midnight_us = NOON_US - DAY_US // 2
    with committing(database_url) as committer:
        for seq, part in enumerate(np.array_split(seconds, 12), 1):
            times = [midnight_us + (second - 1800) * 1_000_000 for second in part.tolist()]
            list(committer.commit([make_frame(source, seq, [3.0] * part.size, t_us=times)]))
            if seq % 5 == 0:
                compute_excursions(database_url)
    compute_excursions(database_url)
    assert excursions_of(database_url, limit_id) == [
        FoundExcursion(midnight_us - 1_800_000_000, midnight_us - 1_000_000, 3.0),
        FoundExcursion(midnight_us, midnight_us + 1_799_000_000, 3.0),
    ]
