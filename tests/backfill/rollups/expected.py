"""Roll-ups as they are stored, and as NumPy makes them from raw readings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from hypothesis import strategies as st
from psycopg.rows import dict_row

from backfill.imports.record import ImportedReadings
from backfill.imports.removal import remove_readings
from backfill.jobs.row_claims import Pool
from backfill.jobs.waiting_work import WaitingWork
from backfill.recalibration.current_catalog import snapshot
from backfill.rollups import fold
from backfill.rollups import refresh as rollup
from backfill.rollups.jobs import roll_up_messages
from barograph.catalog.catalog import CatalogCache
from barograph.readings.preparing.prepare import prepare
from barograph.readings.preparing.prepared import Prepared
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.readings.storing.store import PreparedProject, connect, lock_catalog, store_readings
from barograph.times import now_us
from tests.seed import Project

Key = tuple[int, int, int]
Rollups = dict[Key, dict[str, Any]]
Reading = tuple[int, int, float]
NAMES = ("count", "mean", "m2", "min", "max", "first", "last", "first_time", "last_time")
# From here on, squares may exceed a float64, and mean and m2 are NaN.
WILD = 1e140
# So near to one another, squares of differences may be less than a float64 holds.
NEAR = 1e-140


class Store:
    """Commits readings as ingest does, on a connection of its own."""

    def __init__(self, database_url: str, project: Project) -> None:
        self._project = project
        self._catalogs = CatalogCache(database_url)
        self._catalogs.open()
        self.connection = connect(database_url)

    def commit(self, readings: Sequence[Reading]) -> None:
        """Stores (slot, t_us, value) in a transaction."""
        with self.connection.transaction():
            self.add(readings)

    def add(self, readings: Sequence[Reading]) -> None:
        """The same in the transaction at hand."""
        catalog = lock_catalog(self.connection, self._catalogs, self._project.id)
        prepared = self._prepare(readings)
        assert not prepared.code.any()
        store_readings(self.connection, [PreparedProject(catalog, prepared)])

    def remove(self, readings: Sequence[Reading]) -> int:
        """Takes (slot, t_us, raw) out, as often as they are named; how many were there."""
        catalog = self._catalogs.get(self._project.id)
        slot, t_us, raw = zip(*sorted(readings), strict=True)
        named = ImportedReadings(
            catalog.sensor_ids[np.array(slot, np.int32)], np.array(t_us, np.int64), np.array(raw, np.float64)
        )
        with snapshot(self.connection):
            return remove_readings(self.connection, catalog, named)

    def codes(self, readings: Sequence[Reading]) -> list[RejectCode | None]:
        """Why each would be refused."""
        return [RejectCode(code) if code else None for code in self._prepare(readings).code.tolist()]

    def _prepare(self, readings: Sequence[Reading]) -> Prepared:
        slot, t_us, value = zip(*readings, strict=True)
        return prepare(
            self._catalogs.get(self._project.id),
            np.array(slot, np.int32),
            np.array(t_us, np.int64),
            np.array(value, np.float64),
            now_us(),
        )

    def close(self) -> None:
        self.connection.close()
        self._catalogs.close()


def remove_some(store: Store, left: list[Reading], data: st.DataObject) -> None:
    """Takes some of the readings that are left out, or all of a sensor, or all; `left` too."""
    whole = data.draw(st.sampled_from(["some", "sensor", "all"]))
    choices = {
        "some": data.draw(st.sets(st.sampled_from(range(len(left))))) if left else set[int](),
        "sensor": {place for place, reading in enumerate(left) if reading[0] == 0},
        "all": set(range(len(left))),
    }
    chosen = choices[whole]
    if chosen:
        assert store.remove([left[place] for place in chosen]) == len(chosen)
    left[:] = [reading for place, reading in enumerate(left) if place not in chosen]


def look_each_time(pool: Pool) -> WaitingWork:
    """What waits now, and not a moment ago."""
    return WaitingWork(pool, max_windows=rollup.MAX_WINDOWS, fold_grace_s=fold.GRACE_S, keep_s=0)


def work_everything_off(pool: Pool) -> None:
    """Until nothing waits. What lies in hours that have not closed is not folded."""
    waiting = look_each_time(pool)
    while roll_up_messages(waiting):
        rollup.roll_up(pool)
    while waiting.count("folds"):
        fold.fold_due(pool)


def stored(database_url: str) -> Rollups:
    """Every roll-up, by sensor, tier and start (seconds since 1970)."""
    rows = _rows(database_url, "select *, extract(epoch from bucket)::bigint as start_s from rollup")
    return {(row["sensor_id"], row["tier_s"], row["start_s"]): row for row in rows}


def expected(database_url: str) -> Rollups:
    """What they must be, from the readings there are; seconds of all minutes."""
    rows = _rows(
        database_url,
        "select sensor_id, extract(epoch from time) * 1000000 as t_us, time, raw, physical, profile_id"
        " from any_reading order by sensor_id, time, raw, physical",
    )
    rollups: Rollups = {}
    for tier_s in (1, 60, 3600, 86400):
        rollups |= _buckets(rows, tier_s)
    return rollups


def stored_fine(database_url: str) -> Rollups:
    """Every fine bucket that is kept, by sensor, tier and start (microseconds)."""
    rows = _rows(
        database_url,
        "select fine.*, (extract(epoch from fine.bucket) * 1000000)::bigint as start_us"
        " from any_rollup as fine"
        " join rollup as second on second.sensor_id = fine.sensor_id and second.tier_s = 1"
        "  and second.bucket = date_trunc('second', fine.bucket)"
        " where fine.is_fine and second.has_seconds and fine.fine_us >= second.finest_us",
    )
    return {(row["sensor_id"], row["fine_us"], row["start_us"]): row for row in rows}


def expected_fine(database_url: str) -> Rollups:
    """What they must be, of the seconds that say that they keep them."""
    rows = _rows(
        database_url,
        "select reading.sensor_id, extract(epoch from time) * 1000000 as t_us, time, raw, physical,"
        "  profile_id, second.finest_us"
        " from any_reading as reading"
        " join rollup as second on second.sensor_id = reading.sensor_id and second.tier_s = 1"
        "  and second.bucket = date_trunc('second', time) and second.has_seconds"
        " order by sensor_id, time, raw, physical",
    )
    rollups: Rollups = {}
    for tier_us in (100_000, 10_000):
        rollups |= _buckets([row for row in rows if row["finest_us"] <= tier_us], tier_us, 1)
    return rollups


def assert_equal_fine(actual: Rollups, wanted: Rollups) -> None:
    """As `assert_equal`."""
    assert actual.keys() == wanted.keys(), (actual.keys() - wanted.keys(), wanted.keys() - actual.keys())
    for key, want in wanted.items():
        _assert_row(actual[key], want, key)


def assert_equal(actual: Rollups, wanted: Rollups) -> None:
    """Counts, extremes, ends and profiles exactly; mean and m2 as near as floats come. Seconds are there of
    just those minutes that say so, and minutes with many readings do.
    """
    detailed = {key[::2] for key, row in actual.items() if key[1] == 60 and row["has_seconds"]}
    wanted = {
        key: row for key, row in wanted.items() if key[1] > 1 or (key[0], key[2] // 60 * 60) in detailed
    }
    assert actual.keys() == wanted.keys(), (actual.keys() - wanted.keys(), wanted.keys() - actual.keys())
    for key, want in wanted.items():
        _assert_row(actual[key], want, key)
        must_have_seconds = key[1] == 60 and want["raw_count"] >= rollup.DENSE_READINGS
        assert actual[key]["has_seconds"] or not must_have_seconds, key


def _assert_row(row: dict[str, Any], want: dict[str, Any], key: Key) -> None:
    for name in ("least_profile", "greatest_profile"):
        assert row[name] == want[name], (key, name)
    for layer in ("raw", "physical"):
        for name in NAMES:
            column = f"{layer}_{name}"
            if name in {"mean", "m2"}:
                assert is_near(row, want, layer, name), (key, column, row[column], want[column])
            else:
                assert row[column] == want[column], (key, column)
        for extreme in ("min", "max"):
            assert row[f"{layer}_{extreme}_time"] == want[f"{layer}_{extreme}_time"], (key, layer, extreme)


def is_near(row: dict[str, Any], want: dict[str, Any], layer: str, name: str) -> bool:
    """Within 1e-9 of the largest magnitude, m2 as a standard deviation; NaN where magnitudes are extreme. So
    it may be where those of a part are.
    """
    actual, wanted, count = row[f"{layer}_{name}"], want[f"{layer}_{name}"], want[f"{layer}_count"]
    if wanted is None:
        return actual is None
    if np.isnan(actual) or np.isnan(wanted):
        return bool(np.isnan(actual) and (np.isnan(wanted) or want[f"{layer}_nearest"] <= NEAR))
    magnitude = max(abs(want[f"{layer}_min"]), abs(want[f"{layer}_max"]))
    if name == "m2":
        actual, wanted = np.sqrt(actual / count), np.sqrt(wanted / count)
    return bool(abs(actual - wanted) <= 1e-9 * magnitude)


def _buckets(rows: Sequence[dict[str, Any]], tier: int, unit_us: int = 1_000_000) -> Rollups:
    """By sensor, tier and start, both in the unit."""
    groups: dict[Key, list[dict[str, Any]]] = {}
    for row in rows:
        start = int(row["t_us"]) // (tier * unit_us) * tier
        groups.setdefault((row["sensor_id"], tier, start), []).append(row)
    return {key: _statistics(group) for key, group in groups.items()}


def _statistics(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of readings in the order (time, raw, physical)."""
    converted = [row for row in rows if row["physical"] is not None]
    profiles = [row["profile_id"] for row in converted]
    return {
        **_layer(rows, "raw"),
        **_layer(converted, "physical"),
        "least_profile": min(profiles, default=None),
        "greatest_profile": max(profiles, default=None),
    }


def _layer(rows: list[dict[str, Any]], layer: str) -> dict[str, Any]:
    if not rows:
        return dict.fromkeys(f"{layer}_{name}" for name in (*NAMES, "min_time", "max_time")) | {
            f"{layer}_count": 0
        }
    values = np.array([row[layer] for row in rows])
    with np.errstate(over="ignore"):
        apart = np.diff(np.unique(values))
    is_tame = np.abs(values).max() < WILD and not 0 < np.ptp(values) <= NEAR
    mean = np.mean(values) if is_tame else np.nan
    return {
        f"{layer}_nearest": apart.min(initial=np.inf),
        f"{layer}_count": values.size,
        f"{layer}_mean": mean,
        f"{layer}_m2": np.sum((values - mean) ** 2) if is_tame else np.nan,
        f"{layer}_min": values.min(),
        f"{layer}_max": values.max(),
        f"{layer}_first": values[0],
        f"{layer}_last": values[-1],
        f"{layer}_first_time": rows[0]["time"],
        f"{layer}_last_time": rows[-1]["time"],
        f"{layer}_min_time": rows[int(values.argmin())]["time"],
        f"{layer}_max_time": rows[int(values.argmax())]["time"],
    }


def _rows(database_url: str, statement: str) -> list[dict[str, Any]]:
    with (
        psycopg.connect(database_url, options="-c timezone=UTC") as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(statement.encode()).fetchall()
