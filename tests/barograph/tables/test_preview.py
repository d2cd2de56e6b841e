"""Guesses: what people's files look like, and how they are read by themselves."""

from pathlib import Path
from typing import Any

import pytest

from barograph.errors import Invalid
from barograph.tables.preview import Preview, preview


def shown(tmp_path: Path, content: str | bytes) -> Preview:
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return preview(path, None)


def first(found: Preview) -> tuple[str, str, float | None]:
    reading = found.readings[0]
    return reading.sensor, reading.time.removesuffix(".000000Z"), reading.value


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("sensor,time,value\np,2015-01-01T00:00:00Z,1.5\n", ("p", "2015-01-01T00:00:00", 1.5)),
        ("\ufeffsensor,time,value\np,2015-01-01T00:00:00Z,1.5\n", ("p", "2015-01-01T00:00:00", 1.5)),
        ("time,value,sensor\r\n2015-01-01 00:00:00,1.5,p\r\n", ("p", "2015-01-01T00:00:00", 1.5)),
        ("Zeit;Druck\n01.02.2015 12:00:00;1,5\n", ("Druck", "2015-02-01T12:00:00", 1.5)),
        ("timestamp\tp\tq\n1420070400\t1.5\t2\n", ("p", "2015-01-01T00:00:00", 1.5)),
        ("ts|p\n1420070400000|1.5\n", ("p", "2015-01-01T00:00:00", 1.5)),
        ('"time","p, inlet"\n"2015-01-01T00:00:00Z","1.5"\n', ("p, inlet", "2015-01-01T00:00:00", 1.5)),
        ("2015-01-01T00:00:00Z,1.5\n2015-01-01T00:00:01Z,2\n", ("column_1", "2015-01-01T00:00:00", 1.5)),
        ("time,p\n2015-01-01T00:00:00Z,1.5", ("p", "2015-01-01T00:00:00", 1.5)),
    ],
)
def test_usual_files_are_read_without_being_told(
    tmp_path: Path, content: str, expected: tuple[Any, ...]
) -> None:
    assert first(shown(tmp_path, content)) == expected


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_other_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    found = shown(tmp_path, "time;Öl °C\n2015-01-01T00:00:00Z;1,5\n".encode(encoding))
    assert first(found) == ("Öl °C", "2015-01-01T00:00:00", 1.5)


def test_columns_without_numbers_are_left_out(tmp_path: Path) -> None:
    found = shown(tmp_path, "time,note,p\n2015-01-01T00:00:00Z,warm,1\n")
    assert found.how is not None
    assert found.how.columns == {"p": "p"}


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "time,note\n2015-01-01T00:00:00Z,x\n", "time,p\n"])
def test_nothing_is_guessed_where_nothing_suggests_itself(tmp_path: Path, content: str) -> None:
    assert shown(tmp_path, content).how is None


@pytest.mark.parametrize("content", [b"", b" \n", b"\x1f\x8b\x08", b"\xff\xff\xff\xff\0\0\0\0"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Invalid):
        shown(tmp_path, content)
