"""Runs and capture sessions that a script makes of itself, from `with` to its end.

start -> log, capture, note -> end: captures stopped, metrics flushed, then finished, or failed with why
"""

from __future__ import annotations

import atexit
import logging
import os
import time
import weakref
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self

from barograph_client.analysis.answers.html_tables import details
from barograph_client.analysis.answers.items import AnnotationInfo, RunInfo
from barograph_client.analysis.files.uploads import ArtifactInfo, upload_file
from barograph_client.analysis.plain import plain
from barograph_client.analysis.references import References
from barograph_client.analysis.runs.annotating import annotate
from barograph_client.analysis.runs.captures import RecordedCapture
from barograph_client.analysis.runs.metric_log import MetricLog
from barograph_client.analysis.runs.moves import move_to, reason_of
from barograph_client.analysis.runs.points import LoggedValue, MetricValues, Steps, next_steps, points_of
from barograph_client.analysis.scope import ApiScope
from barograph_client.errors import ClientError

log = logging.getLogger(__name__)


class RecordedRun:
    """A run that this script is. Leaving its block finishes it, an exception fails it.

    `start`, `finish` and `fail` are for notebooks, where a block would be a single cell.
    """

    def __init__(
        self, scope: ApiScope, experiment_id: str, fields: Mapping[str, Any], *, exit_within_s: float
    ) -> None:
        self._scope, self._experiment_id, self._fields = scope, experiment_id, dict(fields)
        self._exit_within_s = exit_within_s
        self._answered: Mapping[str, Any] | None = None
        self._captures: list[RecordedCapture] = []
        self._steps: dict[str, int] = {}
        self._metrics = MetricLog(self._post_metrics)
        self._pid = os.getpid()
        self._has_ended = False

    @property
    def id(self) -> str:
        """The id of the run, once it has started."""
        return self._started["id"]

    @property
    def name(self) -> str:
        return self._fields["name"]

    @property
    def _started(self) -> Mapping[str, Any]:
        if self._answered is None:
            raise ValueError("the run has not started: use it in `with`, or call start()")
        return self._answered

    def start(self) -> Self:
        """Creates the run, running."""
        path = f"/experiments/{self._experiment_id}/runs"
        self._answered = self._scope.api.create(path, {**self._fields, "status": "running"})
        _open_runs.add(self)
        return self

    def go_on(self, answered: Mapping[str, Any], steps: Mapping[str, int]) -> Self:
        """Takes over a run that is there, with the captures that are under way.

        Args:
            answered: the run, running.
            steps: of each metric the step that comes next.
        """
        self._answered = answered
        self._steps.update(steps)
        under_way = self._scope.api.items(f"/runs/{self.id}/capture-sessions", status="running")
        self._captures = [RecordedCapture.under_way(self._scope, self, each) for each in under_way][::-1]
        _open_runs.add(self)
        return self

    def log(
        self, values: Mapping[str, MetricValues], step: Steps = None, *, time_: datetime | None = None
    ) -> None:
        """Logs metrics, in the background: `run.log({"loss": 0.5}, step=3)`.

        Without a step, each name goes on after its last one, from 0. Values may be sequences, with as many
        steps. A step has one value for good: another one is refused, which `flush` and the run's end tell.

        Raises:
            MetricsUnsaved: the API takes nothing, and too much waits already.
        """
        t_us = time.time_ns() // 1000 if time_ is None else _microseconds(time_)
        self._metrics.add(self._points(values, step, t_us))

    def flush(self, timeout_s: float | None = None) -> None:
        """Waits until all that was logged is stored.

        Raises:
            MetricsUnsaved: something is not stored; `points` has it.
        """
        self._metrics.flush(timeout_s)

    def capture(
        self, sensors: References = (), *, notes: str = "", metadata: Mapping[str, object] | None = None
    ) -> RecordedCapture:
        """A capture session, for a `with` block: `with run.capture(sensors=["p1"]): …`.

        Captures may be nested, and overlap. Sensors are bound to the run, and so to its captures under way.
        """
        fields = {"notes": notes, "metadata": plain(metadata or {})}
        return RecordedCapture(self._scope, self, sensors, fields)

    def set_params(self, params: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Adds parameters, or changes them: `run.set_params(rate=0.1)`, `run.set_params({"a.b": 1})`."""
        self._change(params=plain({**(params or {}), **more}))

    def note(self, text: str) -> None:
        """Adds a line to the run's notes."""
        notes = self.info().notes
        self._change(notes=f"{notes}\n{text}" if notes else text)

    def add_tags(self, *tags: str) -> None:
        """Adds tags to the run."""
        self._change(tags=list(dict.fromkeys([*self.info().tags, *tags])))

    def annotate(
        self, text: str, *, tags: str | Sequence[str] = (), sensors: References = ()
    ) -> AnnotationInfo:
        """Notes something of this moment."""
        return annotate(self._scope, text, "now", None, tags=tags, sensors=sensors, run=self.id)

    def upload(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        kind: str = "file",
        metadata: Mapping[str, object] | None = None,
        restricted: bool = False,
    ) -> ArtifactInfo:
        """Keeps a file with the run; `Client.upload` says more."""
        asked: dict[str, Any] = {"name": name, "kind": kind, "metadata": metadata, "restricted": restricted}
        return upload_file(self._scope.api, self, path, **asked)

    def info(self) -> RunInfo:
        """The run as it is now."""
        return RunInfo.read(self._scope.api.get(f"/runs/{self.id}"))

    def finish(self, reason: str | None = None) -> None:
        """Ends the run well.

        Raises:
            MetricsUnsaved: it has ended, but some of its metrics are not stored.
        """
        self._end("finished", reason)

    def fail(self, reason: str) -> None:
        """Ends the run as failed."""
        self._end("failed", reason)

    def __enter__(self) -> Self:
        return self if self._answered is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._has_ended:
            return None
        reason = reason_of(error)
        if reason is None:
            return self.finish()
        try:
            self.fail(reason)
        except ClientError as trouble:  # the block's own error is the one to see
            log.warning("run %s: %s", self.name, trouble)
            if error is not None:
                error.add_note(f"Of the run {self.name}: {trouble}")

    def add_capture(self, capture: RecordedCapture) -> None:
        """Remembers one that has started: the run can't end before it."""
        self._captures.append(capture)

    def close_at_exit(self) -> None:
        """Sends what is logged; the run goes on, as nobody has said how it ended."""
        if os.getpid() == self._pid:
            log.warning("the run %s was neither finished nor failed: it goes on", self.name)
            self._metrics.close(self._exit_within_s)

    def _end(self, status: Literal["finished", "failed"], reason: str | None) -> None:
        _open_runs.discard(self)
        run_id, self._has_ended = self.id, True
        for capture in reversed(self._captures):
            capture.stop(failed=status == "failed", reason=reason)
        try:
            self._metrics.close(self._exit_within_s)
        finally:
            self._answered = move_to(self._scope.api, f"/runs/{run_id}", status, reason)

    def _points(self, values: Mapping[str, MetricValues], step: Steps, t_us: int) -> list[LoggedValue]:
        found: list[LoggedValue] = []
        for name, value in values.items():
            own = next_steps(value, self._steps.get(name, 0)) if step is None else step
            found += points_of({name: value}, own, t_us)
        for point in found:
            self._steps[point.name] = max(self._steps.get(point.name, 0), point.step + 1)
        return found

    def _post_metrics(self, points: Sequence[LoggedValue]) -> Mapping[str, Any]:
        body = {"points": [point.as_json() for point in points]}
        return self._scope.api.post(f"/runs/{self.id}/metrics", body, is_repeatable=True)

    def _change(self, **changes: object) -> None:
        self._answered = self._scope.api.patch(f"/runs/{self.id}", changes)

    def __repr__(self) -> str:
        return f"<run {self.name}, {self._answered['status'] if self._answered else 'not started'}>"

    def _repr_html_(self) -> str:
        return details("Run", self._answered or self._fields)


def _microseconds(time_: datetime) -> int:
    if time_.tzinfo is None:
        raise ValueError(f"{time_} has no time zone: write datetime(…, tzinfo=UTC)")
    return round(time_.timestamp() * 1_000_000)


_open_runs: weakref.WeakSet[RecordedRun] = weakref.WeakSet()


def leave_to_another(run_id: str) -> None:
    """Has what this process has of a run be stored, as another object goes on with it.

    Raises:
        MetricsUnsaved: some of its metrics are not.
    """
    for run in [each for each in _open_runs if each.id == run_id]:
        run.flush()
        _open_runs.discard(run)


def _close_all() -> None:
    """Ends, at the interpreter's end, runs that were started without a block."""
    for run in list(_open_runs):
        try:
            run.close_at_exit()
        except ClientError as error:
            log.warning("run %s: %s", run.name, error)


atexit.register(_close_all)
