"""Files of signals, written by the packages of others: MDF, TDMS, HDF5."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asammdf import MDF, Signal
from hypothesis import given
from hypothesis import strategies as st
from nptdms import ChannelObject

from backfill.imports.file import FileRows, read_file
from barograph.errors import Invalid
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser
from barograph.parsing.task import ParserTask
from barograph.tables.files.signals import signal_file
from barograph.tables.mapping import TableMapping
from barograph.tables.preview import preview
from barograph.times import format_us
from tests.examples import few_examples
from tests.files.signal_files import (
    START,
    START_US,
    save_mdf,
    save_tdms,
    waveform,
    write_hdf5,
    write_mdf,
    write_tdms,
)

Reading = tuple[str, int, float]


def stored(path: Path, how: TableMapping, rows_done: int = 0, batch_rows: int = 3) -> list[Reading]:
    """As the worker reads it."""
    found = list[Reading]()
    for part in read_file(path, how, batch_rows, rows_done, is_new=True):
        if isinstance(part, FileRows):
            each = part.readings
            names = [each.references[which] for which in each.which.tolist()]
            values: list[float] = each.value.tolist()
            found += [
                (str(name), int(t_us), value)
                for name, t_us, value in zip(names, each.t_us.tolist(), values, strict=True)
            ]
    return found


def every(name: str, values: list[float], step_us: int, start_us: int = START_US) -> list[Reading]:
    return [(name, start_us + place * step_us, value) for place, value in enumerate(values)]


HALF_S, SECOND_US = 500_000, 1_000_000
PRESSURES = [0.0, 1.5, 3.0, 4.5, 6.0]


@pytest.mark.parametrize("version", ["4.10", "4.20", "3.30"])
def test_mdf_is_read_with_each_signal_at_its_own_times(tmp_path: Path, version: str) -> None:
    path = tmp_path / "file"
    write_mdf(path, version)
    shown = preview(path, None)
    assert shown.sensors == ["p", "n", "T"]
    assert shown.units == {"p": "bar", "n": "rpm", "T": "degC"}
    assert shown.how is not None
    assert stored(path, shown.how) == [
        *every("p", PRESSURES, HALF_S),
        *every("n", [0.0, 1.0, 2.0, 3.0, 4.0], HALF_S),
        *every("T", [20.5, 21.5], 10 * SECOND_US),
    ]


def test_tdms_is_read_by_its_waveforms_and_clocks(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_tdms(path)
    shown = preview(path, None)
    assert (shown.sensors, shown.units) == (["p", "T"], {"p": "bar"})
    assert shown.how is not None
    assert stored(path, shown.how) == [
        *every("p", PRESSURES, HALF_S),
        *every("T", [0.0, 1.0, 2.0], SECOND_US, START_US + 250),
    ]


def test_hdf5_is_a_table_of_its_arrays_of_one_length(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_hdf5(path)
    shown = preview(path, None)
    assert shown.how is not None
    assert shown.how.columns == {"/run/n": "run/n", "/run/p": "run/p"}
    assert shown.units == {"run/p": "bar"}
    assert sorted(stored(path, shown.how)) == sorted(
        [*every("run/p", PRESSURES, HALF_S), *every("run/n", [0.0, 1.0, 2.0, 3.0, 4.0], HALF_S)]
    )


def test_signals_are_stored_under_the_names_that_are_said(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_mdf(path)
    how = preview(path, None).how
    assert how is not None
    how = how.model_copy(update={"names": {"p": "rig.p", "T": "rig.t"}})
    assert preview(path, how).sensors == ["rig.p", "rig.t"]
    assert {name for name, _, _ in stored(path, how)} == {"rig.p", "rig.t"}


@few_examples(5)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    batch_rows=st.integers(1, 7),
    done=st.integers(0, 30),
    read_rows=st.integers(1, 4),
)
def test_a_file_is_read_on_from_any_row(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], batch_rows: int, done: int, read_rows: int
) -> None:
    path = tmp_path_factory.mktemp("signals") / "file"
    channels = [
        ChannelObject("g", f"s{place}", np.arange(length) + 0.5, waveform(0.25))
        for place, length in enumerate(lengths)
    ]
    save_tdms(path, *channels)
    how = preview(path, None).how
    assert how is not None
    whole = stored(path, how)
    assert len(whole) == sum(lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signal_file, "READ_ROWS", read_rows)
        assert stored(path, how, done, batch_rows) == whole[done:]


def test_names_that_stand_twice_are_told_apart_by_their_groups(tmp_path: Path) -> None:
    path = tmp_path / "file"
    save_tdms(path, *(ChannelObject(group, "p", np.arange(2.0), waveform(0.5)) for group in ("a", "b")))
    assert preview(path, None).sensors == ["a/p", "b/p"]


def test_times_that_no_calendar_has_are_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "file"
    file: Any = MDF(version="4.10")
    file.header.start_time = START
    file.append([Signal(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1e300, np.nan]), name="p")])
    save_mdf(file, path)
    how = preview(path, None).how
    assert how is not None
    (part,) = [each for each in read_file(path, how, 10, 0, is_new=True) if isinstance(each, FileRows)]
    assert part.readings.t_us.tolist() == [START_US]
    assert sum(part.readings.unreadable.values()) == 2


@pytest.fixture(scope="module")
def parser() -> Generator[Parser]:
    """The packages read strangers' bytes with code in C, which may crash: in processes of their own."""
    with Parser(ParserLimits(), preview.__module__, read_file.__module__) as parser:
        yield parser


@pytest.mark.parametrize("write", [write_mdf, write_tdms, write_hdf5])
def test_files_are_read_within_the_limits_of_a_parser(
    tmp_path: Path, parser: Parser, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "file"
    write(path)
    shown = parser.ask(ParserTask(preview, (path, None)))
    task = ParserTask(read_file, (path, shown.how, 100, 0, True), is_stream=True)
    parts = [each for each in parser.iterate(task) if isinstance(each, FileRows)]
    assert sum(part.readings.t_us.size for part in parts) == len(stored(path, shown.how))


@pytest.mark.parametrize("write", [write_mdf, write_tdms, write_hdf5])
@few_examples(6)
@given(cut=st.floats(0, 1), place=st.floats(0, 1), byte=st.integers(0, 255))
def test_damaged_files_are_refused_in_words_or_read(
    tmp_path_factory: pytest.TempPathFactory,
    parser: Parser,
    write: Callable[[Path], None],
    cut: float,
    place: float,
    byte: int,
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "file"
    write(path)
    content = bytearray(path.read_bytes())
    content[16 + int(place * (len(content) - 17))] = byte
    path.write_bytes(content[: max(17, int(cut * len(content)))] if byte % 2 else content)
    try:
        shown = parser.ask(ParserTask(preview, (path, None)))
        if shown.how is not None:
            list(parser.iterate(ParserTask(read_file, (path, shown.how, 100, 0, True), is_stream=True)))
    except Invalid as refused:
        assert refused.detail  # noqa: PT017  # it may be read as well


def test_the_time_shown_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_mdf(path)
    assert preview(path, None).readings[0].time == format_us(START_US)
