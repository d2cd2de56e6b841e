"""What every kind promises, checked on each one's example and on payloads near it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conversion import KINDS, InvalidProfile, compile_profile
from conversion.kind import Kind
from tests.conversion.near import near_payloads

VALIDATORS = {kind.name: Draft202012Validator(kind.schema()) for kind in KINDS.values()}

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def validates(kind: Kind, payload: Mapping[str, object]) -> bool:
    # The stubs' type of JSON is recursive, which the type checker takes for unknown.
    return VALIDATORS[kind.name].is_valid(payload)  # pyright: ignore[reportUnknownMemberType, reportArgumentType]


def faults(kind: Kind, payload: object) -> tuple[tuple[str, str], ...]:
    try:
        compile_profile({"kind": kind.name, "payload": payload})
    except InvalidProfile as error:
        return error.errors
    return ()


@every_kind
def test_the_example_compiles_and_validates(kind: Kind) -> None:
    Draft202012Validator.check_schema(kind.schema())
    assert validates(kind, kind.example)
    assert compile_profile({"kind": kind.name, "payload": dict(kind.example)}).kind == kind.name


@every_kind
def test_every_text_for_people_is_there(kind: Kind) -> None:
    texts = (kind.title, kind.description, kind.formula, kind.valid_range, kind.accuracy, kind.source)
    assert all(texts)
    for name, schema in kind.properties.items():
        assert schema.get("description"), name


@every_kind
@settings(max_examples=50)
@given(data=st.data())
def test_schema_and_compiler_agree_on_what_is_wrong(kind: Kind, data: st.DataObject) -> None:
    payload: dict[str, Any] = data.draw(near_payloads(kind))
    errors = faults(kind, payload)
    if not validates(kind, payload):
        assert errors, "the schema refuses what the compiler accepts"
    for pointer, detail in errors:
        assert pointer.startswith("/payload")
        assert detail
