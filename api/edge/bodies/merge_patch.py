"""JSON merge patch (RFC 7396) of a body: any of its fields, null clearing them.

A patch is laid on what is stored and the result validated whole, so that a PATCH can't make what a
POST would refuse. Clearing a field gives it its default; one without a default can't be cleared.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast, get_args

from fastapi.exceptions import RequestValidationError
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from api.edge.bodies.fields import Input

Fields = TypeVar("Fields", bound=Input)


class MergePatch(Generic[Fields]):
    """A patch of `Fields`, as in `body: Annotated[MergePatch[SensorFields], Body()]`."""

    def __init__(self, model: type[Fields], changes: dict[str, Any]) -> None:
        self._model = model
        self._changes = changes

    def __contains__(self, field: str) -> bool:
        """Whether the patch names this field."""
        return field in self._changes

    @property
    def names(self) -> frozenset[str]:
        """The fields that the patch names."""
        return frozenset(self._changes)

    def apply(self, stored: Mapping[str, Any]) -> Fields:
        """The fields of the stored row, with the patch on top.

        Raises:
            RequestValidationError: the result is not valid.
        """
        fields = self._model.model_fields.items()
        current = {field.alias or name: stored[field.alias or name] for name, field in fields}
        # Merging drops what is null; a field that nobody knows is refused all the same.
        unknown = {name: None for name in self._changes if name not in current}
        return _validate(self._model, merge(current, self._changes) | unknown)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        (model,) = get_args(source)
        objects = core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())
        return core_schema.no_info_after_validator_function(
            lambda changes: cls(model, changes), objects, metadata={"patched": model}
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # By itself: the model of a patch need not be anywhere else in the document.
        patched: type[Input] = schema.get("metadata", {})["patched"]
        return _all_optional(_written_out(patched.model_json_schema())) | {
            "examples": [patched.patch_example]
        }


def merge(target: object, patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396, section 2, for a patch that is an object. Neither argument is changed."""
    merged: dict[str, Any] = dict(cast("dict[str, Any]", target)) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = merge(merged.get(name), cast("dict[str, Any]", value))
        else:
            merged[name] = value
    return merged


def _validate(model: type[Fields], document: dict[str, Any]) -> Fields:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise RequestValidationError(
            [fault | {"loc": ("body", *fault["loc"])} for fault in error.errors()]
        ) from error


def _written_out(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema with what it refers to in its place."""
    definitions: dict[str, Any] = schema.get("$defs", {})

    def written_out(part: object) -> object:
        if isinstance(part, list):
            return [written_out(each) for each in cast("list[object]", part)]
        if not isinstance(part, dict):
            return part
        mapping = cast("dict[str, object]", part)
        if isinstance(reference := mapping.get("$ref"), str):
            rest = {name: each for name, each in mapping.items() if name != "$ref"}
            return written_out(definitions[reference.rpartition("/")[2]] | rest)
        return {name: written_out(each) for name, each in mapping.items() if name != "$defs"}

    return cast("JsonSchemaValue", written_out(schema))


def _all_optional(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a patch: nothing is required, and null stands wherever a value may."""
    properties = {
        name: {"anyOf": [{k: v for k, v in field.items() if k != "default"}, {"type": "null"}]}
        for name, field in schema["properties"].items()
    }
    patch = {k: v for k, v in schema.items() if k != "required"}
    return patch | {"title": f"{schema['title']}Patch", "properties": properties}
