"""`chain`: profiles one after the other."""

from conversion.formulas.formula import Formula
from conversion.kind import Kind
from conversion.kinds.chain_formula import Chain
from conversion.payload.fields import Fields
from conversion.payload.schema import items, profile

MAX_STAGES = 16


def read(fields: Fields) -> Formula:
    """Read the stages; where two of them name the unit between them, it must be the same text."""
    stages = fields.profiles("stages", 1, MAX_STAGES)
    for i in range(1, len(stages)):
        given, taken = stages[i - 1].output_unit, stages[i].input_unit
        if given is not None and taken not in (None, given):
            fields.note(f"stages/{i}/payload/input_unit", f"must be {given}, as the stage before gives it")
    fields.close()
    return Chain(stages)


KIND = Kind(
    name="chain",
    title="Chain of profiles",
    description=(
        "Profiles one after the other: the physical value of one is the raw value of the next, as from a "
        "converter's code to volts to mV/V to newtons. Each keeps its own limits, and their flags gather. "
        "Units between stages must be the same text where both stages name one."
    ),
    formula="physical = fₙ(… f₂(f₁(raw)))",
    valid_range="that of the first stage, as far as every stage's result lies within the next one's",
    accuracy="that of the stages",
    source="by definition",
    properties={"stages": items("From the first to the last.", profile("A stage."), 1, MAX_STAGES)},
    required=("stages",),
    # Texas Instruments ADS1232 evaluation: 24 bits over ±19.53 mV, a 5 V bridge, 2 mV/V for 10 kg.
    example={
        "stages": [
            {
                "kind": "adc",
                "payload": {
                    "bits": 24,
                    "reference_v": 2.5,
                    "gain": 128,
                    "coding": "twos_complement",
                    "output_unit": "V",
                },
            },
            {
                "kind": "bridge",
                "payload": {
                    "two_point": [[0, 0], [2, 10]],
                    "excitation_v": 5,
                    "input_unit": "V",
                    "output_unit": "kg",
                },
            },
            {"kind": "linear", "payload": {"slope": 9.80665, "offset": 0, "output_unit": "N"}},
        ]
    },
    read=read,
)
