"""Keeps texts in CSV from being run as formulas by a spreadsheet that opens the file."""

import re

import polars as pl

# Their first letter, in wide letters too.
_FORMULA = "^([=+\\-@\t\r\uff1d\uff0b\uff0d\uff20])"


def defused(frame: pl.DataFrame) -> pl.DataFrame:
    """Puts an apostrophe before names and texts that a spreadsheet would take for formulas."""
    cells = frame.with_columns(pl.selectors.string().str.replace(_FORMULA, "'${1}"))
    return cells.rename({name: f"'{name}" for name in frame.columns if re.match(_FORMULA, name)})
