"""`contextual`: another channel chooses the profile."""

import math
from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats, Indices
from conversion.channels import positions, union
from conversion.flags import EXPLAINED
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import Interval
from conversion.formulas.runs import Runs
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import inner, items, number, profile, text
from conversion.profile import CompiledProfile
from conversion.profile_set import ProfileSet

MAX_CASES = 64


class ContextCase(NamedTuple):
    """A profile, and when it holds: while the channel's value is `within`, the upper end not included."""

    channel: str
    within: Interval
    profile: CompiledProfile


@final
class ProfileChoice(Formula):
    """A choice among profiles: the first whose case holds, or the default if none does."""

    def __init__(self, cases: Sequence[ContextCase], default: CompiledProfile) -> None:
        self.cases = tuple(cases)
        self.profiles = (*(case.profile for case in cases), default)
        self.channels = union(self.profiles, *(case.channel for case in cases))
        self.input_unit, self.output_unit = default.input_unit, default.output_unit
        self._family = ProfileChoices([self])

    @property
    def group_key(self) -> GroupKey:
        """The channels that decide, and those that each profile takes."""
        deciding = tuple(self.channels.index(case.channel) for case in self.cases)
        taken = tuple(positions(profile, self.channels) for profile in self.profiles)
        return GroupKey(ProfileChoices, (deciding, taken))

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        return self._family.evaluate(Runs.of(np.zeros(len(raw), np.intp)), raw, aux, flags)


class ProfileChoices(Family):
    """Choices with the same number of cases, which depend on the same of their channels.

    The profiles of all choices form one set.
    """

    def __init__(self, members: Sequence[ProfileChoice]) -> None:
        first = members[0]  # all have the same group key
        self._set = ProfileSet([profile for member in members for profile in member.profiles])
        self._size = len(first.profiles)
        self._deciding = [first.channels.index(case.channel) for case in first.cases]
        self._within = np.array([[case.within for case in member.cases] for member in members])
        self._columns = _padded([positions(profile, first.channels) for profile in first.profiles])

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        chosen = self._choose(runs, aux)
        which = runs.spread(runs.which) * self._size + chosen
        rows, stacked = np.arange(len(raw)), np.array(aux)
        physical, own_flags = self._set.convert(
            which, raw, [stacked[column[chosen], rows] for column in self._columns.T]
        )
        flags |= own_flags
        flags[np.isnan(physical)] |= EXPLAINED
        return physical

    def _choose(self, runs: Runs, aux: Columns) -> Indices:
        """The case of each row, counted from 0; the default comes after the last."""
        chosen = np.full(runs.count, self._size - 1, np.intp)
        for position, column in reversed(list(enumerate(self._deciding))):
            lo, hi = (runs.spread(end[runs.which]) for end in self._within[:, position].T)
            chosen[(aux[column] >= lo) & (aux[column] < hi)] = position
        return chosen


def _padded(rows: Sequence[tuple[int, ...]]) -> Indices:
    """intp[row, longest row]. Short rows are filled up with 0, which is never read."""
    longest = max(len(row) for row in rows)
    return np.array([row + (0,) * (longest - len(row)) for row in rows], np.intp).reshape(len(rows), longest)


def read(fields: Fields) -> Formula:
    """Read the cases and the default, whose units must not differ."""
    default = fields.profile("default")
    cases = [_case(each) for each in fields.each("cases", 1, MAX_CASES)]
    for i, case in enumerate(cases):
        for name in ("input_unit", "output_unit"):
            expected, declared = getattr(default, name), getattr(case.profile, name)
            if expected is not None and declared not in (None, expected):
                fields.note(f"cases/{i}/profile/payload/{name}", f"must be {expected}, as in the default")
    fields.close()
    return ProfileChoice(cases, default)


def _case(fields: Fields) -> ContextCase:
    when = fields.inner("when")
    channel = when.required_text("channel")
    lo, hi = when.optional_number("min"), when.optional_number("max")
    when.end()
    if lo is None and hi is None:
        fields.note("when", "must have min or max")
    if lo is not None and hi is not None and lo >= hi:
        fields.note("when", "min must be below max")
    within = Interval(-math.inf if lo is None else lo, math.inf if hi is None else hi)
    case = ContextCase(channel, within, fields.profile("profile"))
    fields.end()
    return case


KIND = Kind(
    name="contextual",
    title="Profile by context",
    description=(
        "Another channel chooses the profile: a range switch, a gain setting, the side of a temperature. The "
        "first case holds whose channel lies from min up to, but not including, max; if none does, the "
        "default. Every channel that is named must have a value. XTCE context calibrators."
    ),
    formula="physical = f(raw), f being the profile of the first case that holds, else the default",
    valid_range="that of the profile chosen",
    accuracy="that of the profile chosen",
    source="OMG XTCE 1.2, ContextCalibratorList",
    properties={
        "cases": items(
            "In the order in which they are tried.",
            inner(
                "A profile, and when it holds.",
                {
                    "when": inner(
                        "Where the other channel's value must lie.",
                        {
                            "channel": text("The other channel."),
                            "min": number("Lowest value."),
                            "max": number("All values below this one."),
                        },
                        ("channel",),
                    ),
                    "profile": profile("The profile that holds then."),
                },
                ("when", "profile"),
            ),
            1,
            MAX_CASES,
        ),
        "default": profile("The profile that holds otherwise."),
    },
    required=("cases", "default"),
    # An amplifier with two ranges: its range switch is read back by a channel of its own.
    example={
        "cases": [
            {
                "when": {"channel": "range switch", "min": 0.5, "max": 1.5},
                "profile": {"kind": "linear", "payload": {"slope": 0.1, "offset": 0, "output_unit": "V"}},
            }
        ],
        "default": {"kind": "linear", "payload": {"slope": 1, "offset": 0, "output_unit": "V"}},
    },
    read=read,
)
