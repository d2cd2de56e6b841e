"""Questions about readings: statistics over time, samples for plots, and every reading."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from barograph_client.analysis.answers.tables import arrow_frame
from barograph_client.analysis.extra import pl
from barograph_client.analysis.moments import Moment, moment
from barograph_client.analysis.references import Reference, References, optional_id, optional_run_id
from barograph_client.analysis.scope import ClientPart
from barograph_client.analysis.transport.transport import ARROW

Layer = Literal["physical", "raw"]
Layers = Literal["physical", "raw", "both"]
Shape = Literal["long", "wide"]
Fill = Literal["none", "null", "previous", "linear"]
Downsampling = Literal["minmax", "m4", "lttb"]


class SeriesTable(NamedTuple):
    """A table, and what the API says of how it was made (`docs/queries.md`, What meta says)."""

    frame: pl.DataFrame
    meta: Mapping[str, Any]


class SeriesPart(ClientPart):
    """Questions about readings."""

    def series(
        self,
        sensors: References | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        bucket: str | None = None,
        stat: str | Sequence[str] | None = None,
        max_points: int | None = None,
        columns: int | None = None,
        downsample: Downsampling | None = None,
        run: Reference | None = None,
        capture_session: Reference | None = None,
        align: Literal["start"] | None = None,
        layer: Layer | None = None,
        fill: Fill | None = None,
        max_gap: str | None = None,
        tz: str | None = None,
        offset: str | None = None,
        as_of: Moment | None = None,
        labels: bool = False,
        shape: Shape | None = None,
    ) -> pl.DataFrame:
        """Statistics of sensors over time: `client.series(["p1", "t1"], "-1h", bucket="1s")`.

        A row for each sensor and bucket, or with `shape="wide"` one for each bucket. The mean, unless `stat`
        names others. At most 1,000 points, unless `bucket`, `max_points` or `columns` says otherwise.

        Args:
            sensors: keys or ids; without, all of the run or capture session.
            start, end: the period, half-open: `"-1h"`, RFC 3339, or a datetime. Without, the last hour, or
                all of the run or capture session.
            bucket: its length, as in `"100ms"`, `"10s"`, `"1d"`.
            columns: what a plot of so many columns shows: first, min, max, last, count.
            downsample: readings that a plot needs, in place of statistics; with `max_points`.
            align: `"start"` counts time from the start of the period, run or session: `elapsed_us`.
            as_of: with the calibration that was believed then.
            labels: of codes of an enumeration, beside them.
        """
        stats = [stat] if isinstance(stat, str) else stat
        question = {
            "bucket": bucket,
            "stat": None if stats is None else list(stats),
            "max_points": max_points,
            "columns": columns,
            "downsample": downsample,
            "align": align,
            "layer": layer,
            "fill": fill,
            "max_gap": max_gap,
            "tz": tz,
            "offset": offset,
            "as_of": moment(as_of),
            "include": "labels" if labels else None,
            "shape": shape,
        }
        return self.ask_series(
            sensors, start, end, run=run, capture_session=capture_session, **question
        ).frame

    def ask_series(
        self,
        sensors: References | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        run: Reference | None = None,
        capture_session: Reference | None = None,
        **question: object,
    ) -> SeriesTable:
        """The same with what the API says of its answer. `question` has the parameters of `GET /series`."""
        asked = {**self._scope_of(sensors, start, end, run, capture_session), **question}
        answer = self._api.ask("GET", "/series", asked, accept=ARROW)
        return SeriesTable(arrow_frame(answer.content), json.loads(answer.headers.get("X-Series-Meta", "{}")))

    def readings(
        self,
        sensors: References | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        run: Reference | None = None,
        capture_session: Reference | None = None,
        layer: Layers = "both",
        shape: Shape = "long",
        as_of: Moment | None = None,
    ) -> pl.DataFrame:
        """Every reading, whole, from one moment. `export` puts more than memory holds into a file.

        Columns are `sensor` (its key), `time`, `raw`, `physical`, `profile` (the number of the version) and
        `flags`. Without a period, run and session: those of the last hour.

        Args:
            as_of: with the calibration that was believed then.
        """
        asked = self._scope_of(sensors, start, end, run, capture_session)
        question = {**asked, "layer": layer, "shape": shape, "as_of": moment(as_of), "format": "arrow"}
        answer = self._api.ask("GET", "/readings/export", question, accept="*/*")
        return pl.read_ipc(io.BytesIO(answer.content))

    def _scope_of(
        self,
        sensors: References | None,
        start: Moment | None,
        end: Moment | None,
        run: Reference | None,
        capture_session: Reference | None,
    ) -> dict[str, Any]:
        """The parameters of sensors and times. A run or session tells both the project and the period."""
        of_part = {"run": optional_run_id(run), "capture_session": optional_id(capture_session)}
        period = {"from": moment(start), "to": moment(end)}
        named = self._scope.sensors_query(sensors)
        if run is not None or capture_session is not None:
            named.pop("project", None)
        elif start is None:
            period["from"] = "-1h"
        return {**named, **of_part, **period}
