"""A kind of profile: what it computes, what its payload looks like, and how that becomes a formula."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from conversion.formulas.formula import Formula
from conversion.payload.fields import Fields
from conversion.payload.schema import DIALECT, SHARED_FIELDS, Schema, members


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One file in `conversion/kinds` defines one of these as `KIND`. All texts are for people to read."""

    name: str
    title: str

    description: str
    """What it is for, and what other systems call it."""

    formula: str
    """physical as a function of raw and the payload's fields."""

    valid_range: str
    """The raw values for which the formula holds by itself; a payload's domain narrows it."""

    accuracy: str
    """How far the result may be from the formula's source, the sensor's own error aside."""

    source: str
    """Where the formula and its constants are published."""

    properties: Mapping[str, Schema]
    """JSON Schema of the payload's own fields."""

    example: Mapping[str, object]
    """A payload that compiles, as plain JSON."""

    read: Callable[[Fields], Formula]
    """Takes the payload's own fields, and closes it. Raises `InvalidProfile`."""

    required: tuple[str, ...] = ()
    rules: Schema = field(default_factory=dict[str, object])
    """Further keywords of the payload's schema, such as `oneOf`, where fields depend on each other."""

    input_unit: str | None = None
    """Unit of raw values if it follows from the kind alone."""

    output_unit: str | None = None
    """Unit of physical values if it follows from the kind alone."""

    def schema(self) -> dict[str, object]:
        """JSON Schema of the whole payload, the fields that all kinds share included."""
        return {
            "$schema": DIALECT,
            "title": self.title,
            "description": self.description,
            **members({**self.properties, **SHARED_FIELDS}, self.required),
            **self.rules,
            "examples": [dict(self.example)],
        }
