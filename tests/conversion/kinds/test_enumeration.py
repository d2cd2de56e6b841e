import numpy as np
import pytest
from numpy.testing import assert_array_equal

from conversion import CompiledProfile, InvalidProfile, compile_profile


def enumeration(**payload: object) -> CompiledProfile:
    return compile_profile({"kind": "enumeration", "payload": payload})


VALVE = enumeration(values={"0": "closed", "1": "open", "-1": "blocked"})


def labels(profile: CompiledProfile, *codes: float) -> list[str | None]:
    assert profile.labels is not None
    return profile.labels.of(np.array(codes))


def test_the_physical_value_stays_the_code() -> None:
    raw = np.array([0.0, 1, -1, 7, -0.0])
    physical, flags = VALVE.convert(raw)
    assert physical.tobytes() == raw.tobytes()
    assert not flags.any()
    assert_array_equal(VALVE.inverse(physical), raw)


def test_labels_are_resolved_when_asked_for() -> None:
    assert labels(VALVE, 0, -1, 1, 1, 2, 0.5, np.nan) == [
        "closed",
        "blocked",
        "open",
        "open",
        None,
        None,
        None,
    ]


def test_ranges_of_codes_share_a_label() -> None:
    alarm = enumeration(
        ranges=[{"from": 0, "to": 16, "label": "info"}, {"from": 32, "to": 64, "label": "alarm"}]
    )
    assert labels(alarm, -1, 0, 15, 16, 32, 63.5, 64) == [None, "info", "info", None, "alarm", "alarm", None]


def test_other_kinds_have_no_labels() -> None:
    assert compile_profile({"kind": "identity"}).labels is None


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({}, "/payload/values"),
        ({"values": {}}, "/payload/values"),
        ({"values": {"1": "a"}, "ranges": [{"from": 0, "to": 1, "label": "b"}]}, "/payload/values"),
        ({"values": {"open": "a"}}, "/payload/values"),
        ({"values": {"1.5": "a"}}, "/payload/values"),
        ({"values": {"1\n": "a"}}, "/payload/values"),
        ({"values": {"01": "a"}}, "/payload/values"),
        ({"values": {"1": ""}}, "/payload/values/1"),
        ({"values": {"1": 5}}, "/payload/values/1"),
        ({"values": ["a"]}, "/payload/values"),
        ({"ranges": [{"from": 0, "to": 1}]}, "/payload/ranges/0/label"),
    ],
)
def test_wrong_labels_are_refused_where_they_are_wrong(payload: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        enumeration(**payload)
    assert {place for place, _ in caught.value.errors} == {pointer}
