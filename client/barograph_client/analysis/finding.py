"""Lists of what is there, and single things by id, key or name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from barograph_client.analysis.answers.items import (
    AnnotationInfo,
    AnsweredItem,
    CaptureSessionInfo,
    ExperimentInfo,
    ProfileInfo,
    ProjectInfo,
    RunInfo,
    SensorInfo,
)
from barograph_client.analysis.answers.listing import ItemList
from barograph_client.analysis.filters import check_filters
from barograph_client.analysis.moments import Moment, moment
from barograph_client.analysis.references import (
    Reference,
    has_form_of_id,
    optional_id,
    optional_run_id,
    reference_of,
    run_id_of,
)
from barograph_client.analysis.scope import ClientPart

A = TypeVar("A", bound=AnsweredItem)
_TIMES = ("started_at", "finished_at")


class FindingPart(ClientPart):
    """What is there. Lists fetch nothing until they are read."""

    def projects(self) -> ItemList[ProjectInfo]:
        """The projects that you are a member of."""
        return self._list(lambda: "/projects", ProjectInfo, ("name", "role", "id"), {}, "project")

    def experiments(
        self,
        *,
        status: str | None = None,
        tag: str | Sequence[str] | None = None,
        q: str | None = None,
        sort: str | None = None,
        **filters: object,
    ) -> ItemList[ExperimentInfo]:
        """Experiments of the project. Filters are those of the API."""
        asked = {"status": status, "tag": tag, "q": q, "sort": sort, **filters}
        check_filters(asked, "experiments")
        columns = ("name", "status", *_TIMES, "id")
        return self._list(
            lambda: f"{self._scope.project_path}/experiments", ExperimentInfo, columns, asked, "experiment"
        )

    def runs(
        self,
        experiment: Reference | None = None,
        *,
        status: str | None = None,
        tag: str | Sequence[str] | None = None,
        q: str | None = None,
        sensor: Reference | None = None,
        git_sha: str | None = None,
        started_from: Moment | None = None,
        started_to: Moment | None = None,
        sort: str | None = None,
        **filters: object,
    ) -> ItemList[RunInfo]:
        """Runs of the project, or of an experiment, newest first: `client.runs(tag="nozzle", q="injector")`.

        Args:
            experiment: its name or id.
            q: stands in the name or the notes.
            sort: a field, with `-` in front for the greatest first.
            filters: any others of the API.

        Raises:
            TypeError: the API has no such filter.
        """
        check_filters(filters, "runs")

        def asked() -> dict[str, object]:
            of_experiment = (
                {} if experiment is None else {"experiment": self._scope.experiment_id(experiment)}
            )
            return of_experiment | {
                "status": status,
                "tag": tag,
                "q": q,
                "sensor": optional_id(sensor),
                "git_sha": git_sha,
                "started_from": moment(started_from),
                "started_to": moment(started_to),
                "sort": sort,
                **filters,
            }

        columns = ("name", "status", *_TIMES, "params", "id")
        return self._list(lambda: f"{self._scope.project_path}/runs", RunInfo, columns, asked, "run")

    def capture_sessions(
        self, run: Reference | None = None, *, status: str | None = None, **filters: object
    ) -> ItemList[CaptureSessionInfo]:
        """The capture sessions of a run, or of all runs of the project."""

        def path() -> str:
            place = self._scope.project_path if run is None else f"/runs/{run_id_of(run)}"
            return f"{place}/capture-sessions"

        columns = ("ordinal", "status", "started_at", "stopped_at", "duration_s", "id")
        asked = {"status": status, **filters}
        check_filters(asked, "capture sessions" if run is None else "capture sessions of a run")
        return self._list(path, CaptureSessionInfo, columns, asked, "capture session")

    def sensors(
        self,
        run: Reference | None = None,
        *,
        status: str | None = None,
        connection: str | None = None,
        tag: str | Sequence[str] | None = None,
        q: str | None = None,
        latest: bool = False,
        sort: str | None = None,
        **filters: object,
    ) -> ItemList[SensorInfo]:
        """Sensors of the project, or of a run.

        Args:
            connection: `online`, `delayed` or `offline`.
            latest: with the newest reading and the rate of each.
        """

        def path() -> str:
            return f"{self._scope.project_path if run is None else f'/runs/{run_id_of(run)}'}/sensors"

        asked = {
            "status": status,
            "connection": connection,
            "tag": tag,
            "q": q,
            "include": "latest" if latest else None,
            "sort": sort,
            **filters,
        }
        check_filters(asked, "sensors" if run is None else "sensors of a run")
        columns = ("key", "name", "output_unit", "connection", "last_seen_at", "id")
        return self._list(path, SensorInfo, columns, asked, "sensor")

    def profiles(self, sensor: Reference) -> ItemList[ProfileInfo]:
        """The versions of a sensor's calibration."""
        return self._list(
            lambda: f"/sensors/{self._scope.sensor_id(sensor)}/conversion-profiles",
            ProfileInfo,
            ("number", "kind", "payload", "note", "id"),
            {},
            "profile",
        )

    def annotations(
        self,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        run: Reference | None = None,
        sensor: Reference | None = None,
        tag: str | None = None,
        q: str | None = None,
    ) -> ItemList[AnnotationInfo]:
        """What was noted in the project."""
        asked = {
            "from": moment(start),
            "to": moment(end),
            "run": optional_run_id(run),
            "sensor": optional_id(sensor),
            "tag": tag,
            "q": q,
        }
        return self._list(
            lambda: f"{self._scope.project_path}/annotations",
            AnnotationInfo,
            ("from", "to", "text", "tags"),
            asked,
            "annotation",
        )

    def get_run(self, run: Reference) -> RunInfo:
        """A run as it is now, by its id."""
        return RunInfo.read(self._api.get(f"/runs/{run_id_of(run)}"))

    def get_experiment(self, experiment: Reference) -> ExperimentInfo:
        """An experiment as it is now, by its name or id."""
        return ExperimentInfo.read(self._api.get(f"/experiments/{self._scope.experiment_id(experiment)}"))

    def get_sensor(self, sensor: Reference) -> SensorInfo:
        """A sensor as it is now, by its key or id."""
        named = reference_of(sensor)
        found = (
            self._api.get(f"/sensors/{named}") if has_form_of_id(named) else self._scope.find_sensor(named)
        )
        return SensorInfo.read(found)

    def _list(
        self,
        path: Callable[[], str],
        kind: type[A],
        columns: Sequence[str],
        asked: Mapping[str, object] | Callable[[], Mapping[str, object]],
        what: str,
    ) -> ItemList[A]:
        def fetch(limit: int) -> Iterator[dict[str, Any]]:
            question = asked() if callable(asked) else asked
            return self._api.items(path(), **{**question, "limit": limit})

        return ItemList(fetch, kind, columns, what)
