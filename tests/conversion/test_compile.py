import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversion import KINDS, InvalidProfile, compile_profile
from tests.conversion.profiles import Profile, profiles

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
known_names = st.sampled_from(
    [
        *("slope", "offset", "coefficients", "center", "scale", "points"),
        *("domain", "range", "out_of_domain", "input_unit", "output_unit"),
    ]
)
near_payloads = st.dictionaries(known_names, json_values | st.lists(st.lists(st.floats(-9, 9))), max_size=6)
near_profiles = st.fixed_dictionaries({"kind": st.sampled_from(sorted(KINDS)), "payload": near_payloads})


def faults_if_any(profile: object) -> tuple[tuple[str, str], ...] | None:
    try:
        compile_profile(profile)
    except InvalidProfile as error:
        return error.errors
    return None


def faults(profile: object) -> dict[str, str]:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile(profile)
    return dict(caught.value.errors)


@given(json_values | near_profiles)
def test_any_json_compiles_or_is_refused_with_pointers_into_it(profile: object) -> None:
    errors = faults_if_any(profile)
    assert errors is None or errors
    for pointer, detail in errors or ():
        assert pointer == "" or pointer.startswith("/")
        assert detail


@given(profiles())
def test_a_profile_keeps_its_hash_through_json(profile: Profile) -> None:
    shuffled = dict(reversed(list(json.loads(json.dumps(profile)).items())))
    assert compile_profile(shuffled).content_hash == compile_profile(profile).content_hash


def test_a_profile_that_is_no_object_is_refused_as_a_whole() -> None:
    assert faults([1]) == {"": "must be an object", "/kind": "is required"}


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    assert "piecewise_linear" in faults({"kind": "splin", "payload": {}})["/kind"]


def test_unknown_fields_are_refused_wherever_they_are() -> None:
    assert faults({"kind": "identity", "colour": 1}) == {"/colour": "unknown field"}
    assert faults({"kind": "identity", "payload": {"a/b~c": 1}}) == {"/payload/a~1b~0c": "unknown field"}
    bounds = {"kind": "identity", "payload": {"domain": {"least": 1}}}
    assert faults(bounds) == {"/payload/domain/least": "unknown field"}


def test_all_faults_are_told_at_once() -> None:
    payload = {"slope": True, "range": {"min": 2, "max": 1}, "out_of_domain": "ignore", "input_unit": ""}
    assert set(faults({"kind": "linear", "payload": payload})) == {
        "/payload/slope",
        "/payload/offset",
        "/payload/range",
        "/payload/out_of_domain",
        "/payload/input_unit",
    }


def test_a_flood_of_faults_is_cut_short() -> None:
    points = [[0, "x"]] * 10_000
    assert len(faults({"kind": "piecewise_linear", "payload": {"points": points}})) == 50


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, "1", None, False, [1]])
def test_only_finite_numbers_are_numbers(number: object) -> None:
    assert set(faults({"kind": "linear", "payload": {"slope": number, "offset": 0}})) == {"/payload/slope"}


@pytest.mark.parametrize("unit", ["", "x" * 201, "m\u0000s", "\ud800", 5])
def test_a_unit_is_a_short_printable_text(unit: object) -> None:
    assert set(faults({"kind": "identity", "payload": {"output_unit": unit}})) == {"/payload/output_unit"}


def test_units_are_kept() -> None:
    profile = compile_profile({"kind": "identity", "payload": {"input_unit": "count", "output_unit": "m/s"}})
    assert (profile.input_unit, profile.output_unit) == ("count", "m/s")


def test_a_domain_beside_the_tables_points_is_refused() -> None:
    payload = {"points": [[0, 0], [1, 1]], "domain": {"min": 2}}
    assert set(faults({"kind": "piecewise_linear", "payload": payload})) == {"/payload/domain"}


def test_the_error_message_names_pointers_and_details() -> None:
    with pytest.raises(InvalidProfile, match="/payload/slope: is required; /payload/offset: is required"):
        compile_profile({"kind": "linear"})
