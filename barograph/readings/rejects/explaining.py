"""Explains a reject in words, where its code and the sent value don't say what is wrong. Pure."""

import json
from typing import cast

from pydantic_core import from_json

from barograph.readings.rejects.reject_codes import RejectCode
from barograph.similar import did_you_mean

READING_FIELDS = frozenset({"sensor", "time", "t_us", "value"})
"""Of a reading in a JSON body."""


def explain(code: int, text: str | None) -> str | None:
    """Explains a reject by its code and its kept text; None if there is nothing to add.

    A field that stands behind where a long text was cut is not named.
    """
    if code != RejectCode.BAD_VALUE or text is None or not text.startswith("{"):
        return None
    try:
        sent = from_json(text.removesuffix("…"), allow_partial="trailing-strings")
    except ValueError:
        return None
    names = list(cast("dict[str, object]", sent))
    unknown = [name for name in names if name not in READING_FIELDS]
    if not unknown or len(unknown) == len(names):
        return None
    said = ", ".join(json.dumps(name, ensure_ascii=False) for name in unknown)
    hint = did_you_mean(unknown[0], READING_FIELDS - {*names}) if len(unknown) == 1 else ""
    return f"a reading has no {said}.{hint}"
