"""The units that a table names: in a row below its header, or in the names of its columns."""

import re
from collections.abc import Mapping, Sequence

from barograph.units import is_unit

_IN_BRACKETS = re.compile(r"^(?P<name>.+?)[\s_]*[\[(](?P<unit>[^\[\]()]{1,40})[\])]\s*$")


def units_of(names: Sequence[str], below_header: Mapping[str, str]) -> dict[str, str]:
    """The unit that is said of each column, unless it is none that is known."""
    said = {name: below_header.get(name) or _bracketed(name) for name in names}
    return {name: unit for name, unit in said.items() if unit and is_unit(unit)}


def _bracketed(name: str) -> str:
    """The text in brackets at the end: `Pressure [bar]`."""
    found = _IN_BRACKETS.match(name)
    return found["unit"].strip() if found else ""
