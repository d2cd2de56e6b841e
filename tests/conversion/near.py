"""Payloads near a kind's example: some compile, some are wrong in one or two places."""

import copy
from typing import Any, cast

from hypothesis import strategies as st

from conversion.kind import Kind

Members = dict[str, Any]

_values = st.one_of(
    st.floats(-100, 100),
    st.integers(-5, 70_000),
    st.floats(),
    st.sampled_from([None, True, "", "a", 0, -1, 1e308, 10**400, {}, [], [1], [[1, 2]], {"min": 1}]),
)


@st.composite
def near_payloads(draw: st.DrawFn, kind: Kind) -> Members:
    """The kind's example with up to three changes."""
    payload = copy.deepcopy(dict(kind.example))
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, payload, kind.schema())
    return payload


def _change(draw: st.DrawFn, node: Members | list[Any], schema: Members) -> None:
    """Go down to any depth, and change something there."""
    deeper = [place for place in _places(node) if isinstance(node[place], dict | list)]
    if deeper and draw(st.booleans()):
        place = draw(st.sampled_from(deeper))
        _change(draw, node[place], _schema_of(schema, place))
    elif isinstance(node, dict):
        _change_object(draw, node, schema.get("properties", {}))
    else:
        _change_list(draw, node)


def _change_list(draw: st.DrawFn, items: list[Any]) -> None:
    place = draw(st.integers(0, len(items)))
    if place == len(items) or draw(st.booleans()):
        items.insert(place, _fresh(draw(_values | st.sampled_from(items or [0]))))
    elif draw(st.booleans()):
        items[place] = _fresh(draw(_values))
    else:
        del items[place]


def _change_object(draw: st.DrawFn, members: Members, known: Members) -> None:
    name = draw(st.sampled_from([*members, *known, "unknown"]))
    if name in members and draw(st.booleans()):
        del members[name]
    else:
        members[name] = _fresh(draw(_values | st.sampled_from(_suggested(known.get(name, {})))))


def _suggested(schema: Members) -> list[Any]:
    """What the schema itself suggests for a field."""
    return [*schema.get("enum", ()), *schema.get("examples", ()), schema.get("default", 1)]


def _fresh(value: object) -> object:
    """A copy, since a later change may go inside."""
    return copy.deepcopy(value)


def _places(node: Members | list[Any]) -> list[Any]:
    return list(node) if isinstance(node, dict) else list(range(len(node)))


def _schema_of(schema: Members, place: str | int) -> Members:
    inside = schema.get("properties", {}).get(place) if isinstance(place, str) else schema.get("items")
    return cast("Members", inside or {})
