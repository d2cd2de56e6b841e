"""No extreme is lost at any zoom, and the legend is exact: checked through the modules that Explore draws by.

A window is asked for as the page does, step by step, and drawn with a pen that writes down where it went.
"""

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from barograph.local.portal.build import install_tools, portal_folders
from barograph.local.portal.node import ensure_node
from barograph.settings import Settings
from tests.examples import few_examples
from tests.portal.plots.spiked import SpikedSensor, make_spiked_sensor
from tests.portal.rig import PortalRig
from tests.programs import ROOT

HEIGHT = 240
SHORTEST_US, LONGEST_US = 100, 90 * 1_000_000


class Drawing:
    """Node.js with the portal's modules."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self.questions, self.answers = questions, answers

    def steps(self, **question: object) -> list[dict[str, Any]]:
        """What is drawn of a window, from the first picture to the finest."""
        self.questions.write(json.dumps({"height": HEIGHT, **question}) + "\n")
        self.questions.flush()
        return json.loads(self.answers.readline())


@contextmanager
def drawing_for(rig: PortalRig) -> Generator[Drawing]:
    folders = portal_folders(Settings())
    install_tools(folders)
    node = ensure_node(folders)
    token = rig.server.log_in(rig.people["viewer"].email)["access_token"]
    environment = {"BAROGRAPH_API_URL": rig.server.url, "BAROGRAPH_TOKEN": token}
    with subprocess.Popen(
        [node.node, "tests/plot/drawing.ts"],
        cwd=ROOT / "portal",
        env=os.environ | node.environment | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        yield Drawing(program.stdin, program.stdout)
        program.stdin.close()


@pytest.fixture(scope="module")
def drawing(rig: PortalRig) -> Generator[Drawing]:
    with drawing_for(rig) as drawing:
        yield drawing


@pytest.fixture(scope="module")
def spiked(rig: PortalRig) -> SpikedSensor:
    return make_spiked_sensor(rig, "extremes/spiked", seed=6)


@st.composite
def windows(draw: st.DrawFn) -> tuple[float, int]:
    """Where about, as a share of the data, and how long: each order of magnitude as often."""
    magnitude = draw(st.floats(np.log10(SHORTEST_US), np.log10(LONGEST_US)))
    return draw(st.floats(-0.1, 1.1)), round(10**magnitude)


@given(window=windows(), width=st.integers(60, 1600), layer=st.sampled_from(["physical", "raw"]))
@few_examples(25)
def test_each_spike_is_drawn_and_the_legend_is_that_of_all_readings(
    drawing: Drawing, spiked: SpikedSensor, window: tuple[float, int], width: int, layer: str
) -> None:
    check_window(drawing, spiked, window, width, layer)


@given(spike=st.integers(0, 39), magnitude=st.floats(2, 7.9), width=st.integers(60, 1600))
@settings(max_examples=15, deadline=None)
def test_a_window_about_a_spike_shows_it(
    drawing: Drawing, spiked: SpikedSensor, spike: int, magnitude: float, width: int
) -> None:
    about = spiked.t_us[spiked.spikes[spike]] - spiked.from_us
    share = float(about / (spiked.to_us - spiked.from_us))
    found = check_window(drawing, spiked, (share, round(10**magnitude)), width, "physical")
    assert found >= 1


def check_window(
    drawing: Drawing, spiked: SpikedSensor, window: tuple[float, int], width: int, layer: str
) -> int:
    """How many spikes lie in it; each is drawn in its own column of pixels, in every step."""
    share, length_us = window
    from_us = spiked.from_us + round(share * (spiked.to_us - spiked.from_us)) - length_us // 2
    to_us = from_us + length_us
    values = spiked.raw if layer == "raw" else spiked.physical
    is_inside = (spiked.t_us >= from_us) & (spiked.t_us < to_us)
    spikes = spiked.spikes[is_inside[spiked.spikes]]
    steps = drawing.steps(sensor=spiked.id, layer=layer, fromUs=from_us, toUs=to_us, width=width)
    for step in steps:
        check_legend(step["totals"], values[is_inside])
        points = np.array(step["points"], dtype=float).reshape(-1, 2)
        for spike in spikes:
            y = (1 - (values[spike] - step["low"]) / (step["high"] - step["low"])) * HEIGHT
            x = (spiked.t_us[spike] - from_us) / length_us * width
            # A bucket is drawn at its middle.
            reach = 1 + step["bucket_us"] / length_us * width
            column = points[np.abs(points[:, 0] - x) <= reach, 1]
            assert 0 <= y <= HEIGHT
            # A greater one beside it may be drawn over it.
            assert column.size, (spike, x)
            assert column.min() <= y + 1e-6, (spike, x, y)
            assert column.max() >= y - 1e-6, (spike, x, y)
    return spikes.size


def check_legend(totals: dict[str, Any], values: NDArray[np.float64]) -> None:
    assert totals["count"] == values.size
    if not values.size:
        return
    assert (totals["min"], totals["max"]) == (values.min(), values.max())
    assert totals["mean"] == pytest.approx(values.mean(), rel=1e-12, abs=1e-12)
    if values.size > 1:
        assert totals["stddev"] == pytest.approx(values.std(ddof=1), rel=1e-9)
