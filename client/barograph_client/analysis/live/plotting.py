"""A small live plot for notebooks: frames from a thread to a widget, whose JavaScript lies beside it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from barograph_client.analysis.extra import LateModule
from barograph_client.analysis.live.following import FollowingPart, LiveFrames
from barograph_client.analysis.readings.series import Layer
from barograph_client.analysis.references import References
from barograph_client.errors import ClientError

SCRIPT = Path(__file__).parent / "live_plot.js"
_ANYWIDGET, _TRAITLETS = LateModule("anywidget", "notebook"), LateModule("traitlets", "notebook")
Picture = dict[str, Any]


class PlotFeed:
    """A thread that takes in what comes, and shows it, until it is stopped or nobody looks any more."""

    def __init__(self, frames: LiveFrames, show: Callable[[Picture], bool]) -> None:
        self._frames, self._show = frames, show
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="barograph plot", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it at the next message, a few seconds later at most."""
        self._is_over.set()

    def join(self, timeout_s: float | None = None) -> None:
        """Waits until it has ended."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while not self._is_over.is_set():
                self._frames.advance()
                if not self._show(picture_of(self._frames)):
                    break
        except ClientError as error:
            self._show(picture_of(self._frames, str(error)))
        finally:
            self._frames.close()


class PlottingPart(FollowingPart):
    """Live plots."""

    def live_plot(
        self,
        sensors: References,
        window: str = "60s",
        *,
        columns: int = 300,
        layer: Layer = "physical",
        rate_hz: float = 5.0,
    ) -> Any:  # noqa: ANN401 - a widget, whose class is made once anywidget is there
        """A plot that follows its sensors, for a notebook's cell. Its `stop()` ends it.

        Raises:
            ExtraMissing: anywidget is not installed.
        """
        widget = _widget_class()()
        mine = weakref.ref(widget)

        def show(picture: Picture) -> bool:
            shown = mine()
            if shown is not None:
                shown.picture = picture
            return shown is not None

        frames = self.live(sensors, window, columns=columns, layer=layer, rate_hz=rate_hz)
        widget.stop = PlotFeed(frames, show).stop
        return widget


def picture_of(frames: LiveFrames, note: str = "") -> Picture:
    """The held readings as the widget draws them."""
    window = frames.window
    series = [
        _series(frames, number, channel)
        for number, channel in enumerate(window.channels)
        if "sensor_id" in channel
    ]
    start_us = window.server_us - window.length_us
    return {"from_us": start_us, "to_us": window.server_us, "series": series, "note": note}


def empty_picture() -> Picture:
    """Before anything has come."""
    return {"from_us": 0, "to_us": 1, "series": [], "note": "waiting for readings"}


def _series(frames: LiveFrames, number: int, channel: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    window = frames.window
    held = window.columns.get(number) or {name: np.empty(0) for name in window.names}
    lowest, highest, last = ("value",) * 3 if window.kind == "samples" else ("min", "max", "last")
    ends = _spoken(held[last])
    return {
        "key": frames.key_of(channel["sensor_id"]),
        "unit": channel["unit"],
        "t_us": held["t_us"].tolist(),
        "min": _spoken(held[lowest]),
        "max": _spoken(held[highest]),
        "last": ends[-1] if ends else None,
    }


def _spoken(values: Any) -> list[float | None]:  # noqa: ANN401 - a column
    """JSON has no NaN."""
    return [value if np.isfinite(value) else None for value in values.tolist()]


def _widget_class() -> Any:  # noqa: ANN401 - a subclass of anywidget's
    fields = {
        "_esm": SCRIPT,
        "picture": _TRAITLETS.Dict(empty_picture()).tag(sync=True),
        "__doc__": "A live plot.",
    }
    return type("LivePlot", (_ANYWIDGET.AnyWidget,), fields)
