"""The line of a row with too many fields is named, as whoever opens the file counts it."""

from pathlib import Path
from typing import Any

import pytest

from barograph.tables.files.dialect import Dialect
from barograph.tables.files.long_rows import LongRow, find_long_row

LOGGER = "logger 7\n\ntime;p\n# a;b;c\ns;bar\n1;2\n\n3;4;5\n"


@pytest.mark.parametrize(
    ("text", "dialect", "found"),
    [
        ("a,b\n1,2\n3,4,5\n", {}, LongRow(3, 3, 2)),
        ('a,b\n"1\n1",2\n3,4,5\n', {}, LongRow(4, 3, 2)),
        (LOGGER, {"delimiter": ";", "skip_lines": 2, "comment": "#"}, LongRow(8, 3, 2)),
        ("1  2\n 3\t4 5 \n", {"delimiter": " ", "has_header": False}, LongRow(2, 3, 2)),
        ("a,b\n1\n2,3\n", {}, None),
        ("", {}, None),
    ],
)
def test_the_first_row_that_is_too_long(
    tmp_path: Path, text: str, dialect: dict[str, Any], found: LongRow | None
) -> None:
    for encoding in ("utf-8", "utf-16"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(text.encode(encoding))
        assert find_long_row(path, Dialect.model_validate(dialect | {"encoding": encoding})) == found
