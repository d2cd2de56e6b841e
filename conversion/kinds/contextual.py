"""`contextual`: another channel chooses the profile."""

import math

from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.kind import Kind
from conversion.kinds.cases_formula import Case, Cases
from conversion.payload.fields import Fields
from conversion.payload.schema import inner, items, number, profile, text

MAX_CASES = 64


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
    return Cases(cases, default)


def _case(fields: Fields) -> Case:
    when = fields.inner("when")
    channel = when.required_text("channel")
    lo, hi = when.optional_number("min"), when.optional_number("max")
    when.end()
    if lo is None and hi is None:
        fields.note("when", "must have min or max")
    if lo is not None and hi is not None and lo >= hi:
        fields.note("when", "min must be below max")
    within = Interval(-math.inf if lo is None else lo, math.inf if hi is None else hi)
    case = Case(channel, within, fields.profile("profile"))
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
