import pytest

from conversion.payload import schema
from tools.reference.fields import table, type_of


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (schema.number("n"), "number"),
        (schema.positive("n"), "number, above 0"),
        (schema.number("n", maximum=5), "number, at most 5"),
        (schema.integer("n", 2, 4), "whole number, from 2 to 4"),
        (schema.truth("n", default=True), "true or false"),
        (schema.numbers("n", 1, 32), "1 to 32 numbers"),
        (schema.pair("n"), "2 numbers"),
        (schema.pairs("n", 2, 9), "2 to 9 pairs of numbers"),
        (schema.choice("n", ["a", "b"]), '`"a"`, `"b"`'),
        ({"oneOf": [{"const": "ohm"}, {"type": "object"}, {"type": "object"}]}, '`"ohm"` or object'),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of texts"),
        ({"type": "array", "items": {"type": "object"}, "minItems": 1}, "1 or more objects"),
    ],
)
def test_types_are_said_in_a_few_words(part: schema.Schema, words: str) -> None:
    assert type_of(part) == words


def test_inner_fields_get_rows_of_their_own() -> None:
    inner = schema.inner("Outer.", {"b": schema.number("Inner | more.", default=1.0)}, ("b",))
    rows = table(schema.members({"a": inner}, ())).splitlines()[2:]
    assert rows == ["| `a` | object |  | Outer. |", "| `a.b` | number | required | Inner \\| more. |"]


def test_fields_that_exclude_each_other_are_named_below() -> None:
    parts = {"a": schema.number("A."), "b": schema.number("B.")}
    rules = {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert table({**schema.members(parts, ()), **rules}).endswith("\n\nEither `a`, or `b`.")
