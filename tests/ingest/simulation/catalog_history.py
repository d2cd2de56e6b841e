"""What each project's catalog was, and when: names mean what they meant at a time."""

from collections import defaultdict
from collections.abc import Iterator

from tests.ingest.simulation.model.state import ModelProject


class CatalogHistory:
    """All catalogs of a story."""

    def __init__(self) -> None:
        self._states: defaultdict[int, list[tuple[float, ModelProject]]] = defaultdict(list)

    def add(self, at_s: float, project: ModelProject) -> None:
        """From now on."""
        self._states[project.id].append((at_s, project))

    def named(self, project_id: int, key: str, from_s: float, until_s: float) -> set[str | None]:
        """The ids of the sensors that had this key at some moment between; None for none."""
        found = (project.named(key) for project in self._between(project_id, from_s, until_s))
        return {None if sensor is None else sensor.public_id for sensor in found}

    def has_known(self, project_id: int, key: str) -> bool:
        """Whether a sensor had this key at any moment."""
        return any(project.named(key) is not None for _, project in self._states[project_id])

    def _between(self, project_id: int, from_s: float, until_s: float) -> Iterator[ModelProject]:
        states = self._states[project_id]
        for place, (at_s, project) in enumerate(states):
            has_ended = place + 1 < len(states) and states[place + 1][0] < from_s
            if at_s <= until_s and not has_ended:
                yield project
