"""`bitfield`: some bits of a word, as a whole number."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import integer, truth

MAX_WORD = 2**53 - 1  # up to here a double holds every whole number
MAX_SHIFT = 52


@final
class Bitfield(Parametric):
    """(raw & mask) >> shift, with the top bit's weight negative if the field is signed."""

    domain = Interval(-float(MAX_WORD), float(MAX_WORD))

    def __init__(self, mask: int, shift: int, *, is_signed: bool) -> None:
        sign_bit = 1 << ((mask >> shift).bit_length() - 1) if is_signed else 0
        self.parameters = (float(mask), float(shift), float(sign_bit))

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        mask, shift, sign_bit = (np.asarray(parameter).astype(np.int64) for parameter in parameters)
        field = (raw.astype(np.int64) & mask) >> shift
        physical = ((field ^ sign_bit) - sign_bit).astype(np.float64)
        is_word = (raw == np.trunc(raw)) & (np.abs(raw) <= MAX_WORD)
        physical[~is_word] = np.nan
        return physical


def read(fields: Fields) -> Formula:
    """Read mask, shift and sign; something of the mask must be left after the shift."""
    mask, shift = fields.integer("mask", 1, MAX_WORD), fields.integer("shift", 0, MAX_SHIFT)
    is_signed = fields.truth("signed", default=False)
    if not mask >> shift:
        fields.note("shift", "leaves nothing of the mask")
    fields.close()
    return Bitfield(mask, shift, is_signed=is_signed)


KIND = Kind(
    name="bitfield",
    title="Bits of a word",
    description=(
        "Some bits of a word, as a whole number: status words, packed counters, signed codes that arrive in "
        "unsigned words. Negative words are taken in two's complement."
    ),
    formula="physical = (raw & mask) >> shift; if signed, minus twice the field's top bit where that is set",
    valid_range="whole numbers of up to 53 bits; of others the result is not finite",
    accuracy="exact",
    source="by definition",
    properties={
        "mask": integer("Which bits of the word.", 1, MAX_WORD),
        "shift": integer("How far they are moved down.", 0, MAX_SHIFT),
        "signed": truth("Whether the field is in two's complement.", default=False),
    },
    required=("mask", "shift"),
    # A 12-bit signed code in the upper bits of a 16-bit word, as many accelerometers deliver it.
    example={"mask": 65520, "shift": 4, "signed": True, "output_unit": "count"},
    read=read,
)
