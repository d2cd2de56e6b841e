"""Readings are rewritten, and taken out, whichever of them lie in rows and which in blocks."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace as altered
from struct import pack
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.recalibration.current_catalog import snapshot
from backfill.recalibration.rewrite import RowsMoved, replacing_readings
from backfill.recalibration.stored_readings import ReadingRange, read_range
from barograph.database import block_format
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import fetch_row
from barograph.readings.storing.store import Connection, connect
from barograph.times import DAY_US, SECOND_US, from_us, now_us
from tests.examples import few_examples
from tests.row_storage import make_rows
from tests.seed import Project, seed_project

STEP_US = 20_000
# Twelve seconds with a midnight among them.
START_US = now_us() // DAY_US * DAY_US - DAY_US - 300 * STEP_US
STEPS = 600


class Moment(NamedTuple):
    """A reading: of which sensor, when (in steps), and what it is."""

    slot: int
    step: int
    raw: float
    physical: float
    profile_id: int
    flags: int


moments = st.builds(
    Moment,
    st.integers(0, 1),
    st.one_of(st.integers(0, STEPS - 1), st.integers(299, 303)),
    st.sampled_from([0.0, -0.0, 1.5, 2.5]),
    st.sampled_from([float("nan"), 0.5, -0.0]),
    st.sampled_from([-1, 7, 8]),
    st.sampled_from([0, 3, 0x8001]),
)
# Each commit: all of it as rows, or all in blocks.
commits = st.lists(
    st.tuples(st.booleans(), st.lists(moments, min_size=1, max_size=60)), min_size=1, max_size=4
)
windows = st.tuples(st.integers(-2, STEPS), st.integers(1, STEPS)).map(lambda each: (each[0], sum(each)))


@pytest.fixture(autouse=True)
def _blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_format, "MIN_READINGS", 1)
    monkeypatch.setattr(block_format, "MAX_STEP_US", SECOND_US)


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url, 2)


@pytest.fixture
def connection(database_url: str, project: Project) -> Generator[Connection]:
    assert project.sensor_ids
    with closing(connect(database_url)) as connection:
        yield connection


def columns_of(project: Project, some: Sequence[Moment]) -> ReadingColumns:
    slot, step, raw, physical, profile_id, flags = zip(*some, strict=True)
    return ReadingColumns(
        START_US + np.array(step, np.int64) * STEP_US,
        np.array(raw),
        np.array(physical),
        np.array(project.sensor_ids, np.int32)[list(slot)],
        np.array(profile_id, np.int32),
        np.array(flags, np.uint16),
    )


def store(connection: Connection, project: Project, parts: list[tuple[bool, list[Moment]]]) -> None:
    """Instead of all that was there."""
    with connection.transaction():
        connection.execute("delete from reading")
        connection.execute("delete from reading_block")
        for in_blocks, some in parts:
            copy_readings(connection, encode_readings(columns_of(project, some), in_blocks=in_blocks))


def everything(connection: Connection) -> Counter[tuple[Any, ...]]:
    """To the bit; and no block holds what it may not."""
    odd = connection.execute(
        "select from reading_block where first_time <> time[1] or last_time <> time[cardinality(time)]"
        " or time <> array(select unnest(time) order by 1) or cardinality(raw) <> cardinality(time)"
        " or array_position(physical, null) is not null or array_position(flags, null) is not null"
        " or date_bin('1 second', first_time, 'epoch') <> date_bin('1 second', last_time, 'epoch')"
    ).fetchall()
    assert odd == []
    return Counter(
        connection.execute(
            "select sensor_id, (extract(epoch from time) * 1000000)::int8, float8send(raw),"
            " float8send(coalesce(physical, 'NaN')), coalesce(profile_id, -1), coalesce(flags, 0)"
            " from any_reading"
        ).fetchall()
    )


def as_stored(columns: ReadingColumns) -> Counter[tuple[Any, ...]]:
    """What `everything` says of them."""
    return Counter(
        zip(
            columns.sensor_id.tolist(),
            columns.t_us.tolist(),
            [pack(">d", each) for each in columns.raw.tolist()],
            [pack(">d", each) for each in columns.physical.tolist()],
            columns.profile_id.tolist(),
            columns.flags.view(np.int16).tolist(),
            strict=True,
        )
    )


def range_of(project: Project, slots: Sequence[int], window: tuple[int, int]) -> ReadingRange:
    low, high = (START_US + step * STEP_US for step in window)
    return ReadingRange(np.array(project.sensor_ids, np.int32)[list(slots)], low, high)


@few_examples(60)
@given(parts=commits, window=windows, slots=st.sampled_from([(0,), (1,), (0, 1)]))
def test_a_window_is_rewritten_and_nothing_beside_it(
    connection: Connection,
    project: Project,
    parts: list[tuple[bool, list[Moment]]],
    window: tuple[int, int],
    slots: tuple[int, ...],
) -> None:
    store(connection, project, parts)
    before = everything(connection)
    assert before == as_stored(columns_of(project, [each for _, some in parts for each in some]))
    reading_range = range_of(project, slots, window)
    with snapshot(connection):
        old = read_range(connection, reading_range)
        new = altered(old, physical=np.where(old.raw > 0, 9.25, old.physical), profile_id=old.profile_id + 1)
        with replacing_readings(connection, reading_range, new):
            pass
    inside = as_stored(old)
    assert inside == Counter(
        {
            each: count
            for each, count in before.items()
            if each[0] in reading_range.sensor_ids and reading_range.from_us <= each[1] < reading_range.to_us
        }
    )
    assert everything(connection) == before - inside + as_stored(new)


@few_examples(60)
@given(parts=commits, data=st.data())
def test_as_many_go_as_are_named(
    connection: Connection, project: Project, parts: list[tuple[bool, list[Moment]]], data: st.DataObject
) -> None:
    store(connection, project, parts)
    before = everything(connection)
    day_us = START_US // DAY_US * DAY_US + data.draw(st.integers(0, 1)) * DAY_US
    keys = Counter[tuple[Any, ...]]()
    for each, count in before.items():
        keys[each[:3]] += count
    candidates = sorted(key for key in keys if day_us <= key[1] < day_us + DAY_US)
    named = data.draw(st.lists(st.sampled_from(candidates), unique=True)) if candidates else []
    if not named:
        return
    readings = data.draw(st.lists(st.integers(1, 3), min_size=len(named), max_size=len(named)))
    sensor_id, t_us, raw = zip(*named, strict=True)
    with snapshot(connection):
        asked = {
            "sensor_id": np.array(sensor_id, np.int32),
            "t_us": np.array(t_us, np.int64),
            "raw": np.frombuffer(b"".join(raw), ">f8").astype(float),
            "readings": np.array(readings, np.int32),
            "from": from_us(min(t_us)),
            "to": from_us(max(t_us) + 1),
        }
        gone = fetch_row(connection, query("removal.delete"), asked, prepare=False)["readings"]
    after = everything(connection)
    assert after <= before
    wanted = Counter(dict(zip(named, readings, strict=True))) & keys
    assert gone == wanted.total() == before.total() - after.total()
    taken = Counter[tuple[Any, ...]]()
    for each, count in (before - after).items():
        taken[each[:3]] += count
    assert taken == wanted


@few_examples(20)
@given(
    parts=commits, window=windows, late=st.lists(moments, min_size=1, max_size=20), in_blocks=st.booleans()
)
def test_what_comes_meanwhile_stays_as_it_came(
    database_url: str,
    connection: Connection,
    project: Project,
    parts: list[tuple[bool, list[Moment]]],
    window: tuple[int, int],
    late: list[Moment],
    in_blocks: bool,
) -> None:
    store(connection, project, parts)
    before = everything(connection)
    reading_range = range_of(project, (0, 1), window)
    with snapshot(connection):
        old = read_range(connection, reading_range)
        with psycopg.connect(database_url) as other:
            copy_readings(other, encode_readings(columns_of(project, late), in_blocks=in_blocks))
        new = altered(old, physical=old.raw * 2)
        with replacing_readings(connection, reading_range, new):
            pass
    assert everything(connection) == before - as_stored(old) + as_stored(new) + as_stored(
        columns_of(project, late)
    )


def rewrite(
    connection: Connection,
    reading_range: ReadingRange,
    change: Callable[[ReadingColumns], ReadingColumns],
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    with snapshot(connection):
        old = read_range(connection, reading_range)
        meanwhile()
        with replacing_readings(connection, reading_range, change(old)):
            pass


def test_who_comes_second_to_a_block_begins_again(
    database_url: str, connection: Connection, project: Project
) -> None:
    """Its windows need not meet the other's: the block lies in both."""
    store(connection, project, [(True, [Moment(0, step, 1.5, 0.5, 7, 0) for step in range(10)])])
    before = everything(connection)
    first, second = (range_of(project, (0,), window) for window in ((0, 5), (5, 10)))

    def come_first() -> None:
        with closing(connect(database_url)) as other:
            rewrite(other, first, lambda old: altered(old, physical=old.raw))

    with pytest.raises(psycopg.errors.SerializationFailure):
        rewrite(connection, second, lambda old: old, come_first)
    after = everything(connection)
    assert (after - before).total() == (before - after).total() == 5
    rewrite(connection, second, lambda old: old)
    assert everything(connection) == after


def test_what_others_make_rows_of_a_block_is_a_change_of_it(
    database_url: str, connection: Connection, project: Project
) -> None:
    store(connection, project, [(True, [Moment(0, step, 1.5, 0.5, 7, 0) for step in range(10)])])
    before = everything(connection)

    def unpack() -> None:
        with psycopg.connect(database_url) as other:
            make_rows(other)

    with pytest.raises(psycopg.errors.SerializationFailure):
        rewrite(connection, range_of(project, (0,), (0, 20)), lambda old: old, unpack)
    assert everything(connection) == before


def test_no_more_is_written_back_than_was_there(connection: Connection, project: Project) -> None:
    store(connection, project, [(True, [Moment(0, step, 1.5, 0.5, 7, 0) for step in range(10)])])
    before = everything(connection)
    with pytest.raises(RowsMoved):
        rewrite(connection, range_of(project, (0,), (0, 20)), lambda old: old.take(np.r_[np.arange(10), 0]))
    assert everything(connection) == before
