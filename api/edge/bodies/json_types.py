"""Numbers and booleans of JSON are what they are: "5" is no number, and neither are true and false.

Pydantic takes either for a number by default, so that a mistake becomes a value that nobody meant.
"""

from typing import Any, cast

from pydantic_core import CoreSchema, PydanticKnownError, core_schema


def take_json_types(schema: CoreSchema) -> CoreSchema:
    """The schema of a body whose numbers and booleans are converted from nothing else."""
    return cast("CoreSchema", _rewritten(schema))


def _rewritten(part: object) -> object:
    if isinstance(part, list):
        return [_rewritten(each) for each in cast("list[object]", part)]
    if not isinstance(part, dict):
        return part
    node = cast("dict[str, Any]", part)
    match node.get("type"):
        case "float" | "bool":
            return {**node, "strict": True}
        case "int":
            # 5.0 is a whole number in JSON, which `strict` would refuse.
            return core_schema.no_info_before_validator_function(_no_text, cast("CoreSchema", node))
        case _:
            kept = {"default", "metadata"}
            return {name: each if name in kept else _rewritten(each) for name, each in node.items()}


def _no_text(value: object) -> object:
    if isinstance(value, str | bytes | bool):
        raise PydanticKnownError("int_type")
    return value
