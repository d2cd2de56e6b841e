"""What is written into a file comes out of it, bit for bit, for us and for others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from barograph.archive.derivation import ArchivedProfile, Derivation, are_same
from barograph.archive.layout import GROUP_ROWS, ArchivedFile, ArchivedSensor, ArchiveWriter, FileDamaged
from barograph.database.copy_format import ReadingColumns
from tests.examples import few_examples

LINEAR = ArchivedProfile(7, "p7", 2, "linear", {"slope": 0.1, "offset": -50})
CUBIC = ArchivedProfile(
    8, "p8", 3, "polynomial", {"coefficients": [1, 0.3, 1e-5, 7e-9], "center": 3, "scale": 7}
)
THERMOCOUPLE_LIKE = ArchivedProfile(9, "p9", 1, "exponential", {"a": 1, "b": 0.001, "c": 0})
PROFILES = {each.profile_id: each for each in (LINEAR, CUBIC)}
SENSORS = {n: ArchivedSensor(n, f"u{n}", f"rig/s{n}", "V", "bar") for n in range(1, 6)}
DAY_US = 86_400_000_000


def columns(
    sensor_id: int,
    t_us: NDArray[np.int64],
    raw: NDArray[np.float64],
    profile_id: NDArray[np.int32] | None = None,
    physical: NDArray[np.float64] | None = None,
    flags: NDArray[np.uint16] | None = None,
) -> ReadingColumns:
    n = t_us.size
    return ReadingColumns(
        t_us,
        raw,
        np.full(n, np.nan) if physical is None else physical,
        np.full(n, sensor_id, np.int32),
        np.full(n, -1, np.int32) if profile_id is None else profile_id,
        np.zeros(n, np.uint16) if flags is None else flags,
    )


def write(path: Path, *readings: tuple[list[ReadingColumns], bool]) -> Path:
    with ArchiveWriter(path, {"project": "p"}, SENSORS, PROFILES) as writer:
        for pages, is_derived in readings:
            writer.write(int(pages[0].sensor_id[0]), pages, is_derived=is_derived)
    return path


def joined(pages: list[ReadingColumns]) -> ReadingColumns:
    names = ReadingColumns.__dataclass_fields__
    return ReadingColumns(**{name: np.concatenate([getattr(page, name) for page in pages]) for name in names})


def assert_same(one: ReadingColumns, other: ReadingColumns) -> None:
    np.testing.assert_array_equal(one.t_us, other.t_us)
    np.testing.assert_array_equal(one.raw.view(np.int64), other.raw.view(np.int64))
    assert are_same(one.physical, other.physical)
    for name in ("sensor_id", "profile_id", "flags"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


finite = st.floats(allow_nan=False, allow_infinity=False)
reading = st.tuples(
    st.integers(-(2**50), 2**50),
    finite,
    st.floats(allow_infinity=False),
    st.sampled_from([-1, 7, 8]),
    st.integers(0, 2**16 - 1),
)


@few_examples(30)
@given(st.lists(st.lists(reading, min_size=1, max_size=30), min_size=1, max_size=4), st.booleans())
def test_any_readings_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, sensors: list[list[Any]], is_derived: bool
) -> None:
    path, written = (
        tmp_path_factory.mktemp("files") / "file.parquet",
        list[tuple[list[ReadingColumns], bool]](),
    )
    derivation = Derivation(PROFILES)
    for number, rows in enumerate(sensors, 1):
        t_us, raw, physical, profile_id, flags = (np.array(each) for each in zip(*sorted(rows), strict=True))
        own = profile_id.astype(np.int32)
        given_or_made = derivation.physical(raw.astype(np.float64), own) if is_derived else physical
        assert given_or_made is not None
        page = columns(
            number, t_us.astype(np.int64), raw.astype(np.float64), own, given_or_made, flags.astype(np.uint16)
        )
        assert not is_derived or derivation.gives(page)
        written.append(([page], is_derived))
    write(path, *written)
    with path.open("rb") as source:
        file = ArchivedFile(source)
        file.check()
        for (page,), _ in written:
            number = int(page.sensor_id[0])
            assert_same(joined(list(file.read(number, -(2**60), 2**60))), page)
            middle = int(page.t_us[page.t_us.size // 2])
            found = list(file.read(number, middle, 2**60))
            assert_same(joined(found), page.take(np.flatnonzero(page.t_us >= middle)))


def test_groups_hold_parts_of_large_sensors_and_several_small_ones(tmp_path: Path) -> None:
    sizes = {1: 10, 2: 20, 3: GROUP_ROWS * 2 + 5, 4: 7}
    pages = {
        n: columns(n, np.arange(size, dtype=np.int64), np.arange(size, dtype=np.float64) * 0.5)
        for n, size in sizes.items()
    }
    path = write(tmp_path / "file", *(([page], True) for page in pages.values()))
    with path.open("rb") as source:
        file = ArchivedFile(source)
        assert file.groups == 3
        for n, page in pages.items():
            assert_same(joined(list(file.read(n, 0, 2**60))), page)
        late = joined(list(file.read(3, GROUP_ROWS * 2, GROUP_ROWS * 2 + 2)))
        np.testing.assert_array_equal(late.t_us, [GROUP_ROWS * 2, GROUP_ROWS * 2 + 1])
        assert list(file.read(3, 2**40, 2**41)) == []


def noisy(n: int) -> ReadingColumns:
    """A kilohertz with jitter of some microseconds, and values of which every bit is noise."""
    random = np.random.default_rng(1)
    t_us = np.arange(n, dtype=np.int64) * 1000 + random.integers(-20, 20, n)
    raw = random.normal(20, 3, n)
    physical = Derivation(PROFILES).physical(raw, np.full(n, 7, np.int32))
    return columns(1, t_us, raw, np.full(n, 7, np.int32), physical)


def counts(n: int) -> ReadingColumns:
    """A 16-bit converter's counts of a slow signal with noise of some counts."""
    random = np.random.default_rng(1)
    t_us = np.arange(n, dtype=np.int64) * 1000 + random.integers(-20, 20, n)
    raw = np.rint(30_000 * np.sin(np.arange(n) / 5e4) + random.normal(0, 12, n))
    physical = Derivation(PROFILES).physical(raw, np.full(n, 7, np.int32))
    return columns(1, t_us, raw, np.full(n, 7, np.int32), physical)


@pytest.mark.parametrize(("make", "max_bytes"), [(noisy, 12), (counts, 5)])
def test_a_reading_takes_few_bytes(
    tmp_path: Path, make: Callable[[int], ReadingColumns], max_bytes: float
) -> None:
    page = make(400_000)
    assert Derivation(PROFILES).gives(page)
    path = write(tmp_path / "file", ([page], True))
    assert path.stat().st_size / page.t_us.size <= max_bytes


def test_only_sums_and_products_are_left_out() -> None:
    with_others = Derivation({**PROFILES, 9: THERMOCOUPLE_LIKE})
    raw = np.array([1.0, 2.0])
    assert with_others.physical(raw, np.array([7, -1], np.int32)) is not None
    assert Derivation(PROFILES).physical(raw, np.array([9, 9], np.int32)) is None
    page = columns(1, np.array([0, 1]), raw, np.array([7, 7], np.int32), np.array([-49.9, -49.8]))
    assert Derivation(PROFILES).gives(page)
    page.physical[1] = np.nextafter(-49.8, 0)
    assert not Derivation(PROFILES).gives(page)


def test_a_file_that_was_changed_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "file", ([noisy(50_000)], False))
    whole = path.read_bytes()
    for place in (len(whole) // 2, len(whole) // 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with path.open("rb") as source, pytest.raises(FileDamaged):
            ArchivedFile(source).check()
    for content in (whole[:-10], b"", b"PAR1"):
        path.write_bytes(content)
        with path.open("rb") as source, pytest.raises(FileDamaged):
            ArchivedFile(source).check()


def test_values_that_profiles_do_not_give_any_more_are_not_given(tmp_path: Path) -> None:
    page = noisy(GROUP_ROWS + 1000)
    # As if the profile had given something else when it was written.
    page.physical[GROUP_ROWS + 1] = np.nextafter(page.physical[GROUP_ROWS + 1], 0)
    page.sensor_id[:] = 2
    path = write(tmp_path / "file", ([counts(77)], True), ([page], True))
    ends = int(page.t_us[GROUP_ROWS - 200]), int(page.t_us[-1]) + 1
    with path.open("rb") as source:
        file = ArchivedFile(source)
        assert sum(each.t_us.size for each in file.read(2, 0, ends[0])) > GROUP_ROWS // 2
        with pytest.raises(FileDamaged, match="do not give its physical values"):
            list(file.read(2, *ends))


def test_others_read_it(tmp_path: Path) -> None:
    page = counts(5000)
    path = write(tmp_path / "file.parquet", ([page], False))
    table = pl.read_parquet(path)
    assert table["sensor"].unique().to_list() == ["rig/s1"]
    np.testing.assert_array_equal(table["time"].cast(pl.Int64).to_numpy(), page.t_us)
    np.testing.assert_array_equal(table["raw"].to_numpy(), page.raw)
    np.testing.assert_array_equal(table["physical"].to_numpy(), page.physical)
    duckdb = pytest.importorskip("duckdb")
    asked = "select count(*), sum(raw), min(epoch_us(time)), max(profile) from read_parquet($1)"
    found = duckdb.execute(asked, [str(path)]).fetchall()
    assert found == [(5000, float(page.raw.sum()), int(page.t_us[0]), 2)]
