"""Names that people write, against factors worked out by hand."""

import pytest

from barograph.units import are_same, is_unit, line_between
from tests.barograph.units.real_names import RealName, labels, real_names

NAMES = real_names()


def test_there_are_several_hundred() -> None:
    assert len({name.text for name in NAMES}) > 500


@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{name.text} in {name.base}")
def test_a_name_means_what_its_definition_says(name: RealName) -> None:
    line = line_between(name.text, name.base)
    assert line is not None
    assert line == (pytest.approx(name.slope, rel=1e-11), pytest.approx(name.offset, abs=1e-10))


@pytest.mark.parametrize("text", labels())
def test_what_is_no_unit_equals_only_itself(text: str) -> None:
    assert not is_unit(text)
    assert are_same(text, text)
    assert line_between(text, text) == (1, 0)
    assert line_between(text, "V") is None
