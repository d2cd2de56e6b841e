"""Series while the jobs that make roll-ups are at work: after each commit, and each step of theirs."""

import math
import statistics
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backfill.jobs.row_claims import Pool, create_work_pool
from backfill.rollups import fold
from backfill.rollups import refresh as rollup
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, from_us, now_us, to_us
from tests.api.series.truth import STATS, assert_true
from tests.api.server import Parameter, Person, Server, serving
from tests.api.stored import Stored
from tests.backfill.rollups.expected import Store, work_everything_off
from tests.conftest import database_name, temporary_database
from tests.examples import times
from tests.seed import Profile, seed_project

BASE_US = now_us() // DAY_US * DAY_US - 2 * DAY_US
CHANGE_US = BASE_US + MINUTE_US + 3 * SECOND_US
PROFILES = [
    Profile("linear", {"slope": 2, "offset": 1}, valid_to=str(from_us(CHANGE_US))),
    Profile("polynomial", {"coefficients": [0, 1, 0.25]}, valid_from=str(from_us(CHANGE_US))),
]
OFFSETS = st.tuples(
    st.sampled_from([0, 1, 1, 1, 59, 60, 24 * 60 - 1, 24 * 60]),
    st.sampled_from([0, 2, 3, 59]),
    st.sampled_from([0, 1, 500_000, SECOND_US - 1]),
).map(lambda time: time[0] * MINUTE_US + time[1] * SECOND_US + time[2])
VALUES = st.one_of(st.sampled_from([0.0, 1.0, -2.5]), st.floats(-1e6, 1e6, allow_subnormal=False))
COMMITS = st.lists(st.tuples(OFFSETS, VALUES), min_size=1, max_size=20)
STEPS = st.lists(st.one_of(COMMITS, st.sampled_from(["roll up", "fold", "all"])), min_size=2, max_size=8)


@dataclass(frozen=True)
class Rig:
    """One sensor, who commits its readings, who rolls them up, and who asks."""

    store: Store
    pool: Pool
    person: Person
    sensor: str

    def readings(self) -> list[Stored]:
        """What is stored."""
        rows = self.store.connection.execute("select time, raw, physical from any_reading").fetchall()
        return [Stored(to_us(time), raw, physical) for time, raw, physical in rows]


@pytest.fixture(scope="module")
def own_server(server_url: str, template_name: str) -> Generator[Server]:
    """With a database of its own, of which all is rolled up."""
    with (
        temporary_database(server_url, database_name(), template_name) as database_url,
        serving(database_url) as server,
    ):
        yield server


@contextmanager
def fresh_rig(server: Server, person: Person) -> Generator[Rig]:
    """Where nothing is stored yet."""
    with psycopg.connect(server.database_url) as connection:
        connection.execute("truncate reading, reading_block, rollup, rollup_fine, dirty_window, fold_due")
    project = seed_project(server.database_url, 1, PROFILES)
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute(
            "select public_id::text from sensor where id = %s", (project.sensor_ids[0],)
        ).fetchone()
    assert row is not None
    with (
        closing(Store(server.database_url, project)) as store,
        create_work_pool(server.database_url, 2) as pool,
    ):
        yield Rig(store, pool, person, row[0])


@pytest.fixture(scope="module")
def analyst(own_server: Server) -> Generator[Person]:
    person = own_server.person("analyst@example.org", is_admin=True)
    yield person
    person.client.close()


@settings(
    max_examples=6 * times(),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=STEPS,
    layer=st.sampled_from(["physical", "raw"]),
    size_us=st.sampled_from([SECOND_US, 90 * SECOND_US, MINUTE_US, 60 * MINUTE_US, DAY_US]),
)
def test_a_series_equals_its_readings_whatever_the_jobs_have_done_so_far(
    own_server: Server, analyst: Person, steps: list[list[tuple[int, float]] | str], layer: str, size_us: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, fresh_rig(own_server, analyst) as rig:
        patch.setattr(rollup, "DENSE_READINGS", 5)
        for step in steps:
            take(rig, step)
            check(rig, layer, size_us)


def take(rig: Rig, step: list[tuple[int, float]] | str) -> None:
    match step:
        case "roll up":
            rollup.roll_up(rig.pool)
        case "fold":
            fold.fold_due(rig.pool)
        case "all":
            work_everything_off(rig.pool)
        case str():
            raise ValueError(step)
        case readings:
            rig.store.commit([(0, BASE_US + offset, value) for offset, value in readings])


def check(rig: Rig, layer: str, size_us: int) -> None:
    bounds: dict[str, Parameter] = {"from": format_us(BASE_US), "to": format_us(BASE_US + 2 * DAY_US)}
    question = bounds | {"layer": layer, "stat": STATS, "bucket": f"{size_us}us"}
    answer = rig.person.read("/series", sensor=rig.sensor, **question)
    assert_true(answer["series"][0], rig.readings(), layer, size_us)


def test_where_sums_exceed_what_rollups_can_hold_readings_are_summed(
    own_server: Server, analyst: Person
) -> None:
    with fresh_rig(own_server, analyst) as rig:
        hour_us = 60 * MINUTE_US
        rig.store.commit([(0, BASE_US + hour_us, 1e200), (0, BASE_US + hour_us + 1, 3e200)])
        rig.store.commit([(0, BASE_US + 2 * hour_us, 1.0), (0, BASE_US + 3 * hour_us, 3.0)])
        work_everything_off(rig.pool)
        bounds = {"from": format_us(BASE_US), "to": format_us(BASE_US + DAY_US)}

        def ask(stat: str) -> tuple[list[float], dict[str, int]]:
            question: dict[str, Parameter] = {**bounds, "layer": "raw", "bucket": "1h", "stat": stat}
            answer = rig.person.read("/series", sensor=rig.sensor, **question)
            sources = {source["tier"]: source["rows"] for source in answer["meta"]["sources"]}
            return answer["series"][0][stat], sources

        assert ask("max") == ([3e200, 1.0, 3.0], {"1h": 3})
        means, sources = ask("mean")
        assert means == pytest.approx([2e200, 1.0, 3.0])
        assert sources == {"1h": 2, "raw": 2}


@pytest.mark.parametrize(
    ("level", "step"), [(1e12, 2**-13), (0.1, 0.0), (1e-300, 1e-301), (3e300, 1e299), (-1e139, 1e130)]
)
def test_deviations_keep_their_digits_in_rollups(
    own_server: Server, analyst: Person, level: float, step: float
) -> None:
    minutes = [MINUTE_US * n + SECOND_US * n % 60 + k for n in range(0, 24 * 60, 7) for k in range(5)]
    values = [level + step * (n * 7919 % 17) for n in range(len(minutes))]
    with fresh_rig(own_server, analyst) as rig:
        rig.store.commit([(0, BASE_US + t, value) for t, value in zip(minutes, values, strict=True)])
        work_everything_off(rig.pool)
        bounds = {"from": format_us(BASE_US), "to": format_us(BASE_US + DAY_US)}
        asked: dict[str, Parameter] = {"layer": "raw", "stat": ["mean", "stddev"], **bounds}
        scale = 2.0 ** -math.frexp(level)[1]
        for bucket in ("7m", "1h", "1d"):
            (series,) = rig.person.read("/series", sensor=rig.sensor, bucket=bucket, **asked)["series"]
            size_us = {"7m": 7 * MINUTE_US, "1h": 60 * MINUTE_US, "1d": DAY_US}[bucket]
            for t_us, mean, stddev in zip(series["t_us"], series["mean"], series["stddev"], strict=True):
                inside = [
                    Fraction(value) * Fraction(scale)
                    for t, value in zip(minutes, values, strict=True)
                    if t_us <= BASE_US + t < t_us + size_us
                ]
                assert mean * scale == pytest.approx(float(statistics.mean(inside)), rel=1e-15)
                assert stddev * scale == pytest.approx(statistics.stdev(inside), rel=1e-9)
