"""What of an OpenAPI document a newer one no longer keeps. Adding is fine; taking away or asking for more
is not.

operation -> parameters, body (what clients send: must go on being taken)
          -> answers (what clients read: must go on being there)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
_UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
_LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """A line for each thing that a client of the old document may miss in the new one."""
    return list(_Comparison(old, new).operations())


def breaking_messages(old: Schema, new: Schema) -> list[str]:
    """The same of an AsyncAPI document: what one side sends, and the other must go on understanding."""
    return list(_Comparison(old, new).messages())


@dataclass(frozen=True)
class _Pair:
    """A schema before and after.

    Attributes:
        at: where it stands, for the reader.
        is_input: whether clients send it, rather than read it.
        seen: references being followed, so that a recursive schema ends.
    """

    old: Schema
    new: Schema
    at: str
    is_input: bool
    seen: frozenset[tuple[Any, Any]] = frozenset()

    def part(self, old: Schema, new: Schema, name: str) -> "_Pair":
        return _Pair(old, new, f"{self.at}{name}", self.is_input, self.seen)


@dataclass(frozen=True)
class _Comparison:
    old: Schema
    new: Schema

    def operations(self) -> Iterator[str]:
        for path, method in product(self.old["paths"], _METHODS):
            before = self.old["paths"][path].get(method)
            after = self.new["paths"].get(path, {}).get(method)
            at = f"{method.upper()} {path}"
            if before is not None and after is None:
                yield f"{at} is gone"
            elif before is not None:
                yield from self._parameters(before, after, at)
                yield from self._body(before, after, at)
                yield from self._answers(before, after, at)

    def messages(self) -> Iterator[str]:
        for operation in self.old["operations"].values():
            for reference in operation.get("messages", ()):
                name = reference["$ref"].rpartition("/")[2]
                before = self.old["components"]["messages"].get(name, {})
                after = self.new["components"]["messages"].get(name)
                if after is None:
                    yield f"message {name} is gone"
                else:
                    payloads = before.get("payload", {}), after.get("payload", {})
                    yield from self._schema(_Pair(*payloads, name, operation["action"] == "receive"))

    def _parameters(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        before, after = _parameters(old), _parameters(new)
        for key, parameter in before.items():
            where = f"{at}: {' '.join(key)}"
            if key not in after:
                yield f"{where} is gone"
            else:
                yield from self._schema(
                    _Pair(parameter["schema"], after[key]["schema"], where, is_input=True)
                )
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{at}: {' '.join(key)} is now required"

    def _body(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        before, after = old.get("requestBody", {}), new.get("requestBody", {})
        if after.get("required") and not before.get("required"):
            yield f"{at}: a body is now required"
        yield from self._contents(before, after, f"{at}: body", is_input=True)

    def _answers(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        for status, before in old["responses"].items():
            if not status.startswith("2"):
                continue
            after = new["responses"].get(status)
            if after is None:
                yield f"{at}: {status} is gone"
                continue
            for name in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"{at}: {status} header {name} is gone"
            yield from self._contents(before, after, f"{at}: {status}", is_input=False)

    def _contents(self, old: Schema, new: Schema, at: str, *, is_input: bool) -> Iterator[str]:
        for media_type, before in old.get("content", {}).items():
            after = new.get("content", {}).get(media_type)
            if after is None:
                yield f"{at} as {media_type} is gone"
            else:
                yield from self._schema(
                    _Pair(before.get("schema", {}), after.get("schema", {}), at, is_input)
                )

    def _schema(self, pair: _Pair) -> Iterator[str]:
        references = (pair.old.get("$ref"), pair.new.get("$ref"))
        if references in pair.seen:
            return
        seen = pair.seen if references == (None, None) else pair.seen | {references}
        before, after = _choices(self.old, pair.old), _choices(self.new, pair.new)
        yield from _null(pair, before, after)
        before, after = _without_null(before), _without_null(after)
        if len(before) == len(after) == 1:
            yield from self._one(_Pair(before[0], after[0], pair.at, pair.is_input, seen))
            return
        for choice in before:
            tries = (_Pair(choice, other, pair.at, pair.is_input, seen) for other in after)
            if not any(not list(self._one(each)) for each in tries):
                yield f"{pair.at}: a choice is gone, {choice.get('title') or choice.get('type')}"

    def _one(self, pair: _Pair) -> Iterator[str]:
        """Of schemas that offer no choice."""
        yield from _type(pair)
        yield from _values(pair)
        yield from _limits(pair) if pair.is_input else ()
        yield from self._fields(pair)
        for name, mark in (("items", "[]"), ("additionalProperties", ".*")):
            before, after = pair.old.get(name), pair.new.get(name)
            if isinstance(before, dict) and isinstance(after, dict):
                yield from self._schema(pair.part(before, after, mark))  # pyright: ignore[reportUnknownArgumentType]  # JSON

    def _fields(self, pair: _Pair) -> Iterator[str]:
        before, after = pair.old.get("properties", {}), pair.new.get("properties", {})
        for name, field in before.items():
            if name in after:
                yield from self._schema(pair.part(field, after[name], f".{name}"))
            else:
                yield f"{pair.at}.{name} is gone"
        old_needs, new_needs = set(pair.old.get("required", ())), set(pair.new.get("required", ()))
        if pair.is_input:
            yield from (f"{pair.at}.{name} is now required" for name in sorted(new_needs - old_needs))
            if (
                pair.new.get("additionalProperties") is False
                and pair.old.get("additionalProperties") is not False
            ):
                yield f"{pair.at}: unknown fields are now refused"
        else:
            kept = (old_needs - new_needs) & after.keys()
            yield from (f"{pair.at}.{name} may now be absent" for name in sorted(kept))


def _parameters(operation: Schema) -> dict[tuple[str, str], Schema]:
    return {(each["in"], each["name"].lower()): each for each in operation.get("parameters", ())}


def _choices(document: Schema, schema: Schema) -> list[Schema]:
    """What a schema offers: itself, or the alternatives it is made of."""
    if "$ref" in schema:
        *_, kind, name = schema["$ref"].split("/")
        return _choices(document, document["components"][kind][name])
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return [each for choice in schema[name] for each in _choices(document, choice)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": each} for each in schema["type"]]
    return [schema]


def _without_null(choices: list[Schema]) -> list[Schema]:
    return [choice for choice in choices if choice.get("type") != "null"]


def _null(pair: _Pair, before: list[Schema], after: list[Schema]) -> Iterator[str]:
    was, now = ({"type": "null"} in [{"type": c.get("type")} for c in choices] for choices in (before, after))
    if pair.is_input and was and not now:
        yield f"{pair.at} can no longer be null"
    if not pair.is_input and now and not was:
        yield f"{pair.at} may now be null"


def _type(pair: _Pair) -> Iterator[str]:
    old, new = pair.old.get("type"), pair.new.get("type")
    narrow, wide = (old, new) if pair.is_input else (new, old)
    if old != new and wide is not None and (narrow, wide) != ("integer", "number"):
        yield f"{pair.at} was {old or 'anything'}, is {new or 'anything'}"


def _values(pair: _Pair) -> Iterator[str]:
    old, new = _enumerated(pair.old), _enumerated(pair.new)
    if old is not None and new is not None:
        yield from (f"{pair.at} {value!r} is gone" for value in old if value not in new)
    elif pair.is_input and new is not None:
        yield f"{pair.at} takes only some values now"


def _enumerated(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _limits(pair: _Pair) -> Iterator[str]:
    for name in _UPPER + _LOWER:
        old, new = pair.old.get(name), pair.new.get(name)
        if new is None or new == old:
            continue
        if old is None or (new < old if name in _UPPER else new > old):
            yield f"{pair.at} {name} was {old}, is {new}"
    for name in ("pattern", "format"):
        if pair.new.get(name) not in {None, pair.old.get(name)}:
            yield f"{pair.at} {name} was {pair.old.get(name)}, is {pair.new[name]}"
