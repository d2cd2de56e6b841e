"""Making runs, and the numbers that are logged of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from barograph_client.analysis.answers.items import (
    AnnotationInfo,
    ExperimentInfo,
    ProjectInfo,
    RunInfo,
    SensorInfo,
)
from barograph_client.analysis.answers.tables import items_frame
from barograph_client.analysis.extra import pl
from barograph_client.analysis.moments import Moment
from barograph_client.analysis.plain import plain, texts_of
from barograph_client.analysis.problems import MetricsUnsaved, StateConflict
from barograph_client.analysis.references import (
    Reference,
    References,
    has_form_of_id,
    reference_of,
    run_id_of,
)
from barograph_client.analysis.runs.annotating import annotate
from barograph_client.analysis.runs.moves import move_to
from barograph_client.analysis.runs.points import (
    MAX_BODY_POINTS,
    LoggedValue,
    MetricValues,
    RefusedMetric,
    Steps,
    heard,
    next_steps,
    points_of,
    post_all,
)
from barograph_client.analysis.runs.recording import RecordedRun, leave_to_another
from barograph_client.analysis.runs.surroundings import git_state, surroundings
from barograph_client.analysis.scope import ClientPart

SUMMARY_KINDS: Mapping[str, Any] = {
    "name": str,
    **dict.fromkeys(("count", "nan_count", "first_step"), int),
    "first": float,
    "last_step": int,
    "last": float,
    "last_time": datetime,
    "min_step": int,
    "min": float,
    "max_step": int,
    "max": float,
    "mean": float,
}


class RunningPart(ClientPart):
    """Making things: runs above all."""

    def run(
        self,
        name: str,
        experiment: Reference | None = None,
        *,
        params: Mapping[str, object] | None = None,
        tags: str | Sequence[str] = (),
        notes: str = "",
        metadata: Mapping[str, object] | None = None,
        git_sha: str | None = None,
        env: str | Mapping[str, object] | None = None,
        note_git: bool = False,
        note_environment: bool = False,
        create_experiment: bool = True,
        auto_finish_after_s: int | None = None,
        exit_within_s: float = 60.0,
    ) -> RecordedRun:
        """A run that this script is: `with client.run("Hot fire", params={"injector": "B"}) as run: …`.

        The block's end finishes the run. An exception fails it, with the exception's text as the reason.

        Args:
            experiment: the name or id of what it is a run of. Without, that of the run's own name.
            note_git: notes the commit of the folder's repository as `git_sha`, and whether files differ.
            note_environment: notes host, Python and packages as `env`.
            create_experiment: makes an experiment that is not there.
            auto_finish_after_s: the server finishes a run that still runs then, as after a power cut.
            exit_within_s: how long the end waits for metrics to be stored.
        """
        noted = dict(metadata or {})
        if note_git and (state := git_state()) is not None:
            git_sha = git_sha or state.sha
            noted["git_dirty"] = state.is_dirty
        if note_environment and env is None:
            env = surroundings()
        fields = {
            "name": name,
            "params": plain(params or {}),
            "tags": texts_of(tags),
            "notes": notes,
            "metadata": plain(noted),
            "git_sha": git_sha,
            "env": plain(env),
            "auto_finish_after_s": auto_finish_after_s,
        }
        of = self._experiment(name if experiment is None else experiment, is_made=create_experiment)
        return RecordedRun(self._scope, of, fields, exit_within_s=exit_within_s)

    def resume(self, run: Reference, *, exit_within_s: float = 60.0) -> RecordedRun:
        """Goes on with a run that is there, as after a kernel's restart: `with client.resume(run) as run: …`.

        A draft is started. Metrics without a step go on after their last one. Capture sessions that are under
        way end with the run, if not before.

        Raises:
            ValueError: it has ended. `log_metrics`, `upload` and `change_run` still add to it.
        """
        run_id = run_id_of(run)
        leave_to_another(run_id)
        path = f"/runs/{run_id}"
        answered = self._api.get(path)
        if answered["status"] not in {"draft", "running"}:
            raise ValueError(
                f"the run {answered['name']} is {answered['status']}, and does not go on; "
                "client.log_metrics, client.upload and client.change_run still add to it"
            )
        if answered["status"] == "draft":
            answered = move_to(self._api, path, "running", None)
        known = self._api.get(f"{path}/metrics/summary")["items"]
        steps = {item["name"]: item["last_step"] + 1 for item in known}
        recorded = RecordedRun(
            self._scope, answered["experiment_id"], {"name": answered["name"]}, exit_within_s=exit_within_s
        )
        return recorded.go_on(answered, steps)

    def change_run(
        self,
        run: Reference,
        *,
        name: str | None = None,
        params: Mapping[str, object] | None = None,
        add_tags: str | Sequence[str] = (),
        notes: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> RunInfo:
        """Changes what is known of a run, ended or not: `client.change_run(run, add_tags=["best"])`.

        Parameters and metadata are added to those that there are; one that is None is taken out.
        """
        path = f"/runs/{run_id_of(run)}"
        given = {"name": name, "params": params, "notes": notes, "metadata": metadata}
        changes = {field: plain(value) for field, value in given.items() if value is not None}
        if add_tags:
            changes["tags"] = list(dict.fromkeys([*self._api.get(path)["tags"], *texts_of(add_tags)]))
        return RunInfo.read(self._api.patch(path, changes))

    def log_metrics(
        self,
        run: Reference,
        values: Mapping[str, MetricValues],
        step: Steps = None,
        *,
        replace: bool = False,
    ) -> int:
        """Logs metrics of any run, at once: `client.log_metrics(run, {"loss": 0.5}, step=3)`.

        Values may be sequences, with as many steps. Without a step, each name goes on after its last one.

        Returns:
            How many points the run has now that it had not before.

        Raises:
            MetricsUnsaved: a step has another value, and `replace` is not set. All others are stored.
        """
        path, t_us = f"/runs/{run_id_of(run)}/metrics", time.time_ns() // 1000
        accepted = 0

        def post(points: Sequence[LoggedValue]) -> Mapping[str, Any]:
            nonlocal accepted
            body = {"points": [point.as_json() for point in points], "replace": replace}
            answer = self._api.post(path, body, is_repeatable=True)
            accepted += answer["accepted"]
            return answer

        points = iter(self._points(path, values, step, t_us))
        refused: list[RefusedMetric] = []
        while batch := list(islice(points, MAX_BODY_POINTS)):
            refused += post_all(post, batch)
        if refused:
            first = refused[0]
            text = f"{len(refused):,} points are not stored; {first.point.name} at step {first.point.step}: "
            lost = [(each.point.name, each.point.step, each.point.value) for each in refused]
            raise MetricsUnsaved(text + first.reason, lost)
        return accepted

    def metrics(
        self,
        run: Reference,
        names: str | Sequence[str] | None = None,
        *,
        from_step: int | None = None,
        to_step: int | None = None,
        max_points: int | None = None,
    ) -> pl.DataFrame:
        """What was logged of a run: `name`, `step`, `value`, `time`.

        Args:
            max_points: of each name, so many at most; no extreme is missing.
        """
        asked = {"name": names, "from_step": from_step, "to_step": to_step, "max_points": max_points}
        answer = self._api.ask("GET", f"/runs/{run_id_of(run)}/metrics", asked).json()
        frames = [_metric_frame(each) for each in answer["metrics"]]
        return pl.concat([_metric_frame({"name": "", "step": [], "value": [], "t_us": []}), *frames])

    def metrics_summary(self, run: Reference) -> pl.DataFrame:
        """For each name how many points, the first, last, lowest and highest value, and the mean."""
        items = self._api.get(f"/runs/{run_id_of(run)}/metrics/summary")["items"]
        spoken = ("first", "last", "min", "max", "mean")
        rows = [{**item, **{name: heard(item[name]) for name in spoken}} for item in items]
        return items_frame(rows, SUMMARY_KINDS)

    def annotate(
        self,
        text: str,
        start: Moment = "now",
        end: Moment | None = None,
        *,
        tags: str | Sequence[str] = (),
        sensors: References = (),
        run: Reference | None = None,
    ) -> AnnotationInfo:
        """Notes something of an instant, or of a period."""
        return annotate(self._scope, text, start, end, tags=tags, sensors=sensors, run=run)

    def add_project(self, name: str, *, description: str = "") -> ProjectInfo:
        """Creates a project, of which you are the owner: `Client(project=name)` works in it."""
        return ProjectInfo.read(self._api.create("/projects", {"name": name, "description": description}))

    def add_ingest_token(self, name: str) -> str:
        """A token for a gateway that sends to the project, such as a Sender. It is shown this once."""
        return self._api.create(f"{self._scope.project_path}/ingest-tokens", {"name": name})["token"]

    def add_experiment(
        self, name: str, *, description: str = "", tags: str | Sequence[str] = ()
    ) -> ExperimentInfo:
        """Creates an experiment."""
        body = {"name": name, "description": description, "tags": texts_of(tags)}
        return ExperimentInfo.read(self._api.create(f"{self._scope.project_path}/experiments", body))

    def add_sensor(
        self,
        key: str,
        *,
        name: str = "",
        kind: str | None = None,
        input_unit: str | None = None,
        output_unit: str | None = None,
        tags: str | Sequence[str] = (),
    ) -> SensorInfo:
        """Creates a sensor."""
        given = {"name": name, "kind": kind, "input_unit": input_unit, "output_unit": output_unit}
        said = {field: value for field, value in given.items() if value is not None}
        body = {"key": key, "tags": texts_of(tags), **said}
        return SensorInfo.read(self._api.create(f"{self._scope.project_path}/sensors", body))

    def _experiment(self, experiment: Reference, *, is_made: bool) -> str:
        named = reference_of(experiment)
        if has_form_of_id(named) or not is_made:
            return self._scope.experiment_id(named)
        found = self._scope.find_experiment(named)
        if found is None:
            try:
                return self.add_experiment(named).id
            except StateConflict:  # another script was faster
                return self._scope.experiment_id(named)
        return found["id"]

    def _points(
        self, path: str, values: Mapping[str, MetricValues], step: Steps, t_us: int
    ) -> list[LoggedValue]:
        if step is not None:
            return list(points_of(values, step, t_us))
        known = self._api.get(f"{path}/summary", name=list(values))["items"]
        last = {item["name"]: item["last_step"] for item in known}
        found: list[LoggedValue] = []
        for name, value in values.items():
            found += points_of({name: value}, next_steps(value, last.get(name, -1) + 1), t_us)
        return found


def _metric_frame(metric: Mapping[str, Any]) -> pl.DataFrame:
    time_ = pl.Series("time", metric["t_us"], pl.Int64).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame(
        [
            pl.Series("name", [metric["name"]] * len(metric["step"]), pl.String),
            pl.Series("step", metric["step"], pl.Int64),
            pl.Series("value", [heard(value) for value in metric["value"]], pl.Float64),
            time_,
        ]
    )
