"""Values and steps of metrics, as scripts have them at hand."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from barograph_client.analysis.runs.points import points_of


def points(values: Mapping[str, Any], step: Any = None) -> list[tuple[str, int, float]]:  # noqa: ANN401 - any
    return [(name, at, value) for name, at, value, _ in points_of(values, step, 0)]


@pytest.mark.parametrize("step", [3, np.int64(3), np.array(3)])
def test_a_step_is_a_whole_number_of_any_kind(step: object) -> None:
    assert points({"loss": np.float32(0.5)}, step) == [("loss", 3, 0.5)]


@pytest.mark.parametrize("step", [3.0, "3", None, [3]])
def test_a_step_that_is_none_is_refused(step: object) -> None:
    with pytest.raises(ValueError, match="needs one step, a whole number"):
        points({"loss": 0.5}, step)


def test_sequences_bring_as_many_steps() -> None:
    expected = [("loss", 4, 0.5), ("loss", 8, 0.25)]
    for values in ([0.5, 0.25], (0.5, 0.25), np.array([0.5, 0.25])):
        assert points({"loss": values}, [4, 8]) == expected
        assert points({"loss": values}, np.array([4, 8])) == expected
    with pytest.raises(ValueError, match="as many steps"):
        points({"loss": [0.5, 0.25]}, 3)


@pytest.mark.parametrize("value", ["0.5", {"inner": 1.0}, None, [[1.0, 2.0]], np.zeros((2, 2))])
def test_what_is_no_number_is_named(value: object) -> None:
    step = 0 if value is None or isinstance(value, str) else None
    with pytest.raises(TypeError, match=r"^loss is .*, which is no number"):
        points({"loss": value}, step)
