"""A random table in a random dialect gives the same readings or none, never others."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.errors import Invalid
from barograph.tables.files.dialect import DELIMITERS, in_plain_utf_8
from barograph.tables.mapping import TableMapping
from barograph.tables.preview import preview
from barograph.tables.readings import read
from barograph.tables.scan import scan
from barograph.tables.survey import survey
from barograph.times import from_us, to_us
from tests.examples import few_examples

Reading = tuple[str, int, float]
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1000, "epoch_us": 1}
# What loggers and spreadsheets write: a pattern that Python writes, and what it keeps of a second.
CLOCKS = {
    "%Y-%m-%dT%H:%M:%S.%f+00:00": 1,
    "%Y-%m-%d %H:%M:%S": 1_000_000,
    "%Y/%m/%d %H:%M:%S.%f": 1,
    "%d.%m.%Y %H:%M:%S": 1_000_000,
    "%d/%m/%Y %H:%M:%S.%f": 1,
    "%m/%d/%Y %I:%M:%S %p": 1_000_000,
    "%m-%d-%Y %H:%M": 60_000_000,
    "%d/%m/%y %H:%M:%S": 1_000_000,
    "%m/%d/%y %H:%M": 60_000_000,
    "%y-%m-%d %H:%M:%S": 1_000_000,
}


@dataclass(frozen=True)
class Style:
    """How a table is written."""

    delimiter: str
    decimal: str
    groups: bool
    clock: str
    is_wide: bool
    encoding: str
    places: int | None

    @property
    def unit_us(self) -> int:
        """What a written time is a multiple of."""
        return EPOCHS[self.clock] if self.clock in EPOCHS else CLOCKS[self.clock]

    def time(self, t_us: int) -> str:
        if self.clock in EPOCHS:
            return str(t_us // EPOCHS[self.clock])
        return from_us(t_us).strftime(self.clock)

    def number(self, value: float) -> str:
        text = repr(value) if self.places is None else f"{value:{',' if self.groups else ''}.{self.places}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.decimal == "," else text


def _is_usual(style: Style) -> bool:
    """Nobody groups thousands by points where commas separate the columns."""
    return not (style.delimiter == "," and style.decimal == "," and style.groups)


styles = st.builds(
    Style,
    st.sampled_from(DELIMITERS),
    st.sampled_from(",."),
    st.booleans(),
    st.sampled_from([*CLOCKS, *EPOCHS]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    st.none() | st.integers(0, 4),
).filter(_is_usual)
starts = st.datetimes(datetime(2001, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds it
values = st.floats(-1e6, 1e6, allow_nan=False) | st.integers(0, 3000).map(float)
tables = st.lists(st.tuples(st.integers(1, 90 * 86_400), values, values), min_size=1, max_size=12)


def written(style: Style, start: datetime, rows: list[tuple[int, float, float]]) -> tuple[str, list[Reading]]:
    """A file's text, and what it says."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=style.delimiter)
    writer.writerow(["Zeit", "öl", "p"] if style.is_wide else ["time", "sensor", "value"])
    said: list[Reading] = []
    when = start
    for step, oil, pressure in rows:
        when += timedelta(seconds=step)
        t_us = to_us(when) // style.unit_us * style.unit_us
        texts = {"öl": style.number(oil), "p": style.number(pressure)}
        if style.is_wide:
            writer.writerow([style.time(t_us), *texts.values()])
        else:
            writer.writerows([style.time(t_us), name, text] for name, text in texts.items())
        said += [(name, t_us, meant(style, text)) for name, text in texts.items()]
    return target.getvalue(), said


def meant(style: Style, text: str) -> float:
    group = "." if style.decimal == "," else ","
    return float(text.replace(group, "").replace(",", "."))


def imported(path: Path, how: TableMapping) -> list[Reading]:
    """As the worker reads it."""
    source = in_plain_utf_8(path, how.csv) if how.csv else path
    table = scan(source, how.format, how.csv)
    found = read(table.select(how.used).collect(), how, 1, repeats=survey(table, how))
    numbers = zip(found.which.tolist(), found.t_us.tolist(), found.value.tolist(), strict=True)
    return [(str(found.references[int(which)]), int(t_us), float(value)) for which, t_us, value in numbers]


@few_examples(10)
@given(style=styles, start=starts, rows=tables)
def test_what_was_written_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    style: Style,
    start: datetime,
    rows: list[tuple[int, float, float]],
) -> None:
    text, said = written(style, start, rows)
    path = tmp_path_factory.mktemp("dialect") / "file.csv"
    path.write_bytes(text.encode(style.encoding))
    try:
        shown = preview(path, None)
    except Invalid:
        return
    if shown.how is not None:
        assert set(imported(path, shown.how)) <= set(said)
    # Where it asks, the truth is among the answers.
    elif shown.candidates and len(shown.questions) == 1 and shown.questions[0].startswith("column"):
        assert any(set(imported(path, way)) <= set(said) for way in shown.candidates)


@few_examples(10)
@given(style=styles, start=starts, rows=tables)
def test_what_is_described_is_read_whole(
    tmp_path_factory: pytest.TempPathFactory,
    style: Style,
    start: datetime,
    rows: list[tuple[int, float, float]],
) -> None:
    text, said = written(style, start, rows)
    path = tmp_path_factory.mktemp("dialect") / "file.csv"
    path.write_bytes(text.encode(style.encoding))
    group = "," if style.decimal == "." else "."
    marks = {"decimal_comma": style.decimal == ",", "thousands": group if style.groups else ""}
    encoding = style.encoding.removesuffix("-sig")
    time = {"format": style.clock} if style.clock in EPOCHS else {"format": "pattern", "pattern": style.clock}
    time = {"format": "rfc3339"} if style.clock.endswith("+00:00") else time
    long = {"sensor": "sensor", "value": "value", "time": {"column": "time", **time}}
    wide = {"columns": {"öl": "öl", "p": "p"}, "time": {"column": "Zeit", **time}}
    described = {"csv": {"encoding": encoding, "delimiter": style.delimiter, **marks}, "format": "csv"}
    how = TableMapping.model_validate(described | (wide if style.is_wide else long))
    assert sorted(imported(path, how)) == sorted(said)


@few_examples(10)
@given(
    unit=st.sampled_from(["ms", "us", "ns"]),
    zone=st.sampled_from([None, "UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]),
    when=st.lists(starts, min_size=1, max_size=10),
    kind=st.sampled_from([pl.Float64, pl.Float32, pl.Int64, pl.Decimal(20, 3)]),
    write=st.sampled_from([pl.DataFrame.write_parquet, pl.DataFrame.write_ipc]),
)
def test_typed_columns_are_read_to_the_microsecond(
    tmp_path_factory: pytest.TempPathFactory,
    unit: str,
    zone: str | None,
    when: list[datetime],
    kind: pl.DataType,
    write: Callable[[pl.DataFrame, Path], object],
) -> None:
    times = pl.Series([time.replace(tzinfo=None) for time in when]).dt.cast_time_unit(unit)  # pyright: ignore[reportArgumentType]  # one of three
    if zone:
        times = times.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    value = pl.Series(range(len(when))).cast(kind)
    names = pl.Series(["s"] * len(when)).cast(pl.Categorical)
    path = tmp_path_factory.mktemp("typed") / "file"
    write(pl.DataFrame({"time": times, "sensor": names, "value": value}), path)
    how = preview(path, None).how
    assert how is not None
    step = 1000 if unit == "ms" else 1
    expected = [("s", to_us(time) // step * step, float(i)) for i, time in enumerate(when)]
    assert imported(path, how) == expected


def test_a_zone_that_is_said_places_every_clock(tmp_path: Path) -> None:
    zone = ZoneInfo("Europe/Berlin")
    when = [datetime(2026, 10, 24, 22, 0, tzinfo=UTC) + timedelta(minutes=10 * i) for i in range(40)]
    rows = "".join(f"{time.astimezone(zone):%d.%m.%Y %H:%M};{i},5\n" for i, time in enumerate(when))
    path = tmp_path / "german.csv"
    path.write_text(f"Zeit;p\n{rows}")
    how = preview(path, None).how
    assert how is not None
    how.time.zone = "Europe/Berlin"
    assert imported(path, how) == [("p", to_us(time), i + 0.5) for i, time in enumerate(when)]
