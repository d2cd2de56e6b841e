"""Files for import that pyarrow writes in all its ways: we read what it reads, or say why not."""

import io
from collections.abc import Callable
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.errors import Invalid
from barograph.tables.files.formats import check, detect
from barograph.tables.preview import preview
from barograph.tables.scan import batches, scan, schema_of
from tests.files.other_reader import arrow_of, parquet_of, pyarrow

pa, pq, ipc = pyarrow(), pyarrow("parquet"), pyarrow("ipc")
Columns = dict[str, list[Any]]

some = st.none() | st.floats(allow_nan=False)
rows = st.lists(
    st.tuples(st.none() | st.text(max_size=9), st.integers(0, 2**53), some, some), min_size=1, max_size=40
)
parquet_ways: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "compression": st.sampled_from(["none", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "data_page_size": st.sampled_from([1, 100, 2**20]),
        "row_group_size": st.sampled_from([1, 10, 10_000]),
        "use_dictionary": st.booleans(),
        "write_statistics": st.booleans(),
        "use_deprecated_int96_timestamps": st.booleans(),
    }
)
arrow_ways: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"compression": st.sampled_from([None, "lz4", "zstd"]), "rows": st.none() | st.integers(1, 20)}
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "file"


def table_of(cells: list[tuple[str | None, int, float | None, float | None]]) -> Any:  # noqa: ANN401
    """Names, times, numbers, and numbers with runs of nulls, five times over."""
    names, times, values, more = zip(*cells * 5, strict=True)
    return pa.table(
        {
            "sensor": pa.array(names, pa.string()),
            "time": pa.array([time // 1000 * 1000 for time in times], pa.timestamp("us", "UTC")),
            "value": pa.array(values, pa.float64()),
            "more": pa.array([None] * len(more) if cells[0][0] is None else more, pa.float32()),
        }
    )


def ours(path: Path, rows_at_once: int = 7) -> Columns:
    """What we read, in pieces."""
    file_format = detect(path)
    check(path, file_format)
    table = scan(path, file_format, None)
    names = list(schema_of(table))
    pieces = list(batches(table, names, rows_at_once))
    return in_utc({name: [value for piece in pieces for value in piece[name].to_list()] for name in names})


def in_utc(columns: Columns) -> Columns:
    """The same, with times as instants: those of 96 bits are UTC, though they don't say so."""
    return columns | {"time": [time.replace(tzinfo=UTC) for time in columns["time"]]}


@settings(max_examples=30)
@given(cells=rows, ways=parquet_ways)
def test_parquet_is_read_as_pyarrow_reads_it(path: Path, cells: Any, ways: dict[str, Any]) -> None:  # noqa: ANN401
    path.write_bytes(parquet_of(table_of(cells), **ways))
    assert ours(path) == in_utc(pq.read_table(path).to_pydict())


@settings(max_examples=30)
@given(cells=rows, ways=arrow_ways)
def test_arrow_is_read_as_pyarrow_reads_it(path: Path, cells: Any, ways: dict[str, Any]) -> None:  # noqa: ANN401
    path.write_bytes(arrow_of(table_of(cells), "file", **ways))
    read = ipc.open_file(io.BytesIO(path.read_bytes())).read_all()
    assert ours(path) == in_utc(read.to_pydict())


UNUSUAL: dict[str, Callable[[], Any]] = {
    "list": lambda: pa.array([[1], [2, 3], None]),
    "struct": lambda: pa.array([{"a": 1}] * 3),
    "map": lambda: pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int8())),
    "decimal of 256 bits": lambda: pa.array([1] * 3).cast(pa.decimal256(60, 0)),
    "list view": lambda: pa.array([[1]] * 3, pa.list_view(pa.int8())),
    "runs": lambda: pa.RunEndEncodedArray.from_arrays([2, 3], [1.0, 2.0]),
    "interval": lambda: pa.array([pa.MonthDayNano([1, 1, 1])] * 3),
    "view of bytes": lambda: pa.array([b"1"] * 3, pa.binary_view()),
    "duration": lambda: pa.array([1] * 3).cast(pa.duration("us")),
    "sparse union": lambda: pa.UnionArray.from_sparse(
        pa.array([0, 1, 0], pa.int8()), [pa.array([1.0] * 3), pa.array(["a"] * 3)]
    ),
}


@pytest.mark.parametrize("write", [parquet_of, partial(arrow_of, kind="file")], ids=["parquet", "arrow"])
@pytest.mark.parametrize("name", UNUSUAL)
def test_a_file_with_an_unusual_type_is_shown_or_refused_in_our_words(
    path: Path, write: Callable[[Any], bytes], name: str
) -> None:
    columns = {"time": pa.array([1, 2, 3], pa.timestamp("us", "UTC")), "p": pa.array([1.0, 2.0, 3.0])}
    try:
        path.write_bytes(write(pa.table(columns | {"more": UNUSUAL[name]()})))
    except pa.ArrowNotImplementedError:
        pytest.skip("pyarrow does not write it so")
    words = shown_values(path)
    assert words == [1.0, 2.0, 3.0] or "unwrap" not in str(words)


def shown_values(path: Path) -> list[float | None] | str:
    """Values of the readings that a preview shows, or why it doesn't."""
    try:
        return [reading.value for reading in preview(path, None).readings]
    except Invalid as refusal:
        return refusal.detail


def test_an_encrypted_file_is_refused_as_such(path: Path) -> None:
    path.write_bytes(b"PARE" + bytes(100) + b"PARE")
    with pytest.raises(Invalid, match="encrypted"):
        check(path, detect(path))
