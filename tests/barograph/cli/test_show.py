"""What people see: tables."""

from argparse import Namespace

import pytest

from barograph.cli.show import said
from barograph.cli.verb import Reply

TABLE = Namespace(json=False, field=None, csv=False)


def test_numbers_of_a_column_end_at_the_same_place() -> None:
    rows = [
        {"name": "rig-7", "seq": 9, "rate_hz": 141.5, "connected": True},
        {"name": "p", "seq": 120, "rate_hz": None, "connected": False},
    ]
    answer = said(Reply(rows=rows, columns=("name", "seq", "rate_hz", "connected")), TABLE)
    assert answer == (
        "NAME   SEQ  RATE HZ  CONNECTED\n"
        "rig-7    9    141.5  true\n"
        "p      120        -  false\n"
    )  # fmt: skip


def test_a_table_of_nothing_is_its_heads() -> None:
    assert said(Reply(rows=[], columns=("name", "seq")), TABLE) == "NAME  SEQ\n"


@pytest.mark.parametrize(
    ("periods", "shown"),
    [
        ([(None, None)], "always"),
        ([("2026-11-01", None)], "from 2026-11-01"),
        ([(None, "2026-11-01"), ("2026-11-02", "2026-11-03")], "until 2026-11-01,2026-11-02 to 2026-11-03"),
        ([], "-"),
    ],
)
def test_when_a_version_is_valid_is_told_in_words(
    periods: list[tuple[str | None, str | None]], shown: str
) -> None:
    validity = [{"valid_from": start, "valid_to": end} for start, end in periods]
    rows = [{"number": 1, "validity": validity}]
    assert said(Reply(rows=rows, columns=("validity",)), TABLE) == f"VALIDITY\n{shown}\n"
    assert said(Reply({"validity": validity}), TABLE) == f"validity:  {shown}\n"
