"""`enumeration`: codes with names."""

import math
import re
from collections.abc import Sequence
from typing import final

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Formula
from conversion.formulas.labels import Labels
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.ranges import MAX_RANGES, Range, cover, ranges_schema, read_ranges
from conversion.payload.schema import text

_CODE = "^(0|-?[1-9][0-9]{0,14})$"


@final
class Enumeration(Parametric):
    """Raw as it is, with labels."""

    parameters = ()

    def __init__(self, ranges: Sequence[Range[str]]) -> None:
        self.labels = Labels(*cover(ranges, None))

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del parameters, aux, flags
        return raw.copy()

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """The same."""
        del domain
        return physical.copy()


def read(fields: Fields) -> Formula:
    """Read the labels, of single codes or of ranges of them."""
    if ("values" in fields) == ("ranges" in fields):
        fields.note("values", "there must be either values or ranges")
    singles = _single_codes(fields) if "values" in fields else []
    ranges = read_ranges(fields, "ranges", _label) if "ranges" in fields else []
    fields.close()
    return Enumeration(singles or ranges)


def _label(fields: Fields) -> str:
    return fields.required_text("label")


def _single_codes(fields: Fields) -> list[Range[str]]:
    """Ranges that hold one code each."""
    values = fields.inner("values")
    codes = values.unread
    if not 1 <= len(codes) <= MAX_RANGES or not all(re.fullmatch(_CODE, code) for code in codes):
        fields.note("values", f"must label 1 to {MAX_RANGES} whole numbers of up to 15 digits")
        return []
    labels = {float(code): values.required_text(code) for code in codes}
    return [Range(code, math.nextafter(code, math.inf), labels[code]) for code in sorted(labels)]


KIND = Kind(
    name="enumeration",
    title="Codes with names",
    description=(
        "States, modes and the like. The physical value stays the code, stored and counted as such; "
        "its label is resolved when somebody asks. ASAM MDF conversion types 7 and 8, XTCE enumerations."
    ),
    formula="physical = raw",
    valid_range="every raw value; those without a label stay without",
    accuracy="exact",
    source="by definition",
    properties={
        "values": {
            "description": "Labels of single codes, which are whole numbers.",
            "type": "object",
            "propertyNames": {"pattern": _CODE},
            "additionalProperties": text("Label of the code."),
            "minProperties": 1,
            "maxProperties": MAX_RANGES,
        },
        "ranges": ranges_schema("label", text("Label of every code in the range.")),
    },
    rules={"oneOf": [{"required": ["values"]}, {"required": ["ranges"]}]},
    example={"values": {"0": "closed", "1": "opening", "2": "open", "3": "closing", "-1": "blocked"}},
    read=read,
)
