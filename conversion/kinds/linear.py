"""`linear`: gain and offset. ASAM MDF conversion type 1, A2L LINEAR, NI linear scale, EPICS ESLO/EOFF."""

from conversion.formula import Formula
from conversion.horner import Polynomial
from conversion.payload import Fields


def read(fields: Fields) -> Formula:
    """physical = slope · raw + offset.

    `slope` in output units per input unit, `offset` in output units. Holds for every raw value unless
    `domain` says otherwise; accurate to one rounding of each operation.
    """
    slope, offset = fields.number("slope"), fields.number("offset")
    fields.close()
    return Polynomial((offset, slope))
