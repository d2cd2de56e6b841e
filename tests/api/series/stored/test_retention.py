"""Series where raw readings are gone: roll-ups are the record, and the answer says what it had to round."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, from_us, now_us
from tests.api.rollups import HOUR_US, State, roll_up
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, forget, store

START_US = (now_us() // DAY_US - 5) * DAY_US
RAW_FROM_US = START_US + DAY_US
# A reading each 20 s for two hours and each 10 minutes for two days; the first minute's seconds are kept.
READINGS = [
    *(Stored(START_US + n * 20 * SECOND_US, n, n) for n in range(2 * 180)),
    *(Stored(START_US + 1 + n * 10 * MINUTE_US, n, n) for n in range(2 * 144)),
]


@pytest.fixture
def expired(server: Server, sensor: str) -> str:
    """A sensor whose readings are gone for the first of two days."""
    store(server.database_url, sensor, READINGS)
    roll_up(server.database_url, sensor, State(kept=frozenset([START_US])))
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update project set raw_keep_days = 1, raw_from = %s"
            " where id = (select project_id from sensor where public_id = %s)",
            (from_us(RAW_FROM_US), sensor),
        )
    forget(server.database_url, sensor, before=from_us(RAW_FROM_US))
    return sensor


def ask(person: Person, sensor: str, start_us: int, end_us: int, bucket: str) -> dict[str, Any]:
    parameters: dict[str, Parameter] = {
        "from": format_us(START_US + start_us),
        "to": format_us(START_US + end_us),
        "bucket": bucket,
        "stat": ["count", "first", "last"],
    }
    return person.read("/series", sensor=sensor, **parameters)


def counts(answer: dict[str, Any]) -> Sequence[tuple[int, int]]:
    """Offsets of buckets in seconds, and what they hold."""
    (series,) = answer["series"]
    starts = [(t_us - START_US) // SECOND_US for t_us in series["t_us"]]
    return list(zip(starts, series["count"], strict=True))


def test_whole_rollups_are_still_exact(owner: Person, expired: str) -> None:
    answer = ask(owner, expired, HOUR_US, 2 * DAY_US, "1d")
    assert counts(answer) == [(0, 180 + 23 * 6), (86400, 144)]
    meta = answer["meta"]
    assert (meta["rounded_to"], meta["raw_from"]) == (None, format_us(RAW_FROM_US))
    assert {source["tier"] for source in meta["sources"]} == {"1d", "1h"}


def test_finer_than_the_rollups_that_are_left_they_count_whole_where_they_begin(
    owner: Person, expired: str
) -> None:
    # Of the first minute there are seconds; of the others there are not.
    answer = ask(owner, expired, 0, 3 * MINUTE_US, "20s")
    assert counts(answer) == [(0, 2), (20, 1), (40, 1), (60, 3), (120, 3)]
    assert answer["meta"]["rounded_to"] == "1m"
    exact = ask(owner, expired, 0, MINUTE_US, "20s")["meta"]
    assert (exact["rounded_to"], exact["tier"]) == (None, "1s")
    finer = ask(owner, expired, 0, MINUTE_US, "100ms")
    assert (counts(finer)[:2], finer["meta"]["rounded_to"]) == ([(0, 2), (20, 1)], "1s")


def test_a_period_reaches_to_the_edges_of_the_rollups_it_touches(owner: Person, expired: str) -> None:
    answer = ask(owner, expired, HOUR_US + 30 * SECOND_US, HOUR_US + 100 * SECOND_US, "1h")
    assert counts(answer) == [(3600, 7)]
    assert answer["meta"]["rounded_to"] == "1m"


def test_where_raw_readings_are_left_nothing_is_rounded(owner: Person, expired: str) -> None:
    answer = ask(owner, expired, DAY_US + 5 * SECOND_US, DAY_US + 630 * SECOND_US, "20s")
    assert counts(answer) == [(87000, 1)]
    assert answer["meta"]["rounded_to"] is None


def test_what_is_dirty_is_still_there_raw(server: Server, owner: Person, expired: str) -> None:
    late = Stored(START_US + 5 * MINUTE_US + 7, 1.0, 1.0)
    store(server.database_url, expired, [late])
    answer = ask(owner, expired, 5 * MINUTE_US, 6 * MINUTE_US, "1m")
    assert {source["tier"]: source["rows"] for source in answer["meta"]["sources"]} == {"raw": 1}
