"""What an error says: something, always."""

import re
from pathlib import Path

import pytest

from barograph.plain_words import error_text, plain_words

ROOT = Path(__file__).parent.parent.parent
AS_TEXT = re.compile(r"\berror=str\(")
PROGRAMS = ["api", "backfill", "barograph", "events", "ingest"]


class WordlessError(Exception):
    """As drivers raise, now and then."""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "TimeoutError"),
        (WordlessError(" \n"), "WordlessError"),
        (ValueError("no number \n"), "no number"),
    ],
)
def test_an_error_without_words_is_named(error: Exception, text: str) -> None:
    assert error_text(error) == text


def test_plain_words_are_never_empty() -> None:
    assert plain_words(WordlessError()) == "WordlessError"


def test_no_line_of_a_log_leaves_the_reason_empty() -> None:
    """`str` of an error may be."""
    files = [path for program in PROGRAMS for path in (ROOT / program).rglob("*.py")]
    assert [path.name for path in files if AS_TEXT.search(path.read_text(encoding="utf-8"))] == []
