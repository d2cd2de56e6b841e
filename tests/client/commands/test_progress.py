"""The line that a sending command shows."""

import io

import pytest
from barograph_client.commands.progress import ProgressLine


def test_a_share_is_a_bar() -> None:
    text = ProgressLine(io.StringIO()).text(1_234_567, 0.5, "waits")
    assert text.startswith(f"[{'#' * 12}{'.' * 12}] 50%  1,234,567 readings  ")
    assert "waits" in text
    assert text.endswith(" s left")


@pytest.mark.parametrize("share", [None, 0.0, 1.0])
def test_nothing_divides_by_nothing(share: float | None) -> None:
    assert "0 readings" in ProgressLine(io.StringIO()).text(0, share, "")


def test_only_the_last_line_is_written_where_nobody_looks() -> None:
    out = io.StringIO()
    line = ProgressLine(out)
    assert not line.is_due
    line.finish(3, "3 stored")
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()
