"""Makes plain JSON of what scripts log: NumPy's numbers, paths and times are as welcome as JSON's own
types.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any, cast


def texts_of(given: str | Sequence[str]) -> list[str]:
    """Several texts; a single one stands for a list of it, not for its letters."""
    return [given] if isinstance(given, str) else list(given)


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    """The same as JSON can say it; what is strange becomes its text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Sequence | set | frozenset):
        return [plain(each) for each in cast("Sequence[object]", value)]
    if callable(to_list := getattr(value, "tolist", None)):  # of NumPy: a number or a list
        return plain(to_list())
    return str(value)
