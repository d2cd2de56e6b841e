"""JSON Schema (draft 2020-12) of payloads: the fragments kinds build theirs from, and the shared fields.

A schema never refuses what `compile_profile` accepts. It may accept more: that the points of a table
rise, for one, is more than a schema can say.
"""

from collections.abc import Mapping, Sequence

from conversion.auxiliary import DEFAULT_MAX_AGE_S, MAX_MAX_AGE_S
from conversion.formulas.limits import POLICIES
from conversion.payload.fields import MAX_TEXT

Schema = Mapping[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def number(description: str, **keywords: object) -> Schema:
    """A number; `keywords` are JSON Schema's, such as `default` or `exclusiveMinimum`."""
    return {"description": description, "type": "number", **keywords}


def positive(description: str, **keywords: object) -> Schema:
    """A number above 0."""
    return number(description, exclusiveMinimum=0, **keywords)


def numbers(description: str, at_least: int, at_most: int) -> Schema:
    """A list of numbers."""
    return items(description, {"type": "number"}, at_least, at_most)


def integer(description: str, lo: int, hi: int, **keywords: object) -> Schema:
    """A whole number from `lo` to `hi`."""
    return {"description": description, "type": "integer", "minimum": lo, "maximum": hi, **keywords}


def truth(description: str, *, default: bool) -> Schema:
    """True or false."""
    return {"description": description, "type": "boolean", "default": default}


def pair(description: str) -> Schema:
    """A list of two numbers."""
    return numbers(description, 2, 2)


def pairs(description: str, at_least: int, at_most: int) -> Schema:
    """A list of two-number lists."""
    two = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return items(description, two, at_least, at_most)


def items(description: str, item: Schema, at_least: int, at_most: int) -> Schema:
    """A list of `item`."""
    return {
        "description": description,
        "type": "array",
        "items": item,
        "minItems": at_least,
        "maxItems": at_most,
    }


def choice(description: str, options: Sequence[str], **keywords: object) -> Schema:
    """One of a few words."""
    return {"description": description, "enum": list(options), **keywords}


def text(description: str) -> Schema:
    """A short text."""
    return {"description": description, "type": "string", "minLength": 1, "maxLength": MAX_TEXT}


def profile(description: str) -> Schema:
    """A whole profile inside another one."""
    kind = {"description": "Name of the kind.", "type": "string"}
    payload = {"description": "What the kind needs.", "type": "object"}
    return {"description": description, **members({"kind": kind, "payload": payload}, ("kind",))}


def inner(description: str, properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    """An object of exactly these fields."""
    return {"description": description, **members(properties, required)}


def members(properties: Mapping[str, Schema], required: Sequence[str]) -> dict[str, object]:
    """The keywords of an object that knows all its fields."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _interval(description: str) -> Schema:
    return inner(description, {"min": number("Lowest value inside."), "max": number("Highest value inside.")})


SHARED_FIELDS: Mapping[str, Schema] = {
    "domain": _interval("The raw values for which the profile is known to hold."),
    "range": _interval("The physical values that can occur."),
    "out_of_domain": choice(
        "What becomes of values beyond; they are flagged in every case. By default tables clamp, "
        "formulas extrapolate.",
        tuple(POLICIES),
    ),
    "input_unit": text("Unit of the raw values."),
    "output_unit": text("Unit of the physical values."),
    "max_age_s": positive(
        "How old another channel's value may be, seconds, where the profile needs one.",
        default=DEFAULT_MAX_AGE_S,
        maximum=MAX_MAX_AGE_S,
    ),
}
"""Fields that every payload may have."""
