"""Files that are broken, or made to do harm: a clear refusal, and little memory."""

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.errors import Invalid
from barograph.tables.files import arrow_limits as arrow_messages
from barograph.tables.files import parquet_limits as parquet_footer
from barograph.tables.files.formats import check, detect
from barograph.tables.preview import preview
from tests.examples import few_examples

TABLE = pl.DataFrame({"sensor": ["s0", "s1"], "time": [1_700_000_000, 1_700_000_001], "value": [1.0, 2.0]})
Check = Callable[[io.BytesIO], None]


def written(write: Callable[[pl.DataFrame, io.BytesIO], object], table: pl.DataFrame = TABLE) -> bytes:
    buffer = io.BytesIO()
    write(table, buffer)
    return buffer.getvalue()


PARQUET = written(pl.DataFrame.write_parquet)
ARROW = written(pl.DataFrame.write_ipc)
STREAM = written(pl.DataFrame.write_ipc_stream)
CHECKS: list[tuple[bytes, Check]] = [
    (PARQUET, parquet_footer.check),
    (ARROW, arrow_messages.check_file),
    (STREAM, arrow_messages.check_stream),
]


@pytest.mark.parametrize(("whole", "check_it"), CHECKS)
def test_whole_files_pass(whole: bytes, check_it: Check) -> None:
    check_it(io.BytesIO(whole))


@settings(max_examples=100, deadline=None)
@given(
    which=st.sampled_from(CHECKS),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=5),
    length=st.floats(0, 1),
)
def test_damage_is_passed_over_or_refused(
    which: tuple[bytes, Check], changes: list[tuple[float, int]], length: float
) -> None:
    whole, check_it = which
    damaged = bytearray(whole)
    for place, byte in changes:
        damaged[int(place * len(whole))] = byte
    with suppress(Invalid):
        check_it(io.BytesIO(bytes(damaged[: int(length * len(whole))])))


contents = st.binary(max_size=300) | st.text(max_size=300).map(str.encode)


@few_examples(10)
@given(content=contents)
def test_any_bytes_are_shown_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    with suppress(Invalid):
        preview(path, None)


def test_a_few_bytes_that_stand_for_too_many_rows_are_refused(tmp_path: Path) -> None:
    rows = 6_000_000
    table = pl.select(value=pl.repeat(1.0, rows))
    table.write_parquet(tmp_path / "parquet", row_group_size=rows)
    table.write_ipc(tmp_path / "arrow", compression="zstd", record_batch_size=rows)
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 100_000
        with pytest.raises(Invalid, match="6,000,000 rows"):
            check(path, detect(path))


def test_large_texts_count_as_well(tmp_path: Path) -> None:
    table = pl.DataFrame({"text": ["x" * 2**20] * 300})
    path = tmp_path / "file"
    table.write_ipc(path, compression="zstd", record_batch_size=300)
    with pytest.raises(Invalid, match="bytes"):
        check(path, detect(path))
