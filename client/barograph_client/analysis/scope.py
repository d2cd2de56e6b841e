"""What all parts of a Client share: the API, and the project in which keys and names are looked up."""

from __future__ import annotations

from typing import Any

from barograph_client.analysis.problems import NoAccess, NothingThere
from barograph_client.analysis.references import (
    Reference,
    References,
    has_form_of_id,
    reference_of,
    references_of,
)
from barograph_client.analysis.transport.transport import ApiTransport

MAX_NAMED = 10


class ApiScope:
    """The API as one project of it is asked."""

    def __init__(self, api: ApiTransport, project: str | None) -> None:
        self.api = api
        self._named = project
        self._id: str | None = project if project is not None and has_form_of_id(project) else None

    @property
    def project_id(self) -> str:
        """The project that was named, or the only one that the caller sees.

        Raises:
            NoAccess: there is none, or more than one.
        """
        if self._id is None:
            self._id = self._find()
        return self._id

    @property
    def project_path(self) -> str:
        return f"/projects/{self.project_id}"

    def sensors_query(self, sensors: References | None) -> dict[str, Any]:
        """Parameters of a question that takes ids, or keys together with the project."""
        named = references_of(sensors)
        if not named:
            return {}
        of_project = {} if all(map(has_form_of_id, named)) else {"project": self.project_id}
        return {"sensor": named, **of_project}

    def sensor_id(self, sensor: Reference) -> str:
        """The sensor's id, found by its key if it is not the id itself.

        Raises:
            NothingThere: the project has none of this key.
        """
        named = reference_of(sensor)
        return named if has_form_of_id(named) else self.find_sensor(named)["id"]

    def find_sensor(self, key: str) -> dict[str, Any]:
        """The sensor with this key."""
        found = self.api.items(f"{self.project_path}/sensors", key=key)
        return _first([each for each in found if each["key"] == key], f"sensor {key}")

    def find_experiment(self, name: str) -> dict[str, Any] | None:
        """The experiment of this name, in letters of any case."""
        found = self.api.items(f"{self.project_path}/experiments", q=name[:200])
        return next((each for each in found if each["name"].lower() == name.lower()), None)

    def experiment_id(self, experiment: Reference) -> str:
        """The experiment's id, found by its name if it is not the id itself.

        Raises:
            NothingThere: the project has none of this name.
        """
        named = reference_of(experiment)
        if has_form_of_id(named):
            return named
        found = self.find_experiment(named)
        return _first([] if found is None else [found], f"experiment {named}")["id"]

    def _find(self) -> str:
        projects = list(self.api.items("/projects"))
        if self._named is not None:
            projects = [each for each in projects if each["name"].lower() == self._named.lower()]
        if len(projects) == 1:
            return projects[0]["id"]
        if self._named is not None:
            found = "there are several projects" if projects else "there is no project"
            raise NoAccess(f"{found} called {self._named!r}: give its id")
        names = ", ".join(sorted(repr(each["name"]) for each in projects[:MAX_NAMED]))
        raise NoAccess(f"say which project: Client(project=…), one of {names or 'none that you see'}")


def _first(found: list[dict[str, Any]], what: str) -> dict[str, Any]:
    if not found:
        raise NothingThere(404, {"title": "Not found", "detail": f"there is no {what} in this project"})
    return found[0]


class ClientPart:
    """A part of a Client. All parts share a scope."""

    _scope: ApiScope

    @property
    def _api(self) -> ApiTransport:
        return self._scope.api
