"""`chain`: profiles one after the other."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.channels import positions, union
from conversion.flags import EXPLAINED
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import UNBOUNDED, Interval
from conversion.formulas.runs import Runs
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import items, profile
from conversion.profile import CompiledProfile
from conversion.profile_set import ProfileSet

MAX_STAGES = 16


@final
class ProfileChain(Formula):
    """A chain of profiles. The output of one stage is the input of the next.

    Each stage keeps its own limits, and the flags of all stages add up.
    """

    def __init__(self, stages: Sequence[CompiledProfile]) -> None:
        self.stages = tuple(stages)
        self.channels = union(stages)
        first = stages[0].limits
        self.domain, self.beyond = first.domain or UNBOUNDED, first.beyond
        self.full_scale, self.fault_free = first.full_scale, first.fault_free
        self.labels = stages[-1].labels
        self.input_unit, self.output_unit = stages[0].input_unit, stages[-1].output_unit
        self._family = ProfileChains([self])

    @property
    def group_key(self) -> GroupKey:
        """How many stages there are, and which channels each of them takes."""
        return GroupKey(ProfileChains, tuple(positions(stage, self.channels) for stage in self.stages))

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        return self._family.evaluate(Runs.of(np.zeros(len(raw), np.intp)), raw, aux, flags)

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """Through the stages from the last to the first."""
        del domain
        for stage in reversed(self.stages):
            physical = stage.inverse(physical)
        return physical


class ProfileChains(Family):
    """Chains of the same length whose stages take the same of their channels. Each stage is a set."""

    def __init__(self, members: Sequence[ProfileChain]) -> None:
        columns = [positions(stage, members[0].channels) for stage in members[0].stages]
        stages = zip(*(member.stages for member in members), strict=True)
        self._stages = [(ProfileSet(stage), own) for stage, own in zip(stages, columns, strict=True)]

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        which = runs.spread(runs.which)
        values = raw
        for stage, own_columns in self._stages:
            had_value = ~np.isnan(values)
            values, own_flags = stage.convert(which, values, [aux[column] for column in own_columns])
            flags[had_value] |= own_flags[had_value]  # what came as NaN has its reason already
        flags[np.isnan(values)] |= EXPLAINED
        return values


def read(fields: Fields) -> Formula:
    """Read the stages; where two of them name the unit between them, it must be the same text."""
    stages = fields.profiles("stages", 1, MAX_STAGES)
    for i in range(1, len(stages)):
        given, taken = stages[i - 1].output_unit, stages[i].input_unit
        if given is not None and taken not in (None, given):
            fields.note(f"stages/{i}/payload/input_unit", f"must be {given}, as the stage before gives it")
    fields.close()
    return ProfileChain(stages)


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
