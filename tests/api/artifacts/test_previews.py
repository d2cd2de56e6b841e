"""What is shown of files without opening them, and what of hostile ones."""

import io
import json
import os

import polars as pl
import pytest

from barograph.artifacts.previews import MAX_LINES, MAX_ROWS, preview_head
from tests.api.artifacts.filing import Filing

FRAME = pl.DataFrame({"time": [1, 2, 3], "p1": [0.5, 1.5, None]})

NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "source": ["# Fit"]},
            {
                "cell_type": "code",
                "execution_count": 3,
                "source": ["x = 1\n", "x + 1"],
                "outputs": [{"output_type": "display_data", "data": {"image/png": "A" * 100_000}}],
            },
            {"cell_type": "code", "execution_count": None, "source": ""},
        ]
    }
).encode()


def parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def test_files_are_shown_by_what_they_hold(files: Filing) -> None:
    def shown(content: bytes, **fields: object) -> dict[str, object]:
        return files.person.read(f"/artifacts/{files.file(content, **fields)['id']}/preview")

    text = shown("Grüße\n".encode() * 3, name="notes.md")
    assert (text["form"], text["text"], text["is_cut"]) == ("text", "Grüße\n" * 3, False)
    table = shown(b"time;p1\n1;0,5\n2;1,5\n", name="log.csv")
    assert (table["form"], table["rows"]) == ("table", [["time", "p1"], ["1", "0,5"], ["2", "1,5"]])
    schema = shown(parquet(FRAME), name="log.parquet")
    assert (schema["form"], schema["rows_total"]) == ("schema", 3)
    assert schema["fields"] == [{"name": "time", "type": "Int64"}, {"name": "p1", "type": "Float64"}]
    notebook = shown(NOTEBOOK, name="fit.ipynb")
    assert (notebook["form"], notebook["text"]) == ("text", "# Fit\n\nIn [3]:\nx = 1\nx + 1")
    for odd in (b"{}", b"[" * 100_000, b'{"cells": [1, {"cell_type": "code", "source": 7}]}'):
        assert shown(odd, name="odd.ipynb")["form"] == "text"
    assert shown(b"\x89PNG", content_type="image/png")["form"] == "image"
    assert shown(b"%PDF", content_type="application/pdf")["form"] == "pdf"
    for odd in (b"\0\1\2", b"\xff\xfe\xfd\xfc", b"PAR1", b"PAR1" + b"\xff\xff\xff\xffPAR1"):
        assert shown(odd, name="odd")["form"] == "none"
    unfinished = files.announce(b"x")["id"]
    assert files.person.get(f"/artifacts/{unfinished}/preview").status_code == 409


def test_a_lying_footer_costs_no_server(files: Filing) -> None:
    whole = parquet(FRAME)
    broken = whole[:-40] + os.urandom(32) + whole[-8:]
    made = files.file(broken, name="lies.parquet")["id"]
    assert files.person.get(f"/artifacts/{made}/preview").status_code == 422
    assert files.person.get("/projects").status_code == 200


def test_long_files_are_cut() -> None:
    lines = preview_head(b"line\n" * (MAX_LINES + 1), "long.log", True)
    assert (lines.text.count("\n"), lines.is_cut) == (MAX_LINES, True)
    rows = preview_head(b"a,b\n" * (MAX_ROWS + 1), "long.csv", True)
    assert (len(rows.rows), rows.is_cut) == (MAX_ROWS, True)
    # The last line and character of a head may be cut anywhere.
    head = preview_head(b"a,b\n1,2\n3", "head.csv", False)
    assert head.rows == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_head_that_ends_within_a_character_is_text(cut: int) -> None:
    content = ("a" + "\U0001f600").encode()[: 1 + cut]
    assert preview_head(content, "n", False).text == "a"
